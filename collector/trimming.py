"""All sites in, their daily job done once a day, by one collector among many."""

from __future__ import annotations

import sys

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
from common.keys import Shard
from common.known import all_sites
from common.settings import Settings, load
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
        try:
            trimmed, tended = mended(
                lambda site=site, zone=known.zone: (  # type: ignore[misc]
                    trim(client, Shard(site), zone, now_ms()),
                    tend(client, archive, settings, site, zone, quiet),
                ),
                lambda site=site: mend(client, Shard(site), archive),  # type: ignore[misc]
            )
        except (Busy, Lost, StoreError) as error:
            click.echo(f"footfall: {site}: {error}; its daily job comes again", err=True)
            faults += 1
            continue
        if not tended.faults:
            finished(client, Shard(site), known.zone, now_ms(), settings.trim_hour)
        faults += len(tended.faults)
        for fault in tended.faults:
            click.echo(f"footfall: {site}: {fault}", err=True)
        if not quiet:
            for line in report(site, trimmed, tended):
                click.echo(line)
    zones = {site: known.zone for site, known in sites.items()}
    if (said := forget(client, zones, settings.salt_rotation, now_ms())) and not quiet:
        click.echo(said)
    sys.exit(1 if faults else 0)


def tend(client: redis.Redis, archive: Archive, settings: Settings, site: str, zone: str, quiet: bool) -> Tended:
    """Tend one site's closed days, showing how far it is. Raises `Busy`, `Lost`, redis.RedisError."""
    hidden = quiet or not sys.stderr.isatty()
    with Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), transient=True, disable=hidden
    ) as bar:
        task = bar.add_task(site)

        def say(step: str, done: int, total: int) -> None:
            bar.update(task, description=f"{site}: {step}", completed=done, total=total or None)

        with Lease(client, Shard(site), _PATIENCE, lambda: say("waits for another job", 0, 0)) as lease:
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
