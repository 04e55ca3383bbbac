"""A journal's batches in, the same by shards out: ids claimed where there are several, and sorted the same way again.

Sites of one shard pass through. Where a number of shards begins to hold, visitors whose visit goes on over that
midnight stay on the shard they were on. Which ones do is asked once and noted beside the journal before anything is
applied, so that a record that is read again, after a crash or a failover, goes where it went.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple, cast

import redis

from collector.batches import Batch
from collector.claims import Claim, Claims
from collector.flush import Flusher, Numbered
from collector.refusals import Early
from collector.staying import Staying
from common import keys
from common.calendars import PAUSE, Calendar, calendar
from common.events import Event
from common.keys import Shard
from common.known import laid, one_site
from common.shards import Layout, parsed

#: What is known of a site is asked for again after this many s; shards themselves tell sooner.
_STALE, _SOON = 3_600.0, 5.0


class Part(NamedTuple):
    """What a record has for one shard. `claim` is asked first, None where nothing is."""

    shard: Shard
    item: Numbered
    claim: tuple[Shard, Claim] | None


class Sorting:
    """Sorts the batches of one journal. `hold` is how many s others may take to apply what they have."""

    def __init__(self, flusher: Flusher, folder: Path, hold: float) -> None:
        self._client, self._flusher, self._hold = flusher.client, flusher, int(hold * 1_000)
        self._claims = Claims(flusher.client, flusher.collector)
        self._staying = Staying(flusher.client, folder)
        self._early: set[int] = set()
        self._waits: Callable[[Shard, int], bool] = lambda shard, number: False
        self._known: dict[str, tuple[Layout, float]] = {}

    def parts(self, items: Sequence[Numbered], waits: Callable[[Shard, int], bool]) -> list[Part]:
        """Batches by shards, in their order; nothing is claimed yet. `waits` says of a shard and a record whether some
        record before it is not applied there. Raises redis.RedisError.
        """
        found: list[Part] = []
        self._early, self._waits = set(), waits
        self._staying.begin()
        for number, batch in items:
            layout = self.layout(batch.site)
            if layout.most == 1:
                found.append(Part(Shard(batch.site), Numbered(number, batch), None))
                continue
            claim = (
                (self._claims.shard(batch.site, layout, batch.id), Claim(batch.id, batch.received, number))
                if batch.id
                else None
            )
            found += [Part(shard, Numbered(number, part), claim) for shard, part in self._split(number, batch, layout)]
        self._staying.note()
        return found

    def claimed(self, parts: Sequence[Part]) -> tuple[list[Part], dict[int, Exception]]:
        """Parts whose ids are theirs, and records of which nobody can say at this moment."""
        asked: dict[Shard, list[Claim]] = {}
        for claim in {part.claim: None for part in parts if part.claim}:
            asked.setdefault(claim[0], []).append(claim[1])
        others, unknown = set[int](), dict[int, Exception](dict.fromkeys(self._early, Early()))
        for shard, claims in asked.items():
            try:
                known = self._claims.earlier(shard.site, self.layout(shard.site), claims)
                others |= known | self._claims.take(shard, [claim for claim in claims if claim.record not in known])
            except (redis.RedisError, OSError) as error:
                unknown |= {claim.record: error for claim in claims}
        kept = []
        for part in parts:
            if part.item.number in others:
                part.item.batch.events.clear()  # its drops are counted, and the mark moves on
            kept.append(part)
        return kept, unknown

    def layout(self, site: str) -> Layout:
        """The shards of a site. Raises redis.RedisError."""
        layout, asked = self._known.get(site, (Layout(), 0.0))
        if not asked or time.monotonic() - asked > _STALE:
            try:
                known = one_site(self._client, site)
                layout, until = known.layout if known else Layout(), time.monotonic()
            except (
                redis.RedisError
            ) as error:  # of a wrong type, or on a node that is away: its first shard knows as well
                layout, until = (
                    self._told(site, layout if asked else None, error),
                    max(1.0, time.monotonic() - _STALE + _SOON),
                )
            self._known[site] = layout, until
            self._flusher.layouts[site] = layout.text()
        return layout

    def _told(self, site: str, layout: Layout | None, error: redis.RedisError) -> Layout:
        """The layout as it was, or as the first shard tells it; `error` where nobody can tell."""
        if layout is not None:
            return layout
        try:
            found = self._client.hmget(Shard(site).state(), [keys.SHARDS, keys.ZONE])
        except redis.ResponseError:  # of a wrong type as well: the flush sees to it
            return Layout()
        text, zone = cast("list[bytes | None]", found)
        if text is None and zone is None and not isinstance(error, redis.ResponseError):
            raise error
        return parsed((text or b"").decode())

    def relaid(self, site: str, text: str) -> None:
        """The site has other shards by now, as its shards tell it. Raises redis.RedisError."""
        laid(self._client, site, parsed(text))  # the list of sites may have been lost, and made again without them
        self._known.pop(site, None)

    def applied(self, number: int) -> None:
        """Records up to this one are not read again."""
        self._staying.forget(number)

    def _stays(self, number: int, batch: Batch, event: Event, day: int, local: Calendar) -> bool:
        """Whether an event's visitor stays. Raises `Early` where what decides it may not be applied yet, here or by
        another collector.
        """
        shard = Shard(batch.site, batch.place % self.layout(batch.site).before(day))
        if not self._staying.is_decided(number, day):
            young = time.time_ns() // 1_000_000 - batch.received < self._hold
            if (young and event.time - local.start(day) < PAUSE + self._hold) or self._waits(shard, number):
                raise Early
        return self._staying.stays(number, event, day, shard)

    def _split(self, number: int, batch: Batch, layout: Layout) -> list[tuple[Shard, Batch]]:
        local = calendar(batch.zone)
        plain = Batch(batch.site, batch.zone, batch.received, 0, [], {}, batch.place)
        parts: dict[int, Batch] = {}
        for event in batch.events:
            day = local.day(event.time)
            at = layout.number(batch.place, day)
            earlier = batch.place % layout.before(day)
            if earlier != at:
                try:
                    at = earlier if self._stays(number, batch, event, day, local) else at
                except Early:
                    self._early.add(number)
                    return [(Shard(batch.site, each), plain) for each in sorted({earlier, at})]
            if layout.count(day) != layout.count(day + 1) and local.day(event.time + PAUSE) != day:
                self._staying.passes(event, Shard(batch.site, at))
            if at not in parts:
                parts[at] = Batch(batch.site, batch.zone, batch.received, 0, [], {}, batch.place)
            parts[at].events.append(event)
        if batch.dropped or not parts:
            first = next(iter(parts), layout.number(batch.place, local.day(batch.received)))
            parts.setdefault(first, plain).dropped = batch.dropped
        return [(Shard(batch.site, number), part) for number, part in parts.items()]
