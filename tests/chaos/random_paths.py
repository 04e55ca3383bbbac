"""A million random paths, flushed as fast as it goes, in; what a day of rollups weighs and which pages it shows, out.

Ten minutes of a flood stand in the events' times. A flush applies 1,000 events, as the flusher's process does.
"""

from __future__ import annotations

import random
import secrets
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple, cast

import redis

from collector.batches import Batch
from collector.flush import Flusher, Numbered
from collector.jobs.rebuild import marked_days, rebuild
from common.events import OTHER, VISIT_DIMENSIONS, Event
from common.frames import Traffic
from common.keys import Shard, iso
from common.rollups import cap_of
from common.rows import unpack_row
from common.settings import Settings
from tests.chaos.clock import DAY, HOUR, MINUTE, midnight
from tests.chaos.scenario import Outcome, RigFactory
from tests.chaos.sender import SITE

A_FLUSH = 1_000
TOP = 20
MOST_BYTES = 5e6
CAPPED = ("page", "entry_page", "exit_page")
#: Paths of the flood have from 8 to 512 bytes, the longest that are accepted.
SHORTEST, LONGEST = 8, 512


class Measured(NamedTuple):
    """What the day's hash was at some moment."""

    rows: int  #: of the capped dimension with most of them, beyond its cap
    bytes: int
    off: int  #: by how much its total, or its pages' sum, differed from what was sent


def run(rig_factory: RigFactory, quick: bool) -> Outcome:
    """The control: rows went to who came first, and before the rebuild most of the true top is not among them."""
    count = 20_000 if quick else 1_000_000
    true = {f"/true/{n}": count // 1_000 + 5 * n + 5 for n in range(TOP)}
    with rig_factory() as rig, rig.valkey().client() as client:
        begun = midnight() + 12 * HOUR
        day, flusher, sent, samples = begun // DAY + 719_163, Flusher(client, "flood"), 0, []
        for number, events in enumerate(_flood(count, true, begun), 1):
            batch = Batch(SITE, "UTC", events[-1].time, number, events)
            flusher.apply(Shard(SITE), [Numbered(number, batch)], batch.received)
            sent += len(events)
            if number % max(1, count // A_FLUSH // 20) == 0:
                samples.append(_measure(client, day, sent))
        before = _top(client, day)
        marked = marked_days(client, Shard(SITE))
        done = rebuild(client, Shard(SITE), marked, "UTC", begun + HOUR)
        samples.append(_measure(client, day, sent))
        after = _top(client, day)
    largest, off = max(sample.bytes for sample in samples), max(sample.off for sample in samples)
    over = max(sample.rows for sample in samples)
    return Outcome(
        f"{sent:,} events on {count + TOP:,} pages: {'within' if over <= 0 else f'{over} over'} the cap, "
        f"{largest / 1e6:.2f} MB of rollups at most, totals off by {off} in {len(samples)} samples; "
        f"{len(true.items() & after.items())} of the true top {TOP} with their values after a rebuild of "
        f"{done.seconds:.0f} s",
        f"before the rebuild {len(true.items() & before.items())} of {TOP}",
        over <= 0
        and largest <= MOST_BYTES
        and off == 0
        and marked == [day]
        and after == true
        and len(true.items() & before.items()) < TOP,
    )


def _flood(count: int, true: dict[str, int], begun: int) -> Iterator[list[Event]]:
    """A tenth of the flood alone, which takes all rows, then the true pages among the rest."""
    draw = random.Random(9)
    wanted = [page for page, views in true.items() for _ in range(views)]
    draw.shuffle(wanted)
    events: list[Event] = []
    for number in range(count):
        size = draw.choice((SHORTEST, 16, 24, 32, 64, 128, LONGEST))
        pages = ["/" + secrets.token_urlsafe(size)[: size - 1]]
        if number > count // 10 and wanted:
            pages += wanted[-1 - len(wanted) // (count - number) :]
            del wanted[len(wanted) - len(pages) + 1 :]
        for page in pages:
            events.append(_view(draw.getrandbits(64), begun + number * 10 * MINUTE // count, page))
        if len(events) >= A_FLUSH or number == count - 1:
            yield events
            events = []


def _view(visitor: int, time: int, page: str) -> Event:
    dimensions = dict.fromkeys(VISIT_DIMENSIONS, "") | {"source": "(direct)", "country": "DE"}
    fields = dimensions | {"seq": 0, "before": 0, "type": "pageview", "class_": "human", "hostname": SITE}
    return Event(time=time, visitor=visitor, page=page, **fields)


def _measure(client: redis.Redis, day: int, sent: int) -> Measured:
    name = Shard(SITE).daily(day)
    stored = cast("dict[bytes, bytes]", client.hgetall(name))
    rows, sums = Counter[str](), Counter[str]()
    for field, value in stored.items():
        dimension, _, of = field.decode().partition("=")
        if dimension in (*CAPPED, "class"):
            rows[dimension] += of != OTHER
            sums[dimension] += unpack_row(value)[0]
    over = max(rows[dimension] - cap_of(dimension) for dimension in CAPPED)
    off = max(abs(sent - sums[dimension]) for dimension in ("class", "page"))
    return Measured(over, client.memory_usage(name, samples=0) or 0, off)


def _top(client: redis.Redis, day: int) -> dict[str, int]:
    """The pages that a person would be shown."""
    traffic = Traffic(site=SITE, client=client, settings=Settings(sites={SITE: "UTC"}))
    frame = traffic.breakdown("page", iso(day), iso(day), limit=TOP + 1)
    shown = dict(zip(frame["page"], frame["pageviews"].tolist(), strict=True))
    return {page: views for page, views in shown.items() if page != OTHER}
