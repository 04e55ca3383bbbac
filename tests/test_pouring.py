"""Snapshots of a cluster's nodes in; the same figures in a cluster of another size, and in one server, out."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
import redis as redis_py
from clusters import ValkeyCluster, cluster_of
from fleet import Member, note
from redis.crc import key_slot
from test_failover import COUNT, SITE, batch, counted

from collector import backup
from collector.backup import snapshots, take
from collector.pouring import pour
from common import store
from common.settings import Settings
from common.shards import shards
from common.store import StoreError


def test_a_cluster_there_and_into_others(
    cluster: ValkeyCluster, redis: redis_py.Redis, clustered: Settings, tmp_path: Path
) -> None:
    with store.connect(cluster.url) as client:
        note(client, "UTC", COUNT)
        member = Member(client, clustered.data / "journal" / "0")
        member.add(map(batch, range(60)))
        member.flush()
        salt, until = shards(SITE, 1)[0].salt("x"), (time.time_ns() // 1_000_000_000 + 5_000) * 1_000
        client.set(salt, b"\r\n\0", pxat=until)
        done = take(client, clustered, tmp_path / "backup")
        told = counted(client)
        member.close()
    found = snapshots(tmp_path / "backup")
    assert (done.journals, len(found), done.warnings) == (1, 3, [])
    assert done.redis == sum(path.stat().st_size for path in found)
    keys = pour(found, tmp_path / "for now", redis)
    assert keys == redis.dbsize() > COUNT
    with cluster_of(tmp_path / "other", 2) as other, store.connect(other.url) as client:
        assert pour(found, tmp_path / "for now", client) == keys
        for target in (redis, client):
            assert counted(target) == told
            assert (target.get(salt), target.pexpiretime(salt)) == (b"\r\n\0", until)
        with pytest.raises(StoreError, match="holds data already"):
            pour(found, tmp_path / "for now", client)
    assert not list((tmp_path / "for now").iterdir())


def test_slots_that_move_meanwhile_are_taken_again(
    cluster: ValkeyCluster, clustered: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a shard could be in two snapshots, or in none."""
    monkeypatch.setattr(backup, "_PAUSE_S", 0.0)
    real, taken = backup.snapshot, list[Path]()

    def snapshot(client: redis_py.Redis, path: Path) -> int:
        taken.append(path)
        size = real(client, path)
        if len(taken) == 1:
            cluster.move(slot, cluster.nodes[1] if source is not cluster.nodes[1] else cluster.nodes[2])
        return size

    monkeypatch.setattr(backup, "snapshot", snapshot)
    with store.connect(cluster.url) as client:
        note(client, "UTC", COUNT)
        member = Member(client, clustered.data / "journal" / "0")
        member.add(map(batch, range(60)))
        member.flush()
        name = shards(SITE, COUNT)[0].state()
        slot, source = key_slot(name.encode()), cluster.node_of(name)
        take(client, clustered, tmp_path / "backup")
        assert len(taken) == 6
        told = counted(client)
        member.close()
    with cluster_of(tmp_path / "other", 1) as other, store.connect(other.url) as client:
        pour(snapshots(tmp_path / "backup"), tmp_path / "for now", client)
        assert counted(client) == told
