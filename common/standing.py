"""Commands in, replies that fit together out: which of a shard's days are open, folded or in a closed month.

Every job that changes closed days raises one version. A reader that finds the version unchanged at the end of each of
its round trips knows that all it read meanwhile belongs together.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import redis

from common import keys
from common.keys import Shard
from common.store import StoreError

Command = tuple[str, ...]
_MONTH, _DAY = re.compile(rb"\d{4}-\d\d"), re.compile(rb"\d{4}-\d\d-\d\d")


class Moved(Exception):
    """A job changed closed days while they were read: it has to be read again."""


class Standing(NamedTuple):
    """Where the days of a shard stand. A day that is both open and folded has a hash of what was added since."""

    version: bytes
    open: frozenset[int]
    days: frozenset[int]  #: folded days
    months: frozenset[str]  #: closed months

    def folded(self, day: int) -> bool:
        """Whether a day has rows in the dense hash."""
        return day in self.days or keys.month(day) in self.months


def read_standing(client: redis.Redis, shard: Shard) -> Standing:
    """How they stand at this moment. Raises `Moved`, `StoreError`, redis.RedisError."""
    asked = [version_of(shard), ("HKEYS", shard.dense()), ("SMEMBERS", shard.open())]
    version, fields, opened = steady(client, shard, asked, None)
    months = frozenset(name.decode() for name in fields if _MONTH.fullmatch(name))
    return Standing(version or b"0", days_in(opened), days_in(fields), months)


def steady(client: redis.Redis, shard: Shard, commands: Sequence[Command], version: bytes | None) -> list[Any]:
    """Replies to commands, if `version` still holds after them; None: if it is what the first command says."""
    *replies, after = replies_to(client, [*commands, version_of(shard)])
    before = version if version is not None else replies[0] or b"0"
    if (after or b"0") != before:
        raise Moved
    return replies


def replies_to(client: redis.Redis, commands: Sequence[Command]) -> list[Any]:
    """Replies to commands sent at once. A key of a wrong type is a `StoreError` that says what to do."""
    pipe = client.pipeline(transaction=False)
    for command in commands:
        pipe.execute_command(*command)  # type: ignore[no-untyped-call]
    replies: list[Any] = pipe.execute(raise_on_error=False)
    for command, reply in zip(commands, replies, strict=True):
        if isinstance(reply, redis.ResponseError) and "WRONGTYPE" in str(reply):
            raise StoreError(
                f"{command[1]} has a wrong type: run `python -m collector doctor`, then `python -m collector rebuild`"
            ) from reply
        if isinstance(reply, Exception):
            raise reply
    return replies


def version_of(shard: Shard) -> Command:
    """The command that asks for the version."""
    return ("HGET", shard.dense(), keys.VERSION)


def days_in(names: Iterable[bytes]) -> frozenset[int]:
    """The days among some names."""
    return frozenset(keys.ordinal(name.decode()) for name in names if _DAY.fullmatch(name))
