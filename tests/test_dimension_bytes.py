"""The bytes of a site's rollups are shared out by what its dimensions hold, and none is lost."""

from __future__ import annotations

import numpy as np
import pytest
import redis as redis_py
from made import SITE, apply, event, ms

from common import keys
from common.dense import DayRows, encode_day, encode_month
from common.dimension_bytes import by_dimension, weights
from common.footprint import measure
from common.rollups import METRICS

DAY = keys.ordinal("2026-05-05")


def rows(pages: int) -> DayRows:
    rest = [1] * (len(METRICS) - 1)
    found = {f"page=/a-long-path-of-the-page/{n}": [n + 1, *rest] for n in range(pages)}
    return DayRows(found | {"class=human": [9, *rest], "country=DE": [9, *rest]}, 9)


def test_open_days(redis: redis_py.Redis) -> None:
    apply(redis, [event(n, ms("2026-05-05 12:00"), f"/a/rather/long/path/{n}", country="DE") for n in range(1, 200)])
    sizes = measure(redis).sizes
    found = by_dimension(redis, SITE.site, sizes)
    assert sum(found.values()) == pytest.approx(redis.memory_usage(SITE.daily(DAY), samples=0), abs=len(found))
    assert found["page"] > 5 * found["country"] > 0
    assert found["(bookkeeping)"] > 0
    assert "count" not in found
    assert next(iter(found)) in ("page", "entry_page", "exit_page")


def test_closed_days_and_months(redis: redis_py.Redis) -> None:
    blobs = {"2026-05-03": encode_day(rows(300)), "2026-04": encode_month({DAY - 20: rows(300), DAY - 19: rows(10)})}
    redis.hset(SITE.dense(), mapping=blobs)
    sizes = measure(redis).sizes
    found = by_dimension(redis, SITE.site, sizes)
    stored = sum(size.bytes for size in sizes if size.month)
    assert sum(found.values()) == pytest.approx(stored, abs=3)
    assert next(iter(found)) == "page"
    assert found["page"] > 0.9 * stored
    assert set(found) == {"page", "class", "country"}


def test_weights() -> None:
    array = np.array([[1, 0, 2], [0, 0, 3]])
    assert weights({"page": (["/", "/ab"], array), "os": ([], array[:0])}) == {"page": 1 + 3 + 3 * 2 + 2 * 2, "os": 0}


def test_another_site_has_none(redis: redis_py.Redis) -> None:
    apply(redis, [event(1, ms("2026-05-05 12:00"))])
    assert by_dimension(redis, "b.org", measure(redis).sizes) == {}
