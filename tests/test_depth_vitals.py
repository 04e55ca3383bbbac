"""Percentiles from buckets, of rollups and of raw events alike, held against the values themselves."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pandas as pd
import pytest
import redis as redis_py
from derived import relation_of
from made import SITE, apply, event, ms
from msgspec.structs import replace

from common.depth import vitals
from common.events import Event
from common.filters import normalise
from common.frames import Traffic
from common.keys import ordinal
from common.settings import Settings
from common.vitals import EDGES, VITALS_METRICS

DAY = ordinal("2026-05-05")
NOON = ms("2026-05-05 12:00")
COLUMNS = ["metric", "p50", "p75", "p90", "p95", "count", "good", "needs_improvement", "poor"]


def told(visitor: int, page: str = "/", **props: object) -> Event:
    texts = {name: str(value) for name, value in props.items()}
    return event(visitor, NOON + 1_000, page, type="vitals", props=texts)


EVENTS = [
    event(1, NOON, device="Mobile"),
    event(2, NOON, device="Desktop"),
    event(2, NOON + 5, "/b", type="Signup", props={"plan": "pro"}),
    told(1, lcp=4_001, cls=0.1, inp=200),
    told(2, "/b", lcp=2_500, cls=0.2),
    told(2, "/b", lcp=4_000),
    told(9, lcp=1),  # nobody's visit
    event(7, NOON, class_="bot"),
    event(7, NOON + 1, type="vitals", props={"lcp": "5"}, class_="bot"),
]


def ask(by: str | None = None, limit: int | None = None, **where: Any) -> list[list[Any]]:
    found = vitals.of_rows(relation_of(EVENTS), [DAY], normalise(where), by, limit)
    assert found.columns.tolist() == ([by] if by else []) + COLUMNS
    return found.to_numpy().tolist()


def shares(rows: list[list[Any]]) -> list[list[Any]]:
    return [[*row[: -len(COLUMNS) + 1], *(round(share, 2) for share in row[-4:])] for row in rows]


def test_limits_count_as_good() -> None:
    assert shares(ask()) == [["LCP", 3, 0.33, 0.33, 0.33], ["INP", 1, 1, 0, 0], ["CLS", 2, 0.5, 0.5, 0]]


def test_by_a_dimension() -> None:
    assert shares(ask("page")) == [
        ["/", "LCP", 1, 0, 0, 1],
        ["/", "INP", 1, 1, 0, 0],
        ["/", "CLS", 1, 1, 0, 0],
        ["/b", "LCP", 2, 0.5, 0.5, 0],
        ["/b", "CLS", 1, 0, 1, 0],
    ]
    assert [row[:2] for row in ask("device", limit=1)] == [["Desktop", "LCP"], ["Desktop", "CLS"]]
    assert [row[0] for row in ask("country")] == ["(none)"] * 3
    with pytest.raises(ValueError, match="by='event'"):
        ask("event")


def test_filters() -> None:
    assert shares(ask(page="/b")) == [["LCP", 2, 0.5, 0.5, 0], ["CLS", 1, 0, 1, 0]]
    assert shares(ask(device="Mobile"))[0] == ["LCP", 1, 0, 0, 1]
    # Of visits that hold such an event, wherever they measured.
    assert shares(ask(event="Signup"))[0] == shares(ask(**{"prop:plan": "pro"}))[0] == ["LCP", 2, 0.5, 0.5, 0]
    assert ask(**{"class": "bot"})[0][:6] == ["LCP", 5, 5, 5, 5, 1]
    assert ask(page="/none") == []


@pytest.mark.parametrize(
    ("values", "percent", "expected"),
    [
        ([7], 50, 7),
        ([3, 5, 7, 9], 50, 5),
        ([3, 5, 7, 9], 75, 7),
        ([3, 5, 7, 9], 76, 9),
        ([20, 21], 50, 20.5),  # one bucket
        ([0] * 9 + [600_000], 90, 0),
    ],
)
def test_percentiles(values: list[int], percent: int, expected: float) -> None:
    counts = np.bincount(np.searchsorted(EDGES, values), minlength=len(EDGES))
    assert vitals.percentile(counts, percent) == expected


def random_day(seed: int) -> list[Event]:
    draw = random.Random(seed)
    events = []
    for person in range(200):
        events.append(event(person, NOON, f"/{person % 3}", device=draw.choice(("Mobile", "Desktop"))))
        props = {
            "lcp": str(round(draw.lognormvariate(7.6, 0.5))),
            "inp": str(round(draw.lognormvariate(4.5, 1))),
            "cls": str(round(draw.betavariate(0.5, 4), 4)),
        }
        if person % 7 == 0:
            del props["inp"]
        events.append(event(person, NOON + 60_000, f"/{person % 3}", type="vitals", props=props))
    return events


def brute(events: list[Event]) -> pd.DataFrame:
    """The metrics of some vitals events by the values themselves: the least one that so many do not exceed."""
    rows = []
    for key, metric in VITALS_METRICS.items():
        values = [
            float(item.props[key]) for item in events if item.type == "vitals" and item.props and key in item.props
        ]
        if values:
            good, fair = (sum(v <= limit / metric.scale for v in values) for limit in (metric.good, metric.poor))
            least = [np.percentile(values, p, method="inverted_cdf") for p in (50, 75, 90, 95)]
            n = len(values)
            rows.append([metric.name, *least, n, good / n, (fair - good) / n, 1 - fair / n])
    return pd.DataFrame(rows, columns=COLUMNS)


def near(found: pd.DataFrame, expected: pd.DataFrame) -> None:
    """Percentiles within 5 %, everything else equal."""
    measured = ["p50", "p75", "p90", "p95"]
    pd.testing.assert_frame_equal(
        found.drop(columns=measured).reset_index(drop=True), expected.drop(columns=measured), check_dtype=False
    )
    assert (abs(found[measured].to_numpy() / expected[measured].to_numpy() - 1) <= 0.05 + 1e-9).all()


@pytest.mark.parametrize("seed", [1, 2])
def test_both_ways_tell_the_same_within_the_bound(redis: redis_py.Redis, settings: Settings, seed: int) -> None:
    events = random_day(seed)
    apply(redis, events)
    traffic, day = Traffic(site=SITE.site, client=redis, settings=settings), "2026-05-05"
    found, deep = traffic.vitals(day, day), traffic.vitals(day, day, {"device": ["Mobile", "Desktop"]})
    assert (found.attrs["answered_by"], deep.attrs["answered_by"]) == ("rollups", "raw events")
    assert found.attrs["exactness"] == deep.attrs["exactness"] == "exact, but percentiles within 5 %"
    pd.testing.assert_frame_equal(found, deep)
    near(found, brute(events))
    for page, part in traffic.vitals(day, day, by="page").groupby("page"):
        near(part.drop(columns="page"), brute([item for item in events if item.page == page]))
    mobile = {item.visitor for item in events if item.device == "Mobile"}
    near(traffic.vitals(day, day, {"device": "Mobile"}), brute([item for item in events if item.visitor in mobile]))


def test_by_day(redis: redis_py.Redis, settings: Settings) -> None:
    later = [replace(item, time=item.time + 3 * 86_400_000) for item in random_day(3)]
    apply(redis, [*random_day(1)[:8], *later])
    traffic, span = Traffic(site=SITE.site, client=redis, settings=settings), ("2026-05-04", "2026-05-08")
    found, deep = (traffic.vitals(*span, where, by="day") for where in (None, {"device": ["Mobile", "Desktop"]}))
    assert (found.attrs["answered_by"], deep.attrs["answered_by"]) == ("rollups", "raw events")
    pd.testing.assert_frame_equal(found, deep)
    near(found[found["day"] == "2026-05-08"].drop(columns="day"), brute(later))
    assert found.groupby("day")["count"].max().to_dict() == {
        pd.Timestamp("2026-05-05"): 4,
        pd.Timestamp("2026-05-08"): 200,
    }


def test_a_day_without_any(redis: redis_py.Redis, settings: Settings) -> None:
    apply(redis, [event(1, NOON)])
    traffic = Traffic(site=SITE.site, client=redis, settings=settings)
    for where in (None, {"device": "Mobile"}):
        found = traffic.vitals("2026-05-05", "2026-05-05", where)
        assert (found.columns.tolist(), len(found), found["count"].dtype) == (COLUMNS, 0, "int64")
        assert traffic.vitals("2026-05-05", "2026-05-05", where, by="day").columns.tolist() == ["day", *COLUMNS]
