"""Filters over derived rows: sums of what a few hand-made events choose, and brute force over random ones."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from brute import midnight
from brute_frames import answer, by_value
from derived import relation_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from made import event, ms
from test_frames_truth import BROKEN_DOWN, filters, same, same_rows
from test_truth import traffic

from common import tables
from common.calendars import calendar
from common.depth.sums import Sums
from common.filters import normalise
from common.keys import iso, ordinal
from common.rollups import METRICS

DAY = ordinal("2026-05-05")
MIDNIGHT = ms("2026-05-06")
MINUTE = 60_000
#: One visit over midnight, read on both sides of it; a bounce; and a click that found no visit.
EVENTS = [
    event(1, MIDNIGHT - 2 * MINUTE, "/", source="Google"),
    event(1, MIDNIGHT - MINUTE, "/", type="engagement", engaged=3_000, scroll=40),
    event(11, MIDNIGHT + MINUTE, "/", before=1, type="engagement", engaged=4_000, scroll=30),
    event(11, MIDNIGHT + 2 * MINUTE, "/b", before=1, source="Bing"),
    event(11, MIDNIGHT + 3 * MINUTE, "/b", type="Signup", props={"plan": "pro", "empty": ""}),
    event(2, MIDNIGHT + 9 * MINUTE, "/b", source="Bing", props={"plan": "(none)"}),
    event(3, MIDNIGHT + 10 * MINUTE, "/", type="click"),
]
SHOWN = ("pageviews", "events", "visits", "visitors", "bounces", "duration", "engaged")


def made(days: list[int], events: list | None = None, **where: str | list[str]) -> Sums:
    plain = {name.replace("prop_", "prop:"): value for name, value in where.items()}
    return Sums(relation_of(EVENTS if events is None else events), calendar("UTC"), days, normalise(plain))


@pytest.mark.parametrize(
    ("days", "where", "expected"),
    [
        # The visit counts on the day it began, its events on their own.
        ([DAY], {}, [1, 1, 1, 1, 0, 5 * MINUTE, 3_000]),
        ([DAY + 1], {}, [2, 3, 1, 2, 1, 0, 4_000]),
        ([DAY, DAY + 1], {}, [3, 4, 2, 3, 1, 5 * MINUTE, 7_000]),
        # The visit's source is that of its first event, also past midnight.
        ([DAY + 1], {"source": "Google"}, [1, 2, 0, 1, 0, 0, 4_000]),
        ([DAY + 1], {"source": "Bing"}, [1, 1, 1, 1, 1, 0, 0]),
        # It holds the chosen event, though on the next day.
        ([DAY], {"event": "Signup"}, [0, 0, 1, 0, 0, 5 * MINUTE, 0]),
        ([DAY], {"exit_page": "/b"}, [1, 1, 1, 1, 0, 5 * MINUTE, 3_000]),
        # A filter on a page chooses that page's signals too.
        ([DAY, DAY + 1], {"page": "/"}, [1, 1, 1, 1, 0, 5 * MINUTE, 7_000]),
        ([DAY + 1], {"prop_plan": "(none)"}, [2, 2, 1, 2, 1, 0, 4_000]),
        ([DAY], {"page": ["/", "/b"], "event": "Signup", "source": "Google"}, [0, 0, 1, 0, 0, 5 * MINUTE, 0]),
        ([DAY], {"page": "/nowhere"}, [0, 0, 0, 0, 0, 0, 0]),
        ([DAY + 9], {}, [0, 0, 0, 0, 0, 0, 0]),
        ([DAY], {"source": []}, [0, 0, 0, 0, 0, 0, 0]),
        ([DAY], {"page": []}, [0, 0, 0, 0, 0, 0, 0]),
    ],
)
def test_totals(days: list[int], where: dict, expected: list[int]) -> None:
    sums = dict(zip(METRICS, made(days, **where).totals(), strict=True))
    assert [sums[name] for name in SHOWN] == expected


def test_by_value() -> None:
    both = made([DAY, DAY + 1])
    pages = both.by_value("page")[["pageviews", "visits", "engaged", "scroll", "scrolled"]]
    # Depth is the greatest of a visit and day: 40 before midnight and 30 after.
    assert pages.loc["/"].tolist() == [1, 1, 7_000, 70, 2]
    assert pages.loc["/b"].tolist() == [2, 2, 0, 0, 0]
    assert both.by_value("source")["visits"].to_dict() == {"Google": 1, "Bing": 1}
    assert both.by_value("event")["events"].to_dict() == {"Signup": 1, "pageview": 3}


def test_properties_are_missing_or_empty() -> None:
    """An event without the property is in no row; one with an empty value is in `(none)`."""
    both = made([DAY, DAY + 1])
    assert both.by_value("prop:plan")["events"].to_dict() == {"(none)": 1, "pro": 1}
    assert both.by_value("prop:empty")["events"].to_dict() == {"(none)": 1}
    assert both.by_value("prop:other").empty


def test_signals_make_no_rows_of_their_own() -> None:
    """Neither a click on a page nobody viewed, nor properties of a signal."""
    nothing = event(1, MIDNIGHT - MINUTE, "/only-clicked", type="click", props={"plan": "free"})
    idle = event(1, MIDNIGHT - MINUTE, "/idle", type="engagement", props={"plan": "free"}, engaged=0)
    busy = event(1, MIDNIGHT - MINUTE, "/", type="engagement", props={"plan": "free"}, engaged=9)
    part = made([DAY], [EVENTS[0], nothing, idle, busy])
    assert part.by_value("page").index.tolist() == ["/"]
    assert part.by_value("prop:plan").empty


def test_a_visitor_of_two_days_is_two() -> None:
    """A salt that lives longer than a day gives the same id again; within a day it is one."""
    hours = [event(5, MIDNIGHT + hour * 3_600_000, country="DE") for hour in (-8, -2, 3, 9)]
    part = made([DAY, DAY + 1], hours, country="DE")
    assert part.by_value("country")[["visitors", "visits"]].to_numpy().tolist() == [[2, 4]]
    assert part.bars([DAY, DAY + 1], "day")["visitors"].tolist() == [1, 1]


def test_bars_where_clocks_change() -> None:
    """New York sets its clocks back: one o'clock comes twice, and the day has 25 hours."""
    zone, day = "America/New_York", ordinal("2026-11-01")
    begin = calendar(zone).start(day)
    events = [event(1, begin + 3_600_000 * hour + 1) for hour in (1, 2, 24)]
    part = Sums(relation_of(events, zone), calendar(zone), [day], normalise(None))
    hours = part.bars([day], "hour")
    assert len(hours) == 25
    assert [(time - begin) // 3_600_000 for time in hours.index[hours["events"] > 0]] == [1, 2, 24]
    assert hours["visits"].sum() == 3
    quarters = part.bars([day], "15min")
    assert len(quarters) == 100
    assert [(time - begin) // 900_000 for time in quarters.index[quarters["events"] > 0]] == [4, 8, 96]


SOME = settings(
    max_examples=int(os.environ.get("FOOTFALL_EXAMPLES", "60")),
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@SOME
@given(
    case=traffic(),
    tail=st.integers(0, 9),
    where=filters(),
    dimension=st.sampled_from(BROKEN_DOWN),
    grain=st.sampled_from(["15min", "hour", "day"]),
)
def test_as_brute_force(tmp_path: Path, case: tuple, tail: int, where: dict, dimension: str, grain: str) -> None:
    """Totals, a breakdown and bars under random filters over random traffic, in a file and a table."""
    zone, persons, _ = case
    events = [item for each in persons.values() for item in each]
    found = sorted({calendar(zone).day(item.time) for item in events})
    days = list(range(found[0], found[-1] + 1))[: 1 + tail % len(found)]
    begin, end = midnight(iso(days[0]), zone), midnight(iso(days[-1] + 1), zone)
    relation = relation_of(events, zone, tmp_path)
    part = Sums(relation, calendar(zone), days, normalise(where))
    totals = tables.rates(tables.pd.DataFrame([part.totals()], columns=list(METRICS))).iloc[0]
    same(totals, answer(persons, zone, where, begin, end), where)

    classes = {"class": ["human", "bot", "ai"]} if dimension == "class" else {}
    chosen = Sums(relation, calendar(zone), days, normalise({**classes, **where}))
    entries = chosen.by_value("entry_page") if dimension == "page" else None
    frame = tables.rates(chosen.by_value(dimension), entries, dimension).rename_axis(dimension).reset_index()
    same_rows(frame, dimension, by_value(persons, zone, dimension, {**classes, **where}, begin, end), dimension)

    bars = part.bars(days, grain)
    ends = [*bars.index[1:], end]
    for (start, sums), over in zip(bars.iterrows(), ends, strict=True):
        row = tables.rates(sums.to_frame().T).iloc[0]
        same(row, answer(persons, zone, where, int(start), over), (where, grain, start))
