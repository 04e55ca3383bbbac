"""A site on a real cluster, in up to sixteen shards, through up to four collectors: figures are those of one Redis."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
import redis as redis_py
from clusters import ValkeyCluster
from fleet import SITE, Fleet, Sent, note, requests
from lives import same, told

from collector.jobs.rebuild import marked_days, rebuild
from common import keys, store
from common.shards import shards

ZONE = "Europe/Berlin"
FIRST = keys.ordinal("2026-05-04")
DAYS = 4


def figures(
    client: redis_py.Redis, url: str, folder: Path, count: int, members: int, sent: list[Sent] | None = None
) -> dict[str, pd.DataFrame]:
    """Everything that is told of the same traffic."""
    note(client, ZONE, count)
    fleet = Fleet(lambda: store.connect(url), folder / "journal", members)
    try:
        fleet.send(sent or requests(ZONE, FIRST, DAYS, 40, 1), again=0.2 if members > 1 else 0.0)
    finally:
        fleet.close()
    for shard in shards(SITE, count):
        if marked := marked_days(client, shard):
            rebuild(client, shard, marked, ZONE, 1_777_982_400_000 + 20 * 86_400_000)
    return ordered(told(client, folder, FIRST, FIRST + DAYS - 1))


def ordered(found: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Rows that nothing orders, in one order."""
    for name in ("events", "visits"):
        frame = found[name]
        found[name] = frame.sort_values([column for column in frame.columns if column != "props"], ignore_index=True)
    return found


@pytest.fixture
def expected(redis: redis_py.Redis, redis_url: str, tmp_path: Path) -> dict[str, pd.DataFrame]:
    return figures(redis, redis_url, tmp_path / "one", 1, 1)


@pytest.mark.parametrize(("count", "members"), [(1, 1), (3, 1), (16, 4)])
def test_figures_are_those_of_one_redis(
    cluster: ValkeyCluster, tmp_path: Path, expected: dict[str, pd.DataFrame], count: int, members: int
) -> None:
    with store.connect(cluster.url) as client:
        same(figures(client, cluster.url, tmp_path / "many", count, members), expected)
        used = {number for number in range(16) if client.exists(shards(SITE, 16)[number].open())}
        assert used == set(range(count))


def test_several_shards_need_no_cluster(redis: redis_py.Redis, redis_url: str, tmp_path: Path) -> None:
    one = figures(redis, redis_url, tmp_path / "one", 1, 1)
    redis.flushall()
    same(figures(redis, redis_url, tmp_path / "many", 5, 2), one)
