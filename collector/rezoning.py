"""A site and a zone in, what a change would do out; and with --yes its days are that zone's. For `rebuild --zone`."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from zoneinfo import ZoneInfo

import click
import redis
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from collector.jobs.holding import look, noted_closed, noted_open
from collector.jobs.lease import Busy, Lease, Lost
from collector.jobs.rezone import Rezoned, Rezoning
from common import keys
from common.archive import Archive
from common.known import one_site, shards_of
from common.settings import Settings, site_name
from common.shards import shards
from common.zones import in_use

Say = Callable[[str, int, int], None]


def rezone(
    client: redis.Redis,
    archive: Archive,
    settings: Settings,
    name: str | None,
    zone: str,
    yes: bool,
    lossy: bool = False,
) -> None:
    """Change a site's zone, or say what that would do. Raises click errors, StoreError, redis.RedisError."""
    _check(zone)
    if name is None:
        raise click.UsageError("--zone is of one site: add --site example.com")
    site = site_name(name)
    known = one_site(client, site)
    if known is None:
        raise click.ClickException(f"--site {name}: no such site; `python -m collector sites` lists them")
    now = in_use(settings, site, known)
    if not yes:
        for line in preview(client, site, now, zone):
            click.echo(line)
        return
    started = time.monotonic()
    try:
        done = Rezoned()
        with _shown(site) as say:
            every = shards(site, known.layout.most)
            for shard in every:
                with Lease(client, shard, waiting=lambda: say("waits for another job", 0, 0)) as lease:
                    one = Rezoning(lease, archive, zone, say, lossy).run(
                        settings.raw_days, settings.raw_bytes // len(every)
                    )
                done.days, done.events = max(done.days, one.days), done.events + one.events
                done.regrouped, done.faults = done.regrouped or one.regrouped, done.faults + one.faults
    except (Busy, Lost) as error:
        raise click.ClickException(f"{error}; try again in a moment, it goes on where it is") from error
    for line in report(settings, site, zone, done, time.monotonic() - started):
        click.echo(line)


def preview(client: redis.Redis, site: str, now: str, zone: str) -> list[str]:
    """What a change would do. Raises StoreError, redis.RedisError."""
    events, held_days, archived = 0, set[int](), Counter[int]()
    for shard in shards_of(client, site):
        seen, closed = look(client, shard), noted_closed(client, shard)
        archived.update(seen.archived())
        events += sum(one.events for one in closed.values())
        events += sum(noted_open(client, shard, day, one).events for day, one in seen.days.items())
        held_days |= closed.keys() | seen.days.keys() | seen.archived().keys()
    days = sorted(held_days)
    if not days:
        return [f"{site}: has no days yet; --yes gives it the zone {zone}"]
    span = f"{len(days):,} days from {keys.iso(days[0])} to {keys.iso(days[-1])}"
    held = f"{events:,} events and signals, {sum(archived.values()):,} of them in the archive"
    if now == zone:
        said = f"its days are of {zone} already ({span}, {held}). --yes groups them anew if some are of another zone"
        return [f"{site}: {said}, and makes marked days again."]
    return [
        f"{site}: {span} are of {now}: {held}.",
        f"They would be grouped by days of {zone}, all figures made again; until a day is, it shows none.",
        "What was not counted (`dropped`) stays under its date. Visitors keep the ids they had on the old days.",
        "Nothing was changed. Add --yes to do it; traffic may go on meanwhile.",
    ]


def report(settings: Settings, site: str, zone: str, done: Rezoned, seconds: float) -> list[str]:
    """What was done, for people."""
    what = f"{done.days:,} days with {done.events:,} events grouped anew" if done.regrouped else "they were already"
    out = [f"{site}: its days are of {zone}; {what}, figures made again in {seconds:.1f} s"]
    wanted = (settings.sites or {}).get(site)
    if wanted and wanted != zone:
        out.append(f"FOOTFALL_SITES still says {wanted}: write {site}={zone} there")
    return out + [f"left for the daily job: {fault}" for fault in done.faults]


def _check(zone: str) -> None:
    try:
        ZoneInfo(zone)
    except (ValueError, OSError, KeyError) as error:
        raise click.BadParameter(
            f"{zone!r}: expected a time zone such as Europe/Berlin", param_hint="--zone"
        ) from error


@contextmanager
def _shown(site: str) -> Iterator[Say]:
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(site)
        yield lambda step, n, total: bar.update(task, description=f"{site}: {step}", completed=n, total=total or None)
