"""Changes, shapes, trials and overlaps of `Traffic`: a readable day by hand, and brute force over random traffic."""

from __future__ import annotations

import math

import pandas as pd
import pytest
import redis as redis_py
from brute import shape_of
from brute_frames import answer, parts
from hypothesis import given
from hypothesis import strategies as st
from made import SITE, apply, event, ms
from test_frames_truth import ALL, SOME, Case, filters, tails
from test_truth import traffic as random_traffic

from common.bounce import PLAUSIBLE, counted
from common.changes import MEASURES, REST, both
from common.frames import Traffic
from common.keys import iso
from common.settings import Settings

FIRST, LAST = "2026-05-05", "2026-05-06"


@pytest.fixture
def traffic(redis: redis_py.Redis) -> Traffic:
    """Monday: one German who signs up, and a bounce from France. Tuesday: three Germans, one bounces, and a bot."""
    one, two = ms(f"{FIRST} 12:00"), ms(f"{LAST} 12:00")
    apply(
        redis,
        [
            event(1, one, "/", country="DE"),
            event(1, one + 60_000, "/pricing", country="DE"),
            event(1, one + 90_000, "/pricing", country="DE", type="Signup", props={"plan": "pro"}),
            event(2, one, "/", country="FR"),
            *(event(10 + n, two, "/", country="DE") for n in range(3)),
            event(10, two + 30_000, "/docs", country="DE"),
            event(11, two + 30_000, "/docs", country="DE"),
            event(11, two + 31_000, "/docs", country="DE", type="engagement", engaged=12_000),
            event(19, two, "/", country="DE", class_="bot"),
        ],
    )
    return Traffic(site=SITE.site, client=redis, settings=Settings())


def table(frame: pd.DataFrame, *columns: str) -> list[list]:
    """Plain values; None for a missing number."""
    chosen = frame[list(columns)].astype(object)
    return chosen.where(chosen.notna(), None).to_numpy().tolist()


def test_changes_of_a_count(traffic: Traffic) -> None:
    found = traffic.changes("visitors", LAST, LAST, against=(FIRST, FIRST), by=["country", "page"])
    assert table(found, "dimension", "value", "before", "after", "contribution") == [
        ["country", "DE", 1, 3, 2],
        ["page", "/docs", 0, 2, 2],
        ["country", "FR", 1, 0, -1],
        ["page", "/", 2, 3, 1],
        ["page", "/pricing", 1, 0, -1],
        ["page", REST, -1, -2, -1],
    ]
    assert {name: found.attrs[name] for name in ("metric", "before", "after", "change", "against")} == {
        "metric": "visitors",
        "before": 2,
        "after": 3,
        "change": 1,
        "against": [FIRST, FIRST],
    }
    assert found.attrs["answered_by"] == "rollups"


def test_changes_of_a_rate(traffic: Traffic) -> None:
    found = traffic.changes("bounce_rate", LAST, LAST, against=(FIRST, FIRST), by="country")
    assert table(found, "value", "before", "after", "base_before", "base_after") == [
        ["FR", 1, None, 1, 0],
        ["DE", 0, 1 / 3, 1, 3],
    ]
    assert found["contribution"].sum() == pytest.approx(1 / 3 - 1 / 2) == found.attrs["change"]
    german = found.set_index("value").loc["DE"]
    assert german["rate"] == pytest.approx(0.75 * (1 / 3 - 0))  # at the mean of half and all


def test_changes_of_conversions(traffic: Traffic) -> None:
    goal = "event:Signup"
    found = traffic.changes("converters", LAST, LAST, against=(FIRST, FIRST), by="country", goal=goal)
    assert table(found, "value", "before", "after", "contribution") == [["DE", 1, 0, -1]]
    rate = traffic.changes("conversion_rate", LAST, LAST, (FIRST, FIRST), by="country", goal=goal)
    assert rate.attrs["before"] == 0.5
    assert rate["contribution"].sum() == pytest.approx(-0.5)
    assert rate.set_index("value").loc["DE", ["base_before", "base_after"]].tolist() == [1, 3]
    assert rate.attrs["answered_by"] == "raw events"


def test_changes_by_a_property_keep_events_without_it_apart(traffic: Traffic) -> None:
    found = traffic.changes("events", LAST, LAST, against=(FIRST, FIRST), by="prop:plan")
    assert table(found, "value", "before", "after") == [[REST, 3, 5], ["pro", 1, 0]]


def test_changes_refuse_what_is_not_there(traffic: Traffic) -> None:
    with pytest.raises(ValueError, match=r"^by='planet'"):
        traffic.changes("visits", LAST, LAST, (FIRST, FIRST), by="planet")
    with pytest.raises(ValueError, match=r"^start="):
        traffic.changes("visits", LAST, LAST, (LAST, FIRST))


def test_shapes_by_bars(traffic: Traffic) -> None:
    found = traffic.shapes(FIRST, LAST, grain="day")
    assert found["time"].dt.strftime("%d").tolist() == ["05", "05", "06", "06", "06"]
    assert table(found, "pageviews", "engaged", "interactive", "visits") == [
        ["1", "<1", "n", 1],
        ["2", "<1", "y", 1],
        ["1", "<1", "n", 1],
        ["2", "<1", "n", 1],
        ["2", "<30", "n", 1],
    ]
    weeks = traffic.shapes("2026-05-01", "2026-05-31", grain="week")
    assert weeks["time"].dt.strftime("%d").unique().tolist() == ["04"]
    assert weeks["visits"].sum() == 5
    assert traffic.shapes("2026-05-10", "2026-05-12", grain="day").empty


def test_shapes_under_filters_and_other_edges(traffic: Traffic) -> None:
    assert traffic.shapes(FIRST, LAST, seconds=[10]).attrs["answered_by"] == "rollups"
    found = traffic.shapes(FIRST, LAST, where={"country": "DE"}, seconds=[12, 0], pages=2)
    assert found.attrs["answered_by"] == "raw events"
    assert table(found, "pageviews", "engaged", "interactive", "visits") == [
        ["1", "<12", "n", 1],
        ["2+", "12+", "n", 1],
        ["2+", "<12", "n", 1],
        ["2+", "<12", "y", 1],
    ]
    assert (found.attrs["seconds"], found.attrs["pages"]) == ((12.0,), 2)
    with pytest.raises(ValueError, match=r"^grain="):
        traffic.shapes(FIRST, LAST, grain="hour")


def test_trial(traffic: Traffic) -> None:
    """The rule chooses pricing pages: the whole visit that holds one goes, with its other pages."""
    found = traffic.trial({"page": "/pricing"}, FIRST, LAST)
    assert table(found, "which", "visitors", "visits", "pageviews", "events") == [
        ["before", 5, 5, 8, 9],
        ["matched", 1, 1, 2, 3],
        ["after", 4, 4, 6, 6],
    ]
    narrowed = traffic.trial({"country": "DE", "exit_page": "/docs"}, FIRST, LAST, where={"page": "/"})
    assert table(narrowed, "which", "visits", "pageviews") == [["before", 5, 5], ["matched", 2, 2], ["after", 3, 3]]


def test_overlap(traffic: Traffic) -> None:
    found = traffic.overlap({"page": "/"}, {"event": "Signup"}, FIRST, LAST)
    assert found.to_dict() == {"first": 5, "second": 1, "both": 1}
    assert traffic.overlap({"class": "bot"}, {"country": "FR"}, FIRST, LAST).to_dict() == {
        "first": 1,
        "second": 1,
        "both": 0,
    }


@SOME
@given(case=random_traffic(), tail=tails, where=filters(), metric=st.sampled_from(sorted(MEASURES)))
def test_changes_as_brute_force(redis: redis_py.Redis, case: tuple, tail: int, where: dict, metric: str) -> None:
    """Of the first day against all, by rollups and from events: values as filters choose them, and sums that add up."""
    found = Case(redis, case, tail)
    first, aimed = iso(found.days[0]), MEASURES[metric].of_goal
    spans = ((found.begin, _after(found)), (found.begin, found.over))
    for given_ in ({}, ALL, where):
        if aimed and "event" in given_:
            continue
        asked = {"goal": "event:Signup"} if aimed else {}
        rows = found.traffic.changes(metric, found.start, found.end, (first, first), by=["source", "country"],
                                     where=given_, **asked)  # fmt: skip
        whole = [_metric(found, metric, given_, span) for span in spans]
        for name, value in zip(("before", "after"), whole, strict=True):
            assert rows.attrs[name] == pytest.approx(value, nan_ok=True)
        for _, group in rows.groupby("dimension"):
            if not any(map(math.isnan, whole)):
                assert group["contribution"].sum() == pytest.approx(whole[1] - whole[0], abs=1e-9)
        for row in rows[rows["value"] != REST].itertuples():
            narrowed = both(given_, {row.dimension: row.value})
            for name, span in zip(("before", "after"), spans, strict=True):
                assert getattr(row, name) == pytest.approx(_metric(found, metric, narrowed, span), nan_ok=True), row


def _after(found: Case) -> int:
    """When the first day is over."""
    return found.traffic.calendar.start(found.days[0] + 1)


def _metric(found: Case, metric: str, where: dict, span: tuple[int, int]) -> float:
    if not MEASURES[metric].of_goal:
        return answer(found.persons, found.zone, where, *span)[metric]
    won = answer(found.persons, found.zone, both(where, {"event": "Signup"}), *span)
    everyone = answer(found.persons, found.zone, where, *span)["visitors"]
    rate = won["visitors"] / everyone if everyone else math.nan
    return {"converters": won["visitors"], "conversions": won["events"], "conversion_rate": rate}[metric]


@SOME
@given(case=random_traffic(), tail=tails, where=filters(), rule=filters())
def test_trial_shapes_and_overlap_as_brute_force(
    redis: redis_py.Redis, case: tuple, tail: int, where: dict, rule: dict
) -> None:
    found = Case(redis, case, tail)
    where, rule = ({**each, "class": ["human", "bot"]} for each in (where, rule))
    held = {id(part.visit.events[0]) for part in parts(found.persons, rule) if part.events}
    rows = found.traffic.trial(rule, found.start, found.end, where).set_index("which")
    for which, kept in (("before", None), ("matched", True), ("after", False)):
        persons = _without(found, held, kept)
        expected = answer(persons, found.zone, where, found.begin, found.over)
        for metric in ("visitors", "visits", "pageviews", "events"):
            assert rows.loc[which, metric] == expected[metric], (which, metric)

    within = [part for part in parts(found.persons, where) if part.events]
    begun = [part.visit for part in within if found.begin <= part.visit.events[0].time < found.over]
    shapes = found.traffic.shapes(found.start, found.end, where=where)
    cells = pd.Series([shape_of(visit) for visit in begun], dtype=str).value_counts().to_dict()
    told = shapes.assign(cell=shapes["pageviews"] + "." + shapes["engaged"] + "." + shapes["interactive"])
    assert dict(zip(told["cell"], told["visits"], strict=True)) == cells
    assert counted(PLAUSIBLE, shapes)["bounces"].sum() == sum(
        c for n, c in cells.items() if n[0] == "1" and n[-1] == "n"
    )

    seen = [_visitors(found, each) for each in (where, rule)]
    overlap = found.traffic.overlap(where, rule, found.start, found.end)
    assert overlap.tolist() == [len(seen[0]), len(seen[1]), len(seen[0] & seen[1])]


def _without(found: Case, held: set[int], kept: bool | None) -> dict:
    """Persons with the events and signals of those visits alone, or of the others."""
    if kept is None:
        return found.persons
    persons = {}
    for part in parts(found.persons, {"class": ["human", "bot", "ai"]}):
        if (id(part.visit.events[0]) in held) == kept:
            persons.setdefault(part.person, []).extend([*part.visit.events, *part.visit.signals])
    return persons


def _visitors(found: Case, where: dict) -> set:
    days = found.traffic.calendar
    return {
        (days.day(event.time), part.person)
        for part in parts(found.persons, where)
        for event in part.events
        if found.begin <= event.time < found.over
    }
