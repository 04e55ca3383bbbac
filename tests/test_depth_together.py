"""Several keys asked for together say what each says alone, with filters of visits and of events."""

from __future__ import annotations

from typing import Any

import pytest
from derived import relation_of
from made import event, ms

from common.calendars import calendar
from common.depth import where as sql
from common.depth.sums import Ahead, Sums
from common.depth.together import apart, sums_by
from common.filters import normalise

LATE = ms("2026-05-05 23:59")
DAY = LATE // 86_400_000 + 719_163
EVENTS = [
    event(1, LATE, "/", source="Google"),
    event(1, LATE + 90_000, "/pricing", source="Google"),  # on the next day, of the same visit
    event(2, LATE + 120_000, "/pricing", country="FR", device="Mobile"),
    event(2, LATE + 120_000, "/pricing", type="engagement", engaged=4_000, country="FR", device="Mobile"),
    event(3, LATE + 130_000, "/docs", type="Signup", country="FR"),
]
KEYS = ["day", "visit_country", "visit_device", "entry_page"]
FILTERS: list[dict[str, Any]] = [
    {}, {"country": "FR"}, {"country": "XX"}, {"page": "/pricing"}, {"event": "Signup"}, {"page": "/x"},
    {"page__contains": "pric", "country__not": "FR"},
]  # fmt: skip


@pytest.mark.parametrize("days", [[DAY], [DAY + 1], [DAY, DAY + 1]], ids=str)
@pytest.mark.parametrize("where", FILTERS, ids=str)
def test_together_as_alone(where: dict[str, Any], days: list[int]) -> None:
    relation, utc, asked = relation_of(EVENTS), calendar("UTC"), normalise(where)
    alone, together = Sums(relation, utc, days, asked), Sums(relation, utc, days, asked, Ahead(KEYS))
    assert together.totals().tolist() == alone.totals().tolist()
    for dimension in ("country", "device", "entry_page", "page"):
        assert together.by_value(dimension).to_dict() == alone.by_value(dimension).to_dict(), dimension
    for grain in ("day", "hour"):
        assert together.bars(days, grain).to_dict() == alone.bars(days, grain).to_dict()


def test_of_visits() -> None:
    days, chosen = [DAY, DAY + 1], sql.conditions(normalise({}))
    found = apart(sums_by(relation_of(EVENTS), chosen, days, KEYS), KEYS)
    assert found["day"]["pageviews"].to_dict() == {DAY: 1, DAY + 1: 2}
    assert found["visit_country"]["visits"].to_dict() == {"(none)": 1, "FR": 2}
    assert found["entry_page"]["visitors"].to_dict() == {
        "/": 2,
        "/pricing": 1,
        "(none)": 1,
    }  # the first one on both days
    assert found["visit_device"]["engaged"].to_dict() == {"(none)": 0, "Mobile": 4_000}


def test_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    relation, ahead = relation_of(EVENTS), Ahead(KEYS)
    sums = Sums(relation, calendar("UTC"), [DAY, DAY + 1], normalise({"country": "FR"}), ahead)
    first = sums.by_value("country")
    monkeypatch.setattr(relation, "ask", lambda *_: pytest.fail("asked again"))
    assert sums.by_value("device").index.tolist() == ["(none)", "Mobile"]
    first.loc["FR"] = 0  # whoever changes an answer changes no other
    assert sums.by_value("country").loc["FR", "visits"] == 2
