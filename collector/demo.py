"""Days and a seed in, made-up traffic in Redis out: through the same steps, raw lists and rebuild as imports.

What is loaded is noted in spans of a day, an hour, five minutes or one, each appended once: a second run adds nothing
to what is there and fills only what has passed since.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from hashlib import blake2b
from typing import NamedTuple, cast

import click
import redis
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from collector.append import Appender
from collector.demo_traffic import Plan, hits
from collector.ingest import Draft, Steps
from collector.jobs.rebuild import marked_days, rebuild
from common import keys, store
from common.calendars import calendar
from common.enrich.geo import Geo
from common.events import Event
from common.keys import Shard
from common.known import Known, encode, one_site
from common.settings import Settings, load, site_name, valid_site
from common.visitors import SALT_BYTES, period
from common.zones import in_use

DEMO = "demo"
#: What is being done, as it stands before the bar.
LOAD, COUNT = "events", "rollups"
#: Lengths of the spans that today is loaded in, in ms; a day that is over is one span.
_PARTS = (3_600_000, 300_000, 60_000)


class Span(NamedTuple):
    """From `begin` to before `end`, in ms."""

    begin: int
    end: int


class Filled(NamedTuple):
    """What a run added: events, and on how many days."""

    events: int
    filled: int


class DemoSalts:
    """Salts made of the seed, so that the same traffic has the same visitors wherever it is loaded."""

    def __init__(self, seed: int, rotation: str) -> None:
        self._seed, self._rotation = seed, rotation

    def of(self, site: str, day: int) -> tuple[bytes, bool, int]:
        """The salt of a day; it guards nothing, and so never expires."""
        text = f"{self._seed} {site} {period(day, self._rotation)}"
        return blake2b(text.encode(), digest_size=SALT_BYTES).digest(), False, 1 << 62

    def before(self, site: str, day: int) -> tuple[bytes, bool, int] | None:
        """The salt of the day before; None where both days share one."""
        earlier = self.of(site, day - 1)
        return None if earlier == self.of(site, day) else earlier


@click.command()
@click.option("--days", default=90, show_default=True, type=click.IntRange(1, 3660), help="Days, today included.")
@click.option("--site", default=DEMO, show_default=True, help="The site that gets the traffic.")
@click.option("--seed", default=7, show_default=True, help="Another seed adds other traffic.")
def command(days: int, site: str, seed: int) -> None:
    """Load made-up traffic, up to now. A second run adds only what has passed since."""
    begun, settings, site = time.monotonic(), load(), site_name(site)
    if not valid_site(site) or not settings.knows(site):
        raise click.ClickException(f"--site {site}: not on the list in FOOTFALL_SITES; add it there first")
    client, now = store.connect(settings=settings, purpose="import"), time.time_ns() // 1_000_000
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed:.0f}/{task.total:.0f} days"))
    try:
        plan = plan_of(client, settings, site, seed, days, now)
        with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True), transient=True) as bar:
            tasks = {name: bar.add_task(f"{name} {site}", total=days) for name in (LOAD, COUNT)}
            done = fill(
                client, plan, settings, days, now, lambda name, at, of: bar.update(tasks[name], completed=at, total=of)
            )
    except redis.RedisError as error:
        told = store.explain(error, settings.redis_url or "")
        raise store.StoreError(f"{told}; then run it again: what is in already is not counted twice") from error
    took = f"in {time.monotonic() - begun:.1f} s"
    if done.events:
        click.echo(f"{site}: {done.events:,} events on {done.filled} of {days} days loaded and counted {took}")
    else:
        click.echo(f"{site}: nothing to add, {days} days were loaded before; looked through {took}")


def plan_of(client: redis.Redis, settings: Settings, site: str, seed: int, days: int, now: int) -> Plan:
    """The story to tell: it begins with the site. Refuses a site that has traffic of its own."""
    known = one_site(client, site) or Known(settings.zone(site))
    known.zone = in_use(settings, site, known)
    if site != DEMO and known.since and not _loaded(client, Shard(site)):
        raise click.ClickException(f"--site {site}: has traffic of its own; take a name that has none")
    local = calendar(known.zone)
    first = local.day(now) - days + 1
    if known.since:
        first = min(first, local.day(known.since))
    return Plan(site, known.zone, seed, first, days)


def fill(
    client: redis.Redis,
    plan: Plan,
    settings: Settings,
    days: int,
    now: int,
    progress: Callable[[str, int, int], None] = lambda name, done, of: None,
) -> Filled:
    """Append what is missing of the days up to now and count it. Raises redis.RedisError; then run it again."""
    shard, local, appender, geo = Shard(plan.site), calendar(plan.zone), Appender(client), Geo(settings.geoip)
    steps = Steps(DemoSalts(plan.seed, settings.salt_rotation), geo, local)
    known, today = _loaded(client, shard), local.day(now)
    loaded, filled = 0, set()
    for place, day in enumerate(range(today - days + 1, today + 1), 1):
        wanted = list(missing(plan.seed, Span(local.start(day), local.start(day + 1)), now, known))
        events = events_of(plan, steps, day) if wanted else []
        for span in wanted:
            some = [event for event in events if span.begin <= event.time < span.end]
            if appender.append(shard, piece(plan.seed, span), {day: some} if some else {}, now, plan.zone) is not None:
                loaded += len(some)
                filled |= {day} if some else set()
        progress(LOAD, place, days)
    geo.close()
    # Only now, so that a run which was cut short before its first piece does not look like traffic of the site's own.
    client.hset(keys.sites(), plan.site, encode(Known(plan.zone, local.start(plan.first))))
    # Marked are the days above, and those that an interrupted run has left.
    if wanted_days := filled.union(marked_days(client, shard)):
        rebuild(client, shard, wanted_days, plan.zone, now, lambda done, of: progress(COUNT, done, of))
    return Filled(loaded, len(filled))


def events_of(plan: Plan, steps: Steps, day: int) -> list[Event]:
    """A day's events, in order, as the steps make them."""
    made = (steps.take(Draft(raw, request, plan.site, seq)) for seq, (raw, request) in enumerate(hits(plan, day)))
    return [event for event in made if isinstance(event, Event)]


def missing(seed: int, span: Span, now: int, known: set[str], parts: tuple[int, ...] = _PARTS) -> Iterator[Span]:
    """The largest spans that are over, are not loaded and have no part that is."""
    if span.begin >= now or piece(seed, span) in known:
        return
    if span.end <= now and not any(piece(seed, part) in known for part in _within(span, parts)):
        yield span
    elif parts:
        for part in _cut(span, parts[0]):
            yield from missing(seed, part, now, known, parts[1:])


def piece(seed: int, span: Span) -> str:
    """The name under which a span is noted as loaded."""
    return f"{DEMO}:{seed}:{span.begin}+{span.end - span.begin}"


def _cut(span: Span, length: int) -> list[Span]:
    return [Span(begin, min(begin + length, span.end)) for begin in range(span.begin, span.end, length)]


def _within(span: Span, parts: tuple[int, ...]) -> Iterator[Span]:
    """All smaller spans within one."""
    for length in parts:
        yield from _cut(span, length)


def _loaded(client: redis.Redis, shard: Shard) -> set[str]:
    names = (name.decode() for name in cast("list[bytes]", client.hkeys(shard.imports())))
    return {name for name in names if name.startswith(f"{DEMO}:")}
