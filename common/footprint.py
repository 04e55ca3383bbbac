"""A Redis in, the bytes of its keys by site, family and month out, measured with MEMORY USAGE.

Every key costs a command, so at most `MOST_KEYS` are measured: of more, evenly spread ones, and the rest counts as the
mean of its family.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar, cast

import msgspec
import redis

from common import keys
from common.cluster import nodes
from common.keys import Parsed, Shard
from common.shards import shards

MOST_KEYS = 2_000
#: Elements of a key that are looked at: exact up to as many, an estimate from as many beyond.
SAMPLES = 2_000
_CHUNK = 100
#: Key families -> the families that are shown, and what each is called.
_FAMILIES = {
    "visits:events": "raw",
    "visits:daily": "daily",
    "visits:dense": "dense",
    "unique:visits": "unique",
    "visits:state": "state",
    "imports": "imports",
}
FAMILIES = {
    "raw": "Raw events",
    "dense": "Rollups of closed days",
    "daily": "Rollups of open days",
    "unique": "Unique visitors",
    "state": "Visit states",
    "imports": "Imported files",
    "rest": "All other keys",
}
#: Days whose rows tell how large an event is.
_NEWEST = 3
_DAY, _MONTH = re.compile(r"\d{4}-\d\d-\d\d"), re.compile(r"\d{4}-\d\d")
_decode = msgspec.msgpack.Decoder(tuple[int, int, int]).decode
_T = TypeVar("_T")


class Size(NamedTuple):
    """Bytes of one site's family; with a month and a day (ordinal) where its keys or fields have them."""

    site: str
    family: str
    month: str  #: "" where there is none
    day: int  #: 0 where there is none
    bytes: int


@dataclass(frozen=True)
class Footprint:
    """What Redis holds and may hold."""

    sizes: tuple[Size, ...]
    used: int  #: all memory of the server, others' data and its own included
    limit: int  #: maxmemory, 0 where none is set
    keys: int = 0
    measured: int = 0  #: how many of the keys
    events: dict[str, tuple[int, int]] = field(default_factory=dict)  #: site -> raw bytes and events of some days

    def by(self, key: Callable[[Size], _T]) -> dict[_T, int]:
        """Bytes summed by something of each size, largest first."""
        sums: dict[_T, int] = defaultdict(int)
        for size in self.sizes:
            sums[key(size)] += size.bytes
        return dict(sorted(sums.items(), key=lambda item: -item[1]))

    def event_bytes(self) -> float:
        """Mean bytes of a raw event in Redis; 0.0 where there is none to tell by."""
        events = sum(count for _, count in self.events.values())
        return sum(size for size, _ in self.events.values()) / events if events else 0.0


def measure(client: redis.Redis, most: int = MOST_KEYS) -> Footprint:
    """Look at all keys of ours. Raises redis.RedisError."""
    names = sorted(cast("Iterable[bytes]", client.scan_iter(f"{keys.SCHEMA}:*", count=1_000)))
    parsed = {name.decode("utf-8", "replace"): keys.parse(name.decode("utf-8", "replace")) for name in names}
    found = _usage(client, _spread(list(parsed), most))
    sizes: list[Size] = []
    means = _means(found, parsed)
    for name, of in parsed.items():
        size = found.get(name)
        sizes.append(_size(of, round(means[_family(of)]) if size is None else size))
    dense, counts = Counter[str](), Counter[str]()
    for one in sizes:
        if one.family == "dense":
            dense[one.site] += one.bytes
    for of in filter(None, parsed.values()):
        counts[of.site] = max(counts[of.site], of.shard + 1)
    sizes = [size for size in sizes if size.family != "dense"]
    for site in list(dense)[:most]:
        sizes += _dense(client, site, dense[site])
    memory = [node.info("memory") for node in nodes(client)]
    return Footprint(
        tuple(sizes),
        sum(int(each.get("used_memory", 0)) for each in memory),
        sum(int(each.get("maxmemory", 0)) for each in memory),
        len(parsed),
        len(found),
        _events(client, sizes, counts),
    )


def _usage(client: redis.Redis, names: list[str]) -> dict[str, int]:
    """Bytes of each key; one that is gone meanwhile has 0."""
    found: dict[str, int] = {}
    for begin in range(0, len(names), _CHUNK):
        some = names[begin : begin + _CHUNK]
        pipe = client.pipeline(transaction=False)
        for name in some:
            pipe.memory_usage(name, samples=SAMPLES)
        found |= {name: size or 0 for name, size in zip(some, pipe.execute(), strict=True)}
    return found


def _spread(names: list[str], most: int) -> list[str]:
    return names[:: -(-len(names) // most)] if len(names) > most else names


def _family(of: Parsed | None) -> str:
    return _FAMILIES.get(of.family, "rest") if of else "rest"


def _means(found: dict[str, int], parsed: dict[str, Parsed | None]) -> dict[str, float]:
    groups: dict[str, list[int]] = {family: [] for family in FAMILIES}
    for name, size in found.items():
        groups[_family(parsed[name])].append(size)
    return {family: sum(group) / len(group) if group else 0.0 for family, group in groups.items()}


def _size(of: Parsed | None, size: int) -> Size:
    """The size of a key, under the day it names."""
    family = _family(of)
    if of is None:
        return Size("", family, "", 0, size)
    if family in ("raw", "daily", "unique") and of.rest:
        try:
            day = keys.ordinal(of.rest[0])
        except ValueError:
            return Size(of.site, family, "", 0, size)
        return Size(of.site, family, keys.month(day), day, size)
    return Size(of.site, family, "", 0, size)


def _dense(client: redis.Redis, site: str, size: int) -> list[Size]:
    """The dense hash by its fields: months, and days of months that are not over."""
    key = Shard(site).dense()
    names = cast("list[bytes]", client.hkeys(key))
    lengths: list[int] = []
    for begin in range(0, len(names), _CHUNK):
        pipe = client.pipeline(transaction=False)
        for name in names[begin : begin + _CHUNK]:
            pipe.hstrlen(key, cast(Any, name))
        lengths += pipe.execute()
    share = size / (sum(lengths) or 1)
    sizes = []
    for name, length in zip(names, lengths, strict=True):
        text = name.decode()
        is_day, is_month = _DAY.fullmatch(text), _MONTH.fullmatch(text)
        day, month = keys.ordinal(text) if is_day else 0, text[:7] if is_day or is_month else ""
        sizes.append(Size(site, "dense", month, day, round(length * share)))
    return sizes


def _events(client: redis.Redis, sizes: list[Size], counts: Mapping[str, int]) -> dict[str, tuple[int, int]]:
    """Raw bytes and raw events of the newest days of each site whose daily hash tells how many events it has."""
    raw: dict[tuple[str, int], int] = defaultdict(int)
    for size in sizes:
        if size.family == "raw":
            raw[size.site, size.day] += size.bytes
    asked: dict[str, list[int]] = defaultdict(list)
    for size in sorted(sizes, key=lambda size: -size.day):
        if size.family == "daily" and (size.site, size.day) in raw and len(asked[size.site]) < _NEWEST:
            asked[size.site].append(size.day)
    places = [(site, day) for site, days in asked.items() for day in dict.fromkeys(days)]
    parts = [(site, day, shard) for site, day in places for shard in shards(site, counts[site])]
    events: Counter[tuple[str, int]] = Counter()
    found: dict[str, tuple[int, int]] = {}
    for begin in range(0, len(parts), _CHUNK):
        some = parts[begin : begin + _CHUNK]
        pipe = client.pipeline(transaction=False)
        for _, day, shard in some:
            pipe.hget(shard.daily(day), keys.RAW_EXTENT)
        for (site, day, _), extent in zip(some, pipe.execute(), strict=True):
            events[site, day] += _decode(extent)[2] if extent else 0
    for site, day in places:
        if rows := events[site, day]:
            known, count = found.get(site, (0, 0))
            found[site] = known + raw[site, day], count + rows
    return found
