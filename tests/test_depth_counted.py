"""What arrays say of a few rows is what the database says of them, whatever is filtered and asked."""

from __future__ import annotations

import random
from typing import Any

import pytest
from derived import relation_of, rows_of
from made import event, ms

from common.calendars import calendar
from common.depth.counted import Counted
from common.depth.sums import Sums
from common.events import Event
from common.filters import normalise

DAY = ms("2026-05-05 00:00") // 86_400_000 + 719_163
FILTERS: list[dict[str, Any]] = [
    {}, {"country": "FR"}, {"country": ["FR", "(none)"], "device": "Mobile"}, {"page": "/pricing"},
    {"page": ["/", "/x"]}, {"event": "Signup"}, {"event": ["pageview", "Signup"], "country": "DE"},
    {"hostname": "a.example", "page": "/"}, {"entry_page": "/docs", "page": "/pricing"}, {"page": "/nowhere"},
    {"class": ["human", "bot"], "page": "/"}, {"country": "JP"}, {"page": ""}, {"exit_page": "/"},
]  # fmt: skip
BY = ("country", "device", "entry_page", "exit_page", "class", "page", "hostname", "event")


def some(seed: int) -> list[Event]:
    """Visits of a few visitors around two midnights, with signals, some of which find no visit."""
    chance = random.Random(seed)
    found = []
    for visitor in range(40):
        at = ms("2026-05-05 18:00") + chance.randrange(40 * 3_600_000)
        facts = {"country": chance.choice(["FR", "DE", ""]), "device": chance.choice(["Mobile", "Desktop"])}
        facts |= {"class_": chance.choice(["human", "human", "bot"]), "hostname": chance.choice(["a.example", ""])}
        for number in range(chance.randrange(1, 7)):
            at += chance.randrange(45 * 60_000)
            page, kind = (
                chance.choice(["/", "/pricing", "/docs", ""]),
                chance.choice(["pageview", "pageview", "Signup"]),
            )
            found.append(event(visitor, at, page, type=kind, seq=number, **facts))
            if chance.random() < 0.5:
                depth, engaged = chance.choice([-1, 20, 90]), chance.randrange(9_000)
                page = chance.choice([page, "/x"])  # of which nothing but a signal is known
                found.append(
                    event(visitor, at + 1_000, page, type="engagement", scroll=depth, engaged=engaged, **facts)
                )
    found.append(event(99, ms("2026-05-06 10:00"), "/", type="engagement", engaged=500, scroll=10))  # of no visit
    return found


@pytest.mark.parametrize("days", [[DAY], [DAY + 1], [DAY, DAY + 1]], ids=str)
@pytest.mark.parametrize("where", FILTERS, ids=str)
@pytest.mark.parametrize("seed", range(3))
def test_as_the_database(seed: int, where: dict[str, Any], days: list[int]) -> None:
    events, utc, asked = some(seed), calendar("UTC"), normalise(where)
    relation = relation_of(events)
    asking, counting = (
        Sums(relation, utc, days, asked, counted=counted) for counted in (None, Counted(rows_of(events), days, asked))
    )
    assert counting.totals().tolist() == asking.totals().tolist()
    for dimension in BY:
        assert counting.by_value(dimension).to_dict() == asking.by_value(dimension).to_dict(), dimension
    assert counting.bars(days, "day").to_dict() == asking.bars(days, "day").to_dict()


def test_by_hand() -> None:
    late = ms("2026-05-05 23:59")
    rows = rows_of([
        event(1, late, "/"),
        event(1, late + 90_000, "/pricing"),  # on the next day, of the same visit
        event(1, late + 100_000, "/pricing", type="engagement", engaged=4_000, scroll=80),
        event(2, late + 120_000, "/pricing", country="FR"),
    ])  # fmt: skip
    counted = Counted(rows, [DAY, DAY + 1], normalise({"page": "/pricing"}))
    days = counted.by("day")
    assert days["visitors"].to_dict() == {DAY: 0, DAY + 1: 2}
    assert days["visits"].to_dict() == {DAY: 1, DAY + 1: 1}  # on the day they began
    page = counted.by_event("page").loc["/pricing"]
    assert page[["pageviews", "visits", "engaged", "scroll", "scrolled"]].tolist() == [2, 2, 4_000, 80, 1]
