"""Tokens are known by their digest alone, each for one site and one purpose."""

from __future__ import annotations

import pytest
import redis as redis_py

from common import tokens
from common.keys import Shard
from common.saved import TOKEN, Saved


def test_a_token_is_known_until_it_is_taken_back(redis: redis_py.Redis) -> None:
    token = tokens.make(redis, "a.com", "notebook", tokens.READ, now=1_764_000_000, view="f=page:/")
    held = tokens.check(redis, "a.com", token, tokens.READ)
    assert held is not None
    assert (held.name, held.scope, held.contents["view"]) == ("notebook", "read", "f=page:/")
    assert token.encode() not in b"".join(redis.hvals(Shard("a.com").saved()))
    assert tokens.check(redis, "b.com", token, tokens.READ) is None
    assert tokens.check(redis, "a.com", token, tokens.SHARE) is None
    assert tokens.check(redis, "a.com", "", tokens.READ) is None
    assert tokens.check(redis, "a.com", "\udcff", tokens.READ) is None
    Saved(redis, "a.com").drop(TOKEN, "notebook")
    assert tokens.check(redis, "a.com", token, tokens.READ) is None


def test_a_name_given_again_ends_the_token_before(redis: redis_py.Redis) -> None:
    first, second = (tokens.make(redis, "a.com", "n", tokens.READ) for _ in range(2))
    assert tokens.check(redis, "a.com", first, tokens.READ) is None
    assert tokens.check(redis, "a.com", second, tokens.READ) is not None


def test_a_scope_is_one_of_two(redis: redis_py.Redis) -> None:
    with pytest.raises(ValueError, match="scope='write': expected read or share"):
        tokens.make(redis, "a.com", "n", "write")
