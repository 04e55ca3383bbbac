"""A replica that follows, lags or is missing in; whether the journal forgets what was applied, out."""

from __future__ import annotations

import logging
import time
from pathlib import Path

import pytest
import redis as redis_py
from clusters import cluster_of, wait_until
from fleet import Member, note
from test_failover import SITE, batch, counted, follower, pause, resume

from collector.confirming import Confirming
from collector.draining import Drain
from collector.flush import Flusher
from collector.journal import segments
from common import store
from common.keys import Shard
from common.settings import SettingError, load
from common.shards import shards

COUNT = 3


def drain_of(client: redis_py.Redis, member: Member, replicas: int) -> Drain:
    """Forgets at once but for what replicas have to confirm."""
    return Drain(
        member.folder, Flusher(client, member.journal.id, 0.5, True), member.progress, 1_000, 0.0, 0.0, replicas
    )


def test_the_journal_forgets_once_replicas_have_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("collector.journal.SEGMENT_BYTES", 1)
    with cluster_of(tmp_path / "cluster", 3, 1) as cluster, store.connect(cluster.url) as client:
        note(client, "UTC", COUNT)
        member = Member(client, tmp_path / "journal" / "0")
        drain = drain_of(client, member, 1)
        member.add(map(batch, range(10)))
        wait_until(lambda: not drain.run() and len(segments(member.folder)) == 1, 10)
        replica = follower(cluster, cluster.node_of(shards(SITE, COUNT)[0].state()))
        pause(replica)
        try:
            member.add(map(batch, range(10, 40)))
            for _ in range(2):
                drain.run()
            assert member.progress.applied == 40, "what is applied does not wait for replicas"
            assert len(segments(member.folder)) > 1
        finally:
            resume(replica)
        wait_until(lambda: not drain.run() and len(segments(member.folder)) == 1, 10)
        member.close()


@pytest.mark.parametrize(("replicas", "left", "said"), [(0, 1, ""), (1, 2, "0 replicas have what was written")])
def test_one_server(
    redis: redis_py.Redis,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    replicas: int,
    left: int,
    said: str,
) -> None:
    """It has no replica: what asks for one keeps everything, and says so once."""
    monkeypatch.setattr("collector.journal.SEGMENT_BYTES", 1)
    monkeypatch.setattr("collector.confirming._PATIENCE", 1)
    member = Member(redis, tmp_path / "journal" / "0")
    drain = drain_of(redis, member, replicas)
    member.add([batch(1)])
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            drain.run()
    assert len(segments(member.folder)) == left
    assert [said in record.message for record in caplog.records] == ([True] if said else [])
    member.close()


def test_nobody_is_asked_unless_something_can_be_forgotten(redis: redis_py.Redis, tmp_path: Path) -> None:
    """WAIT costs commands: none per flush."""
    member = Member(redis, tmp_path / "journal" / "0")
    drain = drain_of(redis, member, 1)
    redis.config_resetstat()
    for number in range(5):
        member.add([batch(number)])
        drain.run()
    assert "cmdstat_wait" not in redis.info("commandstats")
    member.close()


@pytest.mark.parametrize(("asks", "lost"), [(True, 0), (False, 5)])
def test_a_site_that_got_nothing_since_a_replica_took_over(
    redis: redis_py.Redis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asks: bool, lost: int
) -> None:
    """Its last flush is gone with the primary, and nothing that comes tells: its mark is looked at before the journal
    forgets. The control does not look.
    """
    monkeypatch.setattr("collector.journal.SEGMENT_BYTES", 1)
    if not asks:
        monkeypatch.setattr(Confirming, "lacking", lambda self: {})
    member = Member(redis, tmp_path / "journal" / "0")
    drain = Drain(member.folder, Flusher(redis, member.journal.id, 0.5, True), member.progress, 1_000, 0.3, 0.0)
    member.add(map(batch, range(5)))
    drain.run()
    before = {name: redis.dump(name) for name in redis.keys(f"{Shard(SITE).state().partition('}')[0]}*")}
    member.add(map(batch, range(5, 10)))
    drain.run()
    redis.flushall()
    for name, value in before.items():  # the replica's moment
        redis.restore(name, 0, value)
    for number in range(2):
        time.sleep(0.4)
        member.add([batch(20 + number, "other.example")])
        drain.run()
    wait_until(lambda: not drain.run() and not drain.blocked, 10)
    member.add([batch(10)])
    wait_until(lambda: not drain.run() and not drain.blocked, 10)
    pages = counted(redis)
    assert max(pages.values()) == 1
    assert 11 - len(pages) == lost
    member.close()


def test_a_redis_without_wait_keeps_everything(redis: redis_py.Redis, caplog: pytest.LogCaptureFixture) -> None:
    redis.execute_command("ACL", "SETUSER", "nowait", "on", "nopass", "allkeys", "+@all", "-wait")
    try:
        with redis_py.Redis(connection_pool=redis.connection_pool) as client:
            client.execute_command("AUTH", "nowait", "x")
            asked = Confirming(Flusher(client, "a"), 1)
            asked.written.add(Shard(SITE))
            with caplog.at_level(logging.WARNING):
                assert asked.lacking() is None
        assert "is not answered" in caplog.text
    finally:
        redis.connection_pool.disconnect()
        redis.execute_command("ACL", "DELUSER", "nowait")


def test_the_setting() -> None:
    assert load({}).wait_replicas == 0
    assert load({"FOOTFALL_WAIT_REPLICAS": "2"}).wait_replicas == 2
    with pytest.raises(SettingError, match="FOOTFALL_WAIT_REPLICAS=many: expected a whole number from 0 to 9"):
        load({"FOOTFALL_WAIT_REPLICAS": "many"})
