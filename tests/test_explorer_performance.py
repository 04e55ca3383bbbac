"""Performance: percentiles, their ratings and changes, bars over time, and how to begin."""

from __future__ import annotations

import itertools
import math
from datetime import date
from typing import Any

import explorer_site as site
import pandas as pd
import pytest
import redis as redis_py

from explorer import performance
from explorer.view import decode

NOON = (site.now_ms() - site.DAY) // site.DAY * site.DAY + site.DAY // 2
TODAY = date(2026, 11, 25)
FRAME = pd.DataFrame(
    {
        "metric": ["LCP", "CLS"],
        "p50": [1500.0, 0.02],
        "p75": [2855.0, 0.1475],
        "count": [200, 100],
        "good": [0.6, 0.75],
        "needs_improvement": [0.3, 0.2],
        "poor": [0.1, 0.05],
    }
)


@pytest.fixture
def client(redis: redis_py.Redis, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> redis_py.Redis:
    monkeypatch.setenv("FOOTFALL_REDIS_URL", redis_url)
    site.forget()
    return redis


def measured(client: redis_py.Redis, page: str = "/", name: str = site.SITE) -> None:
    """Four visits: an LCP of 1, 2, 3 and 8 s, and a CLS of the first."""
    site.feed(
        client,
        [
            event
            for visitor, lcp in enumerate((1_000, 2_000, 3_000, 8_000), 1)
            for device in ["Mobile" if visitor > 2 else "Desktop"]
            for event in [
                *site.visit(visitor, NOON, page, device=device),
                site.custom(
                    visitor, NOON + 5_000, "vitals", page=page, device=device,
                    props={"lcp": str(lcp)} | ({"cls": "0.05"} if visitor == 1 else {}),
                ),
            ]
        ],
        name,
    )  # fmt: skip


def test_tiles_and_the_table(client: redis_py.Redis) -> None:
    measured(client)
    app = site.opened("performance", site=site.SITE, period="7d", vitals_by="device")
    assert not app.exception
    assert [tile.label for tile in app.metric] == ["LCP · middling", "CLS · good"]
    assert app.metric[1].value == "0.050"
    table = app.dataframe[0].value
    assert table[["name", "count", "good", "needs_improvement", "poor"]].to_numpy().tolist() == [
        ["Desktop", 2, 100, 0, 0],
        ["Mobile", 2, 0, 50, 50],
    ]


def test_choices_are_in_the_url(client: redis_py.Redis) -> None:
    measured(client)
    app = site.opened("performance", site=site.SITE, period="7d", vital="CLS", percentile="p90", f="device:Mobile")
    assert not app.exception
    assert [tile.label for tile in app.metric] == ["LCP · poor"]  # no mobile told a CLS
    assert "Nobody measured" not in site.texts(app)
    assert site.url(app)["percentile"] == ["p90"]


def test_without_data_it_says_how(client: redis_py.Redis) -> None:
    site.ordinary(client)
    app = site.opened("performance", site=site.SITE, period="7d")
    assert not app.exception
    assert "No web vitals in these days." in app.info[0].value
    assert "tracker.vitals.errors.js" in site.texts(app)


def test_hostile_texts_stay_texts(client: redis_py.Redis) -> None:
    for page in site.HOSTILE:
        measured(client, page, "evil.example")
    app = site.opened("performance", site="evil.example", period="7d")
    assert not app.exception
    assert "](http" not in site.texts(app)


@pytest.mark.parametrize(
    ("good", "poor", "by", "rating"),
    [
        (0.75, 0.25, "p75", "good"),
        (0.74, 0.25, "p75", "needs_improvement"),
        (0.60, 0.26, "p75", "poor"),
        (0.60, 0.26, "p50", "good"),
        (0.89, 0.05, "p90", "needs_improvement"),
    ],
)
def test_rated(good: float, poor: float, by: str, rating: str) -> None:
    assert performance.rated({"good": good, "poor": poor}, by) == rating


def test_tiles() -> None:
    before = FRAME.assign(p75=[2000.0, 0.1475])
    assert performance.tiles(FRAME, before, "p75") == [
        ("LCP", "middling", "2.85 s", "+43%"),
        ("CLS", "good", "0.147", "+0.0%"),
    ]
    assert [tile.change for tile in performance.tiles(FRAME, before.head(0), "p75")] == [None, None]
    assert performance.tiles(FRAME, None, "p50")[0].value == "1.50 s"


@pytest.mark.parametrize(
    ("first", "last", "filters", "count", "ends"),
    [
        ("2026-11-20", "2026-11-25", [], 6, [("2026-11-20", "2026-11-20"), ("2026-11-25", "2026-11-25")]),
        # the first week is cut, from Wednesday on, and the last one, by today
        ("2026-08-05", "2026-11-25", [], 17, [("2026-08-05", "2026-08-09"), ("2026-11-23", "2026-11-25")]),
        ("2026-08-05", "2026-11-25", ["country:DE"], 113, [("2026-08-05", "2026-08-05"), ("2026-11-25", "2026-11-25")]),
        ("2024-12-15", "2026-11-25", [], 24, [("2024-12-15", "2024-12-31"), ("2026-11-01", "2026-11-25")]),
    ],
)
def test_bars(first: str, last: str, filters: list[str], count: int, ends: list[tuple[str, str]]) -> None:
    spans = performance.bars(decode({"from": [first], "to": [last], "f": filters}, "a.com", TODAY), TODAY)
    assert len(spans) == count
    assert [tuple(day.isoformat() for day in span) for span in (spans[0], spans[-1])] == ends
    assert all((after[0] - before[1]).days == 1 for before, after in itertools.pairwise(spans))


def test_over_time(client: redis_py.Redis) -> None:
    measured(client)
    app = site.opened("performance", site=site.SITE, period="7d")
    assert "LCP, 75th percentile." not in site.texts(app)  # one day alone
    before = [event for ago in (2, 3) for event in [
        *site.visit(9, NOON - ago * site.DAY, "/"),
        site.custom(9, NOON - ago * site.DAY + 5_000, "vitals", page="/", props={"lcp": "900"}),
    ]]  # fmt: skip
    site.feed(client, before, collector="earlier")
    site.forget()
    for filters in ([], ["page:/"]):
        app = site.opened("performance", site=site.SITE, period="7d", f=filters)
        assert not app.exception
        assert "LCP, 75th percentile." in site.texts(app)


def test_timed() -> None:
    found: list[list[Any]] = performance.timed([FRAME, FRAME.head(0)], "LCP", "p75").to_numpy().tolist()
    assert found[0] == [2855, "needs_improvement", 200]
    assert math.isnan(found[1][0])
    assert found[1][1:] == ["", 0]


def test_notes() -> None:
    frame = FRAME.copy()
    frame.attrs = {"answered_by": "rollups", "exactness": "percentiles within 5 %"}
    view = decode({"period": ["7d"]}, "a.com", TODAY)
    assert performance.notes(frame, view, FRAME) == [
        "200 measurements of LCP.",
        "Change against 12–18 Nov 2026.",
        "Percentiles within 5 %.",
        "From rollups.",
    ]


DAYS = [date(2026, 11, day) for day in range(1, 31)]


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        ([(DAYS[22], DAYS[22]), (DAYS[23], DAYS[23]), (DAYS[24], DAYS[24])], [False, False, True]),  # today still runs
        ([(DAYS[3], DAYS[7]), (DAYS[8], DAYS[14]), (DAYS[15], DAYS[20])], [True, False, True]),  # cut weeks
        ([(date(2026, 8, 15), date(2026, 8, 31)), (date(2026, 9, 1), date(2026, 9, 30))], [True, False]),
        ([], []),
    ],
)
def test_points_that_are_not_whole(spans: list[tuple[date, date]], expected: list[bool]) -> None:
    assert performance.cut(spans, TODAY) == expected
