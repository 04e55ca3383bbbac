"""Ids of batches are claimed once, whoever comes, in whatever order; a claim that is repeated is the same."""

from __future__ import annotations

import random

import redis as redis_py
from fleet import SITE, note

from collector.batch_ids import placed
from collector.batches import Batch
from collector.claims import Claim, Claims
from common import keys
from common.keys import Shard
from common.shards import Layout, layout_of

SHARD = Shard(SITE, 3)
NOW = 1_777_982_400_000
DAY_MS = 86_400_000
FOUR = layout_of([(0, 4)])


def test_the_first_record_has_an_id(redis: redis_py.Redis) -> None:
    one, two = Claims(redis, "one"), Claims(redis, "two")
    assert one.take(SHARD, [Claim(7, NOW, 1), Claim(11, NOW, 2)]) == set()
    assert two.take(SHARD, [Claim(11, NOW, 5), Claim(15, NOW, 6)]) == {5}
    assert one.take(SHARD, [Claim(15, NOW, 3), Claim(7, NOW, 4)]) == {3, 4}
    # As after a crash: the same records claim what is theirs.
    again = Claims(redis, "one")
    assert again.take(SHARD, [Claim(7, NOW, 1), Claim(11, NOW, 2), Claim(15, NOW, 3)]) == {3}


def test_twice_in_one_call(redis: redis_py.Redis) -> None:
    assert Claims(redis, "one").take(SHARD, [Claim(7, NOW, 1), Claim(7, NOW, 2)]) == {2}


def test_over_midnight_and_not_for_ever(redis: redis_py.Redis) -> None:
    claims = Claims(redis, "one")
    claims.take(SHARD, [Claim(7, NOW, 1)])
    assert claims.take(SHARD, [Claim(7, NOW + DAY_MS, 2)]) == {2}
    assert claims.take(SHARD, [Claim(7, NOW + 3 * DAY_MS, 3)]) == set()


def test_many_by_two_collectors_are_each_taken_once(redis: redis_py.Redis) -> None:
    draw = random.Random(4)
    both = [Claims(redis, "one"), Claims(redis, "two")]
    ids = [draw.getrandbits(63) for _ in range(1_500)]
    sent = draw.sample(ids * 2, len(ids) * 2)
    taken, records = 0, [0, 0]
    while sent:
        some, sent = sent[: draw.randrange(1, 60)], sent[60:] if len(sent) > 60 else []
        who = draw.randrange(2)
        claims = []
        for id_ in some:
            records[who] += 1
            claims.append(Claim(id_, NOW, records[who]))
        others = both[who].take(SHARD, claims)
        assert both[who].take(SHARD, claims) == others
        taken += len(claims) - len(others)
    held = b"".join(value for name, value in redis.hgetall(SHARD.state()).items() if name.count(b":") == 2)
    assert len(held) == 12 * taken
    assert len({held[at : at + 8] for at in range(0, len(held), 12)}) == taken


def test_ids_from_before_the_site_had_more_shards(redis: redis_py.Redis) -> None:
    note(redis, "UTC", 1)
    layout = Layout().grown(NOW // DAY_MS + 719_163 + 1, 4)
    old = placed([Batch(SITE, "UTC", NOW, 42, [])], {NOW // DAY_MS + shift: 0 for shift in (-1, 0, 1)})
    redis.hset(Shard(SITE).state(), old["look"][0], old["ids"][0][2])
    redis.hset(Shard(SITE).state(), keys.ids_count(NOW // DAY_MS), 1)
    claims = Claims(redis, "one")
    assert claims.earlier(SITE, layout, [Claim(42, NOW + 1, 1), Claim(43, NOW + 1, 2)]) == {1}
    assert claims.earlier(SITE, FOUR, [Claim(42, NOW + 1, 1)]) == set()
    claims.take(claims.shard(SITE, FOUR, 44), [Claim(44, NOW, 9)])
    grown = FOUR.grown(NOW // DAY_MS + 719_163 + 1, 8)
    assert claims.earlier(SITE, grown, [Claim(44, NOW, 9), Claim(44, NOW, 10)]) == {10}


def test_fields_are_named_by_their_day() -> None:
    assert keys.ids_day(keys.claims_field(20_000, 3)) == keys.ids_day(keys.claims_count(20_000)) == 20_000
