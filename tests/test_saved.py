"""Goals, notes and the like come back as they were kept, and bad ones are named."""

from __future__ import annotations

import pytest
import redis as redis_py

from common.keys import Shard
from common.saved import GOAL, MOST_KEPT, NOTE, Saved


def test_what_is_kept_comes_back_by_kind_and_name(redis: redis_py.Redis) -> None:
    saved, other = Saved(redis, "a.com"), Saved(redis, "b.com")
    saved.put(GOAL, " Signup ", {"event": "Signup"})
    saved.put(GOAL, "Paid: twice", {"event": "Paid", "where": {"country": ["DE"]}})
    saved.put(NOTE, "1", {"day": "2026-11-24", "text": "日本 launch"})
    assert saved.all(GOAL) == {
        "Paid: twice": {"event": "Paid", "where": {"country": ["DE"]}},
        "Signup": {"event": "Signup"},
    }
    assert saved.all(NOTE) == {"1": {"day": "2026-11-24", "text": "日本 launch"}}
    assert other.all(GOAL) == {}
    saved.put(GOAL, "Signup", {"page": "/welcome"})
    assert saved.all(GOAL)["Signup"] == {"page": "/welcome"}
    assert (saved.drop(GOAL, "Signup"), saved.drop(GOAL, "Signup")) == (True, False)
    assert list(saved.all(GOAL)) == ["Paid: twice"]


def test_what_is_not_ours_is_left_out(redis: redis_py.Redis) -> None:
    redis.hset(Shard("a.com").saved(), mapping={"goal:x": "{", "goal:y": "[1]", "goal:z": "{}", "odd": "{}"})
    assert Saved(redis, "a.com").all(GOAL) == {"z": {}}


@pytest.mark.parametrize(
    ("kind", "name", "contents", "message"),
    [
        ("plan", "x", {}, "kind='plan': expected one of goal, funnel"),
        (GOAL, "  ", {}, "name: 0 characters, expected 1 to 120"),
        (GOAL, "x" * 121, {}, "name: 121 characters, expected 1 to 120"),
        (GOAL, "x", {"event": "é" * 10_000}, "goal 'x': 20,012 bytes, expected at most 20,000"),
    ],
)
def test_bad_ones_are_named(redis: redis_py.Redis, kind: str, name: str, contents: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Saved(redis, "a.com").put(kind, name, contents)


def test_their_number_is_bounded(redis: redis_py.Redis) -> None:
    saved = Saved(redis, "a.com")
    redis.hset(Shard("a.com").saved(), mapping={f"note:{number}": "{}" for number in range(MOST_KEPT)})
    with pytest.raises(ValueError, match="500 things are kept"):
        saved.put(NOTE, "one more", {})
    saved.put(NOTE, "1", {"text": "in place of another"})
