"""A Redis and a pattern in, every key's name, type and time to live out, a pipeline at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, cast

import redis
from redis.exceptions import ResponseError

from collector.families import problem_of
from common import keys
from common.chunked import chunked
from common.keys import Shard

_AT_ONCE = 200
#: Names that keys of this and other versions have.
OURS = "ff[0-9]*:*"


class Seen(NamedTuple):
    """A key as it was found. `found` says what a value of the right type really is, where a closer look was needed."""

    name: str
    kind: bytes
    ttl: int
    found: bytes = b""


def walk(client: redis.Redis, pattern: str) -> Iterator[Seen]:
    """All keys that fit a pattern; one that is moved meanwhile may be missed or come twice. Raises redis.RedisError."""
    names = (cast(bytes, name).decode("utf-8", "surrogateescape") for name in client.scan_iter(pattern, count=1_000))
    for part in chunked(names, _AT_ONCE):
        pipe = client.pipeline(transaction=False)
        for name in part:
            raw = name.encode("utf-8", "surrogateescape")
            pipe.type(raw)
            pipe.ttl(raw)
        replies = pipe.execute()
        seen = [Seen(name, *reply) for name, *reply in zip(part, replies[::2], replies[1::2], strict=True)]
        counted = [one.name for one in seen if one.kind == b"string" and _is_unique(one.name)]
        broken = set(_no_hyperloglogs(client, counted))
        yield from (one._replace(found=b"string that is none") if one.name in broken else one for one in seen)


def of_shard(shard: Shard) -> str:
    """The pattern of all keys of a shard."""
    return escaped(shard.state().partition("visits:")[0]) + "*"


def escaped(text: str) -> str:
    """A text without wildcards for a pattern."""
    return "".join(f"\\{char}" if char in "\\*?[]" else char for char in text)


def wrong(client: redis.Redis, shard: Shard) -> list[str]:
    """The keys of a shard that have a wrong type. Raises redis.RedisError."""
    problems = (problem_of(*seen) for seen in walk(client, of_shard(shard)))
    return [problem.key for problem in problems if problem and problem.why == "type"]


def _is_unique(name: str) -> bool:
    parsed = keys.parse(name)
    return parsed is not None and parsed.family == "unique:visits"


def _no_hyperloglogs(client: redis.Redis, names: list[str]) -> Iterator[str]:
    """Those whose strings PFCOUNT does not take."""
    if not names:
        return
    pipe = client.pipeline(transaction=False)
    for name in names:
        pipe.pfcount(name)
    for name, reply in zip(names, pipe.execute(raise_on_error=False), strict=True):
        if isinstance(reply, ResponseError):
            yield name
