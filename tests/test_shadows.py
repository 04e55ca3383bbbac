"""What was counted of a day stands in its shadow keys as a flush would have written it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import redis as redis_py
from made import SITE, apply, event, ms

from collector.jobs.shadows import Counted, write_shadow
from common import keys
from common.arrays import arrays
from common.raw import extent
from common.store import StoreError

DAY = keys.ordinal("2026-05-05")
NOON = ms("2026-05-05 12:00")
ROWS = {
    "class=human": [3, 3, 2, 2],
    "page=/a": [2, 2],
    "page=/b": [1, 1],
    "page=(other)": [0, 0, 0, 0, 0, 0, 7],
    "prop:plan=pro": [0, 1],
    "prop:x=(other)": [0, 1],
    "prop:y=1": [0, 1],
}


def counted(client: redis_py.Redis, events: int) -> Counted:
    rows = {name: values + [0] * (10 - len(values)) for name, values in ROWS.items()}
    ids = np.array([7, (1 << 64) - 1, 8], dtype=np.uint64)
    revision = extent(client, SITE, DAY).revision
    return Counted({DAY: revision}, {DAY: events}, {}, {DAY: ids}, {DAY: arrays(rows.items())})


def test_a_day(redis: redis_py.Redis) -> None:
    apply(redis, [event(1, NOON)])
    before = extent(redis, SITE, DAY)
    assert write_shadow(redis, SITE, "me", DAY, counted(redis, 5), lossy=False) == (True, True)
    daily, unique = (SITE.shadow(key, "me") for key in (SITE.daily(DAY), SITE.unique(DAY)))
    stored = redis.hgetall(daily)
    assert int(stored.pop(b"revision")) > int(before.revision)
    assert stored.pop(b"raw")[-1] == 5
    assert stored == {
        b"class=human": b"\x94\x03\x03\x02\x02",
        b"page=/a": b"\x92\x02\x02",
        b"page=/b": b"\x92\x01\x01",
        b"page=(other)": b"\x97\x00\x00\x00\x00\x00\x00\x07",
        b"prop:plan=pro": b"\x92\x00\x01",
        b"prop:x=(other)": b"\x92\x00\x01",
        b"prop:y=1": b"\x92\x00\x01",
        b"count=page": b"2",
        b"count=prop": b"2",
        b"count=prop:plan": b"1",
        b"count=prop:y": b"1",
    }
    assert redis.pfcount(unique) == 3
    assert redis.pfadd(unique, (8).to_bytes(8), b"\xff" * 8) == 0
    assert min(redis.ttl(daily), redis.ttl(unique)) > 3_000


@pytest.mark.parametrize("lossy", [False, True])
def test_fewer_events_than_were_counted(redis: redis_py.Redis, tmp_path: Path, lossy: bool) -> None:
    apply(redis, [event(1, NOON), event(2, NOON)])
    if lossy:
        assert write_shadow(redis, SITE, "me", DAY, counted(redis, 1), lossy) == (True, True)
        return
    with pytest.raises(StoreError, match="had 2 events, only 1 are found"):
        write_shadow(redis, SITE, "me", DAY, counted(redis, 1), lossy)
    assert not list(redis.scan_iter("*shadow*"))
