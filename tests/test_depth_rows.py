"""Lists of events and visits: every column of a few hand-made ones, their order and their limit."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa
from derived import Parts, relation_of, rows_of
from made import event, ms

from common.depth import rows
from common.depth.relation import Relation
from common.events import VISIT_DIMENSIONS
from common.filters import normalise
from common.keys import ordinal

ZONE = "Europe/Berlin"
DAY = ordinal("2026-05-05")
MIDNIGHT = ms("2026-05-06", ZONE)
MINUTE = 60_000
EVENTS = [
    event(1, MIDNIGHT - 2 * MINUTE, "/", source="Google"),
    event(1, MIDNIGHT - MINUTE, "/", type="engagement", engaged=3_000, scroll=40),
    event(11, MIDNIGHT + MINUTE, "/", before=1, type="engagement", engaged=4_000, scroll=30),
    event(11, MIDNIGHT + 2 * MINUTE, "/b", before=1, source="Bing", referrer="bing.com"),
    event(11, MIDNIGHT + 3 * MINUTE, "/b", type="Signup", props={"plan": "pro"}, amount=999, currency="EUR"),
    event(2, MIDNIGHT + 9 * MINUTE, "/b", source="Bing", props={}, title="B"),
    event(3, MIDNIGHT + 10 * MINUTE, "/", type="click", x=5, y=7, target="a"),
    event(4, MIDNIGHT + 11 * MINUTE, "/", class_="bot"),
]


def events(days: list[int], limit: int | None = None, **where: str) -> pd.DataFrame:
    return rows.events(relation_of(EVENTS, ZONE), ZONE, days, normalise(where), limit)


def visits(days: list[int], limit: int | None = None, **where: str) -> pd.DataFrame:
    return rows.visits(relation_of(EVENTS, ZONE), ZONE, days, normalise(where), limit)


def test_events() -> None:
    found = events([DAY + 1])
    assert found["type"].tolist() == ["engagement", "pageview", "Signup", "pageview", "click"]
    assert found["event"].tolist() == found["type"].tolist()
    assert found["time"].dt.strftime("%H:%M").tolist() == ["00:01", "00:02", "00:03", "00:09", "00:10"]
    assert str(found["time"].dt.tz) == ZONE
    # The day a visit began, and its place among that day's.
    assert found["visit"].tolist() == [DAY << 24] * 3 + [DAY + 1 << 24, -1]
    # Dimensions are the visit's; the event's own referrer stands apart; a signal without a visit has none.
    assert found["source"].tolist()[:4] == ["Google", "Google", "Google", "Bing"]
    assert found["own_referrer"].tolist() == ["", "bing.com", "", "", ""]
    assert found["entry_page"].tolist()[:4] == ["/", "/", "/", "/b"]
    assert found.loc[4, [*VISIT_DIMENSIONS, "entry_page", "exit_page"]].isna().all()
    assert found["props"].tolist() == [None, None, {"plan": "pro"}, {}, None]
    assert found["visitor"].tolist() == [11, 11, 11, 2, 3]
    assert found["visitor"].dtype == "uint64"
    assert found.loc[2, ["amount", "currency"]].tolist() == [999, "EUR"]
    assert found.loc[4, ["x", "y", "target", "class"]].tolist() == [5, 7, "a", "human"]
    assert found.loc[3, "title"] == "B"


def test_filters_and_limit() -> None:
    assert events([DAY, DAY + 1], limit=2)["type"].tolist() == ["pageview", "click"]
    assert events([DAY, DAY + 1], limit=0).empty
    assert events([DAY, DAY + 1], page="/")["type"].tolist() == ["pageview", "engagement", "engagement", "click"]
    # A filter on visits leaves nothing that has none, though it asks for what is unset.
    assert events([DAY + 1], country="(none)")["type"].tolist() == ["engagement", "pageview", "Signup", "pageview"]
    assert events([DAY + 1], event="click")["x"].tolist() == [5]
    assert events([DAY + 9]).columns.tolist() == events([DAY]).columns.tolist()
    assert events([DAY + 1], **{"class": "bot"})["visitor"].tolist() == [4]


def test_visits() -> None:
    found = visits([DAY, DAY + 1])
    columns = ["visitor", "entry_page", "exit_page", "duration", "pageviews", "events", "bounce", "engagement"]
    assert found[columns].to_numpy().tolist() == [
        [1, "/", "/b", 300.0, 2, 3, False, 7.0],
        [2, "/b", "/b", 0.0, 1, 1, True, 0.0],
    ]
    assert found["start"].dt.strftime("%H:%M").tolist() == ["23:58", "00:09"]
    assert found["source"].tolist() == ["Google", "Bing"]
    assert found.columns[:8].tolist() == [
        "visit", "start", "visitor", "duration", "pageviews", "events", "bounce", "engagement",
    ]  # fmt: skip
    assert visits([DAY, DAY + 1], limit=1)["visitor"].tolist() == [2]
    # It holds the chosen event, though on the next day.
    assert visits([DAY], event="Signup")["visitor"].tolist() == [1]
    assert visits([DAY + 1], event="Signup").empty
    # What only a signal carries chooses no visit.
    assert visits([DAY], event="engagement").empty


def test_pages_of_visits_hold_each_once() -> None:
    """Five visits of which three began in the same instant: whatever the size of a page, all of them, newest first."""
    began = [1, 2, 2, 2, 3]
    many = [event(10 + n, MIDNIGHT + at * MINUTE, f"/{n}") for n, at in enumerate(began)]
    relation = relation_of(many, ZONE)
    everything = rows.visits(relation, ZONE, [DAY + 1], {}, None)["entry_page"].tolist()
    assert sorted(everything) == ["/0", "/1", "/2", "/3", "/4"]
    for size in (1, 2, 3, 5, 9):
        pages = [rows.visits(relation, ZONE, [DAY + 1], {}, size, skip)["entry_page"].tolist()
                 for skip in range(0, 5, size)]  # fmt: skip
        assert [path for page in reversed(pages) for path in page] == everything
    assert rows.visits(relation, ZONE, [DAY + 1], {}, 2, 5).empty


def test_newest_visits_are_those_of_all_shards() -> None:
    """A shard's number stands above the day in a visit's number: it does not decide which visit is newer."""
    early, late = (rows_of([event(n, MIDNIGHT + n * MINUTE, f"/{n}")], ZONE) for n in (1, 2))
    place = early.schema.get_field_index("visit")
    shifted = [number.as_py() + (1 << 48) for number in early.column(place)]
    early = early.set_column(place, "visit", pa.array(shifted, pa.int64()))
    relation = Relation(lambda: Parts(tables=[early, late]))
    assert rows.visits(relation, ZONE, [DAY + 1], {}, 1)["entry_page"].tolist() == ["/2"]


def test_timeline() -> None:
    found = rows.timeline(relation_of(EVENTS, ZONE), ZONE, DAY << 24)
    assert found[["event", "page", "engaged", "scroll"]].to_numpy().tolist() == [
        ["pageview", "/", 0, -1],
        ["engagement", "/", 3_000, 40],
        ["engagement", "/", 4_000, 30],
        ["pageview", "/b", 0, -1],
        ["Signup", "/b", 0, -1],
    ]
    assert found["time"].dt.strftime("%H:%M").tolist() == ["23:58", "23:59", "00:01", "00:02", "00:03"]
    assert found.loc[4, ["props", "amount", "currency"]].tolist() == [{"plan": "pro"}, 999, "EUR"]
    assert "visitor" not in found


def test_recent() -> None:
    def recent(minute: int, **where: str) -> list[list[object]]:
        found = rows.recent(relation_of(EVENTS, ZONE), ZONE, MIDNIGHT + minute * MINUTE, normalise(where))
        return found[["event", "visitor", "page", "source"]].fillna("").to_numpy().tolist()

    assert recent(3) == [
        ["Signup", 11, "/b", "Google"],
        ["pageview", 2, "/b", "Bing"],
        ["click", 3, "/", ""],
    ]
    assert recent(3, source="Bing") == [["pageview", 2, "/b", "Bing"]]
    assert recent(99) == []
