"""Events through four real collectors into a cluster, and their journals into one Redis in; both tellings out.

Persons come by and by over twenty hours and a midnight, told by `timestamp`, so that both know the same times. Each
request goes to any collector, and one in twenty comes again to another. What collectors accepted is then read from
their journals, kept whole for that, and applied by one flusher to one server with one shard: the reference.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import redis

from collector import batches
from collector.batches import Batch
from collector.draining import EVENTS_A_SCRIPT, Drain
from collector.flush import Flusher
from collector.jobs.rebuild import marked_days, rebuild
from collector.journal import Journal, read
from collector.progress import Progress
from common import keys
from common.events import SIGNALS
from common.frames import Traffic
from common.known import Known, encode, shards_of
from common.raw import extent
from common.settings import Settings
from tests.chaos.clustered import clustered
from tests.chaos.persons import TRUSTING, Request, deliver, person
from tests.chaos.retold import differing, told, worst
from tests.chaos.rig import SITE, Rig
from tests.chaos.scenario import Outcome, RigFactory

COLLECTORS, COUNT = 4, 16
#: Sent over so many hours of the past, in ms.
SPAN = 20 * 3_600_000
MINUTE = 60_000
#: Unique counts are those of HyperLogLogs; by how much they may be off.
MOST_OFF = 0.005


class Found(NamedTuple):
    """What one of the runs tells, and its distinct visitors by day: as counted, and as they are."""

    frames: dict[str, pd.DataFrame]
    uniques: dict[str, tuple[int, int]]


def run(rig_factory: RigFactory, quick: bool) -> Outcome:
    """The control counts each copy of a batch, as without ids."""
    events = 20_000 if quick else 1_000_000
    with rig_factory() as rig:
        begun = time.monotonic()
        with clustered(rig, 1, COLLECTORS, 86_400.0, COUNT, TRUSTING) as place:
            requests = list(made(events, datetime.now(UTC)))
            targets, draw = [one.target for one in rig.collectors.values()], random.Random(2)
            deliver(iter(requests), lambda: draw.choice(targets), 24)
            rig.settle(3_600)
            seconds = time.monotonic() - begun
            for one in rig.collectors.values():
                one.terminate()
            whole = _told(place.client, rig.folder / "many")
        accepted = sorted(_journals(rig.data), key=lambda batch: batch.received)
        with _reference(rig, accepted, "one") as client:
            one = _told(client, rig.folder / "one")
        with _reference(rig, [_without_id(batch) for batch in accepted], "twice") as client:
            copies = _events(client)
    apart = differing(whole.frames, one.frames)
    rows = sum(map(len, one.frames.values()))
    counted = len(one.frames["events"])
    off, alone = worst(whole.uniques), worst(one.uniques)
    named = f" ({', '.join(apart)})" if apart else ""
    return Outcome(
        f"{events:,} events in {len(requests):,} requests through {COLLECTORS} collectors, {COUNT} shards, 3 primaries "
        f"and 3 replicas in {seconds:.0f} s: {len(one.frames)} tables of {rows:,} rows, {len(apart)} other than one "
        f"Redis's{named}; visitors of a day off by {off:.2%} at most, one Redis's by {alone:.2%}",
        f"without ids of batches {copies - counted:,} events too many",
        not apart and counted == events and off < MOST_OFF and copies > counted,
    )


def made(events: int, now: datetime) -> Iterator[Request]:
    """What persons send in the order in which it happens, each person some twenty events; some of it twice."""
    draw, begin, sent = random.Random(1), round(now.timestamp() * 1_000) - SPAN, list[tuple[int, int, int]]()
    left, number = events, 0
    while left:
        at, number = draw.randrange(SPAN * 3 // 4), number + 1
        for _ in range(draw.randrange(1, 8)):
            size = min(left, draw.randrange(1, 10))
            if size and at < SPAN - MINUTE:
                sent.append((begin + at, number, size))
                left -= size
            at += draw.choice((2_000, 5 * MINUTE, 25 * MINUTE, 40 * MINUTE))
    for place, (at, who, size) in enumerate(sorted(sent)):
        body = {"site": SITE, "batch": f"{place:016x}", "events": [_event(draw, at + 200 * n) for n in range(size)]}
        request = Request(person(who), json.dumps(body).encode())
        yield request
        if draw.random() < 0.05:
            yield request


def _event(draw: random.Random, at: int) -> dict[str, object]:
    kind = draw.choices(("pageview", "engagement", "Signup", "click"), (70, 20, 5, 5))[0]
    event: dict[str, object] = {"type": kind, "pathname": f"/p{int(draw.random() ** 3 * 400)}", "hostname": SITE}
    event["timestamp"] = datetime.fromtimestamp(at / 1_000, UTC).isoformat()
    event["timezone"] = draw.choice(("Europe/Berlin", "America/Chicago", "Asia/Tokyo"))
    if draw.random() < 0.3:
        event["referrer"] = f"https://{draw.choice(('news.example', 'www.google.com', 'blog.example'))}/x"
    if kind == "engagement":
        event |= {"engaged": draw.randrange(20_000), "scroll": draw.randrange(101)}
    if kind == "Signup":
        event |= {"props": {"plan": draw.choice("abc")}, "revenue": {"amount": draw.randrange(99), "currency": "EUR"}}
    return event


def _journals(data: Path) -> Iterator[Batch]:
    """All that was accepted, copies and all."""
    for number in range(COLLECTORS):
        for record in read(data / str(number) / "journal" / "0", 0):
            yield batches.decode(record.body)


def _without_id(batch: Batch) -> Batch:
    return Batch(batch.site, batch.zone, batch.received, 0, batch.events, batch.dropped, batch.place)


@contextmanager
def _reference(rig: Rig, accepted: list[Batch], name: str) -> Iterator[redis.Redis]:
    """The same through one flusher into one server."""
    journal = Journal(rig.folder / name / "0")
    progress = Progress(journal.folder)
    with rig.valkey().client() as client:
        client.flushall()
        client.hset(keys.sites(), SITE, encode(Known("UTC", 1)))
        for batch in accepted:
            journal.append(batches.encode(batch))
        progress.durable = journal.sync()
        drain = Drain(journal.folder, Flusher(client, journal.id), progress, EVENTS_A_SCRIPT)
        while drain.run() or drain.blocked:
            pass
        progress.close()
        journal.close()
        yield client


def _told(client: redis.Redis, folder: Path) -> Found:
    """Marked days are made again first, as collectors do by and by."""
    now = time.time_ns() // 1_000_000
    for shard in shards_of(client, SITE):
        if marked := marked_days(client, shard):
            rebuild(client, shard, marked, "UTC", now)
    traffic = Traffic(site=SITE, client=client, settings=Settings(data=folder, sites={SITE: "UTC"}))
    frames = told(traffic)
    events = frames["events"]
    people = events[(events["class"] == "human") & ~events["type"].isin(SIGNALS)]
    true = people.groupby(people["time"].dt.date.astype(str))["visitor"].nunique()
    counted = {day: _uniques(client, day) for day in true.index}
    return Found(frames, {day: (counted[day], int(true[day])) for day in true.index})


def _events(client: redis.Redis) -> int:
    """Raw events, by what days say that they hold."""
    today = datetime.now(UTC).toordinal()
    return sum(
        extent(client, shard, day).rows for shard in shards_of(client, SITE) for day in range(today - 2, today + 2)
    )


def _uniques(client: redis.Redis, day: str) -> int:
    return sum(int(client.pfcount(shard.unique(keys.ordinal(day)))) for shard in shards_of(client, SITE))
