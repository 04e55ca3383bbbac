"""Persons' events in, the same through the journals of several collectors in Redis out: for sites of several shards."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import redis as redis_py
from brute import midnight
from test_truth import event as random_event

from collector.batches import Batch, encode
from collector.draining import Drain
from collector.flush import Flusher
from collector.journal import Journal
from collector.progress import Progress
from common import keys
from common.clients import replicated
from common.events import Event
from common.known import Known
from common.known import encode as encode_known
from common.shards import first

SITE = "example.com"
HOUR, MINUTE = 3_600_000, 60_000


class Sent(NamedTuple):
    """A request of one person."""

    time: int
    batch: Batch


def requests(zone: str, first_day: int, days: int, persons: int, seed: int, each: int = 6) -> list[Sent]:
    """What persons send in some days, many of them around midnight, in the order of receipt."""
    draw, out, number = random.Random(seed), list[Sent](), 0
    over = midnight(keys.iso(first_day + days), zone)
    for day in range(first_day, first_day + days):
        start = midnight(keys.iso(day), zone)
        for person in range(persons):
            if draw.random() < 0.3:
                continue
            time = start + draw.choice((draw.randrange(23 * HOUR), 23 * HOUR + draw.randrange(HOUR)))
            for _ in range(draw.randrange(1, each)):
                number += 1
                events = [random_event(zone, person, time, number * 10, draw)]
                if draw.random() < 0.5:
                    events.append(random_event(zone, person, time + 1_000, number * 10 + 1, draw))
                kept = [item for item in events if item.time < over]
                if kept:
                    received = kept[-1].time + 500
                    out.append(
                        Sent(received, Batch(SITE, zone, received, draw.getrandbits(63) | 1, kept, {}, person * 7 % 16))
                    )
                time += draw.choice((1_000, 5 * MINUTE, 25 * MINUTE, 40 * MINUTE))
    return sorted(out, key=lambda sent: sent.time)


def note(client: redis_py.Redis, zone: str, shards: int, site: str = SITE) -> None:
    """Note the site, as its first event does."""
    client.hset(keys.sites(), site, encode_known(Known(zone, 1, first(shards))))


class Member:
    """A collector: its journal and the drain of it."""

    def __init__(self, client: redis_py.Redis, folder: Path, keep: float | None = None) -> None:
        self.client, self.folder, self._keep = client, folder, keep
        self.journal, self.progress = Journal(folder), Progress(folder)
        self.drain = self._drain()

    def add(self, batches: Iterable[Batch]) -> None:
        """Accept batches durably."""
        for batch in batches:
            self.journal.append(encode(batch))
        self.progress.durable = self.journal.sync()

    def flush(self) -> None:
        """Apply all that is durable; shards that wait are waited for."""
        deadline = time.monotonic() + 30
        while self.drain.run() or self.drain.blocked:
            assert time.monotonic() < deadline, "some shard goes on waiting"
            if self.drain.blocked:
                time.sleep(0.02)

    def restart(self) -> None:
        """As after SIGKILL: the flusher knows nothing but its journal."""
        self.drain = self._drain()

    def close(self) -> None:
        self.journal.close()
        self.progress.close()

    def _drain(self) -> Drain:
        flusher = Flusher(self.client, self.journal.id, 0.5, replicated(self.client))
        return Drain(self.folder, flusher, self.progress, 1_000, self._keep)


class Fleet:
    """Several collectors behind a load balancer that sends each request anywhere."""

    def __init__(self, connect: Callable[[], redis_py.Redis], folder: Path, members: int = 4, seed: int = 1) -> None:
        self._draw = random.Random(seed)
        self.members = [Member(connect(), folder / f"{number}" / "0") for number in range(members)]

    def send(self, sent: Sequence[Sent], flush_every: int = 40, again: float = 0.05) -> None:
        """Send in this order; now and then a request comes again, elsewhere, as when its answer was lost."""
        for number, one in enumerate(sent):
            self._draw.choice(self.members).add([_copy(one.batch)])
            if self._draw.random() < again:
                self._draw.choice(self.members).add([_copy(one.batch)])
            if not flush_every:  # as in life, where a flush is much shorter than a pause
                self.flush()
            elif number % flush_every == 0:
                self._draw.choice(self.members).flush()
        self.flush()

    def flush(self) -> None:
        """All that was sent is in Redis."""
        for member in self.members:
            member.flush()

    def close(self) -> None:
        for member in self.members:
            member.close()
            member.client.close()


def _copy(batch: Batch) -> Batch:
    return Batch(batch.site, batch.zone, batch.received, batch.id, list(batch.events), {}, batch.place)


def events_of(sent: Iterable[Sent]) -> list[Event]:
    """All events, once."""
    return [event for one in sent for event in one.batch.events]
