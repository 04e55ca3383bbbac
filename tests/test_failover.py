"""A primary dies under load and its replica takes over: what was acknowledged is counted once. Slots move, too."""

from __future__ import annotations

import random
import time
from collections import Counter
from pathlib import Path

import pytest
import redis as redis_py
from clusters import Node, ValkeyCluster, cluster_of, wait_until
from fleet import SITE, Member, note
from made import event
from redis.crc import key_slot

from collector.batches import Batch
from common import store
from common.frames import Traffic
from common.keys import Shard, iso
from common.raw import read_day
from common.settings import Settings
from common.shards import shards

COUNT = 6
NOW = time.time_ns() // 1_000_000
DAY = NOW // 86_400_000 + 719_163


def batch(number: int, site: str = SITE) -> Batch:
    """One pageview of a visitor of its own, known by its page."""
    return Batch(site, "UTC", NOW, number + 1, [event(number + 1, NOW, f"/{number}")], {}, number % 16)


def counted(client: redis_py.Redis) -> Counter[str]:
    """How often each page is among raw events."""
    days = (DAY - 1, DAY, DAY + 1)
    return Counter(item.page for shard in shards(SITE, COUNT) for day in days for item in read_day(client, shard, day))


def settle(member: Member, seconds: float = 30) -> None:
    """Everything is applied, whatever is away in between."""
    deadline = time.monotonic() + seconds
    while True:
        assert time.monotonic() < deadline, "it does not go on"
        try:
            if not member.drain.run() and not member.drain.blocked:
                return
        except redis_py.RedisError:
            pass
        time.sleep(0.02)


def test_a_primary_dies_under_load_and_nothing_is_lost_or_doubled(tmp_path: Path) -> None:
    with cluster_of(tmp_path / "cluster", 3, 1) as cluster, store.connect(cluster.url) as client:
        note(client, "UTC", COUNT)
        member, sent = Member(client, tmp_path / "journal" / "0"), 0
        for _ in range(3):
            victim = cluster.node_of(shards(SITE, COUNT)[sent % COUNT].state())
            begun = time.monotonic()
            for step in range(60):
                if step == 20:
                    victim.kill()
                    begun = time.monotonic()
                member.add(map(batch, range(sent, sent + 5)))
                sent += 5
                try:
                    member.drain.run()
                except redis_py.RedisError:
                    time.sleep(0.02)
            settle(member)
            assert time.monotonic() - begun < 15
            victim.start()
            cluster.settled()
        pages = counted(client)
        assert pages == Counter({f"/{number}": 1 for number in range(sent)})
        traffic = Traffic(site=SITE, client=client, settings=Settings(data=tmp_path))
        totals = traffic.totals(iso(DAY - 1), iso(DAY + 1))
        assert (totals["pageviews"], totals["visitors"]) == (sent, sent)
        member.close()


@pytest.mark.parametrize(("keep", "lost"), [(180.0, 0), (0.0, 40)])
def test_what_a_replica_had_not_got_is_written_again_from_the_journal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, keep: float, lost: int
) -> None:
    """Its link is cut before the last writes, so that they are lost for certain; without the journal they stay lost."""
    monkeypatch.setattr("collector.journal.SEGMENT_BYTES", 1)
    with cluster_of(tmp_path / "cluster", 3, 1) as cluster, store.connect(cluster.url) as client:
        note(client, "UTC", 1)
        member = Member(client, tmp_path / "journal" / "0", keep)
        member.add(map(batch, range(10)))
        member.flush()
        primary = cluster.node_of(shards(SITE, 1)[0].state())
        replica = follower(cluster, primary)
        wait_until(lambda: primary.ask("WAIT", 1, 1_000) == 1, 10)
        pause(replica)
        for _ in range(4):  # fills what the kernel would still hand it
            client.set("ff2:{example.com.0}:shadow:x:y", b"x" * 8_000_000)
        member.add(map(batch, range(10, 50)))
        member.flush()
        assert len(counted(client)) == 50
        primary.kill()
        resume(replica)
        member.add([batch(50)])
        settle(member)
        cluster.settled()
        pages = counted(client)
        assert max(pages.values()) == 1
        assert 51 - len(pages) == lost
        member.close()


def follower(cluster: ValkeyCluster, primary: Node) -> Node:
    """The replica of a primary."""
    roles = ((node, node.ask("ROLE")) for node in cluster.nodes)
    return next(node for node, role in roles if role[0] == b"slave" and role[2] == primary.port)


def on(cluster: ValkeyCluster, site: str, node: Node) -> bool:
    """Whether a site of one shard is on a node."""
    return cluster.node_of(Shard(site).state()) is node


def pause(node: Node) -> None:
    """It takes nothing more from its primary."""
    assert node.process
    node.process.send_signal(19)


def resume(node: Node) -> None:
    assert node.process
    node.process.send_signal(18)


def test_slots_move_under_load(cluster: ValkeyCluster, tmp_path: Path) -> None:
    with store.connect(cluster.url) as client:
        note(client, "UTC", COUNT)
        member, sent, draw = Member(client, tmp_path / "journal" / "0"), 0, random.Random(1)
        for shard in shards(SITE, COUNT):
            member.add(map(batch, range(sent, sent + 20)))
            sent += 20
            member.drain.run()
            cluster.move(key_slot(shard.state().encode()), draw.choice(cluster.nodes))
            member.add(map(batch, range(sent, sent + 20)))
            sent += 20
            settle(member)
            traffic = Traffic(site=SITE, client=client, settings=Settings(data=tmp_path))
            assert traffic.totals(iso(DAY - 1), iso(DAY + 1))["pageviews"] == sent
        assert counted(client) == Counter({f"/{number}": 1 for number in range(sent)})
        member.close()


def test_an_unreachable_node_gives_a_partial_answer_that_says_so(tmp_path: Path) -> None:
    option = ("--cluster-require-full-coverage", "no")
    with cluster_of(tmp_path / "cluster", 3, 0, *option) as cluster, store.connect(cluster.url, timeout=2) as client:
        note(client, "UTC", 12)
        member = Member(client, tmp_path / "journal" / "0")
        member.add(map(batch, range(160)))
        member.flush()
        traffic = Traffic(site=SITE, client=client, settings=Settings(data=tmp_path))
        whole = traffic.totals(iso(DAY), iso(DAY))
        assert (whole["pageviews"], whole.attrs["complete"], whole.attrs["away"]) == (160, True, [])
        keeps = cluster.node_of("ff2:{sites}:known")
        victim = next(node for node in cluster.nodes if node is not keeps)
        gone = [shard.number for shard in shards(SITE, 12) if cluster.node_of(shard.state()) is victim]
        victim.kill()
        time.sleep(0.5)
        part = traffic.totals(iso(DAY), iso(DAY))
        assert (part.attrs["complete"], part.attrs["away"]) == (False, gone)
        assert 0 < part["pageviews"] < 160
        assert f"without {len(gone)} of 12 shards" in part.attrs["exactness"]
        others = [name for name in map("{}.example".format, range(20)) if not on(cluster, name, victim)]
        member.add([*map(batch, range(160, 320)), *(batch(number, name) for number, name in enumerate(others))])
        while member.drain.run():
            pass
        assert all(client.exists(Shard(name).daily(DAY)) for name in others)  # they need not wait
        victim.start()
        cluster.settled()
        settle(member)
        time.sleep(0.5)  # what Redis said is trusted for so long
        again = traffic.totals(iso(DAY), iso(DAY))
        assert (again["pageviews"], again.attrs["complete"]) == (320, True)
        member.close()
