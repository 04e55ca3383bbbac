"""A living site gets more shards: figures are those of one shard, whatever goes on over that midnight or is killed."""

from __future__ import annotations

from pathlib import Path

import pytest
import redis as redis_py
from clusters import ValkeyCluster
from fleet import SITE, Fleet, note, requests
from lives import same, told
from test_cluster_figures import DAYS, FIRST, ZONE, figures, ordered

from collector.jobs.rebuild import marked_days, rebuild
from collector.sharding import grow
from collector.verify import verify
from common import keys, store
from common.calendars import calendar
from common.history import History
from common.shards import Layout, shards

LATER = 1_777_982_400_000 + 20 * 86_400_000


@pytest.mark.parametrize("seed", [1, 2])
def test_one_shard_to_eight_under_traffic(
    cluster: ValkeyCluster, redis: redis_py.Redis, redis_url: str, tmp_path: Path, seed: int
) -> None:
    sent = requests(ZONE, FIRST, DAYS, 40, seed)
    expected = figures(redis, redis_url, tmp_path / "one", 1, 1, sent)
    local = calendar(ZONE)
    with store.connect(cluster.url) as client:
        note(client, ZONE, 1)
        fleet = Fleet(lambda: store.connect(cluster.url), tmp_path / "journal", 4)
        try:
            noon = local.start(FIRST + 1) + 12 * 3_600_000
            fleet.send([one for one in sent if one.time < noon], again=0.2)
            assert grow(client, SITE, 8, noon, ZONE) == Layout().grown(FIRST + 2, 8)
            assert grow(client, SITE, 8, noon, ZONE) == Layout().grown(FIRST + 2, 8)
            late = local.start(FIRST + 2) + 3_600_000
            fleet.send([one for one in sent if noon <= one.time < late], flush_every=0, again=0.2)
            for member in fleet.members:
                member.restart()
            fleet.send([one for one in sent if one.time >= late], again=0.2)
        finally:
            fleet.close()
        for shard in shards(SITE, 8):
            if marked := marked_days(client, shard):
                rebuild(client, shard, marked, ZONE, LATER)
        same(ordered(told(client, tmp_path, FIRST, FIRST + DAYS - 1)), expected)
        assert not any(client.exists(shard.daily(day)) for shard in shards(SITE, 8)[1:] for day in (FIRST, FIRST + 1))
        assert all(client.exists(shard.daily(FIRST + 3)) for shard in shards(SITE, 8))
        for shard in shards(SITE, 8):
            days = range(FIRST, FIRST + DAYS)
            assert list(verify(History(client, None), shard, days, local)) == []


def test_a_count_never_shrinks(redis: redis_py.Redis) -> None:
    note(redis, ZONE, 4)
    with pytest.raises(ValueError, match="more than the 4 shards"):
        grow(redis, SITE, 2, LATER, ZONE)


def test_it_begins_at_the_next_midnight_that_is_not_too_near(redis: redis_py.Redis) -> None:
    note(redis, "UTC", 1)
    late = calendar("UTC").start(FIRST) + 22 * 3_600_000 + 1
    assert grow(redis, SITE, 2, late, "UTC").steps == ((0, 1), (FIRST + 2, 2))
    assert [redis.hget(shard.state(), keys.SHARDS) for shard in shards(SITE, 2)] == [f"0:1,{FIRST + 2}:2".encode()] * 2
