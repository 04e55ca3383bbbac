"""All sites in, their daily job done once a day, by one collector among many."""

from __future__ import annotations

import sys
from dataclasses import replace

import click
import redis
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from collector.forgetting import forget
from collector.jobs.lease import Busy, Lease, Lost
from collector.jobs.tend import Tended, Tender
from collector.quarantine import mend, mended
from collector.trim import Trimmed, claim, finished, now_ms, trim
from common import store
from common.archive import Archive
from common.cluster import Cluster
from common.keys import Shard
from common.known import all_sites
from common.settings import Settings, load
from common.shards import shards
from common.store import StoreError

#: How long another job of a site is waited for, in s.
_PATIENCE = 300.0


@click.command()
@click.option("--if-due", is_flag=True, help="Only sites whose job of today nobody has done.")
@click.option("--quiet", is_flag=True, help="No progress and no report; faults are told.")
def command(if_due: bool, quiet: bool) -> None:
    """The daily job: settle, fold and archive closed days, drop states, batch ids and salts. A collector runs it."""
    settings = load()
    client = store.connect(settings=settings, purpose="trim")
    archive = Archive.open(settings)
    sites, faults = all_sites(client), 0
    for site, known in sites.items():
        if if_due and not claim(client, Shard(site), known.zone, now_ms(), settings.trim_hour):
            continue
        before, every = faults, shards(site, known.layout.most)
        share = replace(settings, raw_bytes=settings.raw_bytes // len(every))
        for shard in every:
            faults += _one(client, archive, share, shard, known.zone, quiet)
        if faults == before:
            finished(client, Shard(site), known.zone, now_ms(), settings.trim_hour)
    zones = {site: known.zone for site, known in sites.items()}
    if (said := forget(client, zones, settings.salt_rotation, now_ms())) and not quiet:
        click.echo(said)
    sys.exit(1 if faults else 0)


def _one(client: redis.Redis, archive: Archive, settings: Settings, shard: Shard, zone: str, quiet: bool) -> int:
    """The daily job of one shard; how many faults were told."""
    try:
        trimmed, tended = mended(
            lambda: (trim(client, shard, zone, now_ms()), tend(client, archive, settings, shard, zone, quiet)),
            lambda: mend(client, shard, archive),
        )
    except (Busy, Lost, StoreError) as error:
        click.echo(f"footfall: {shard.named}: {error}; its daily job comes again", err=True)
        return 1
    except (redis.ConnectionError, redis.TimeoutError) as error:
        if not isinstance(client, Cluster):
            raise
        click.echo(f"footfall: {shard.named}: its node is away ({error}); its daily job comes again", err=True)
        return 1
    for fault in tended.faults:
        click.echo(f"footfall: {shard.named}: {fault}", err=True)
    if not quiet:
        for line in report(shard.named, trimmed, tended):
            click.echo(line)
    return len(tended.faults)


def tend(client: redis.Redis, archive: Archive, settings: Settings, shard: Shard, zone: str, quiet: bool) -> Tended:
    """Tend one shard's closed days, showing how far it is. Raises `Busy`, `Lost`, redis.RedisError."""
    hidden = quiet or not sys.stderr.isatty()
    with Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), transient=True, disable=hidden
    ) as bar:
        task = bar.add_task(shard.named)

        def say(step: str, done: int, total: int) -> None:
            bar.update(task, description=f"{shard.named}: {step}", completed=done, total=total or None)

        with Lease(client, shard, _PATIENCE, lambda: say("waits for another job", 0, 0)) as lease:
            return Tender(lease, zone, archive, now_ms(), say).run(settings.raw_days, settings.raw_bytes)


def report(site: str, trimmed: Trimmed, tended: Tended) -> list[str]:
    """What the job did, for people."""
    done = [f"{trimmed.states:,} visit states and {trimmed.ids:,} groups of batch ids dropped"]
    done += [
        f"{count:,} days {name}" for name, count in (("made again", tended.rebuilt), ("folded", tended.folded)) if count
    ]
    if tended.archived:
        done.append(f"{tended.archived:,} events archived")
    if tended.closed:
        done.append(f"closed: {', '.join(tended.closed)}")
    return [f"{site}: {'; '.join(done)}"]
