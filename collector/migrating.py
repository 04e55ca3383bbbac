"""A Redis of an older version in, the same data in this version's layout out: one command, to be run again if cut."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click
import redis
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from collector.jobs.lease import Busy, Lost
from collector.jobs.rebuild import marked_days, rebuild
from collector.migrate import count_older, migrate
from collector.original import migrate_original, original_keys
from collector.quarantine import mend, mended
from collector.verify import runs
from common import keys, store
from common.archive import Archive
from common.cluster import Cluster
from common.keys import Shard
from common.known import all_sites
from common.settings import Settings, load, site_name, valid_site


@click.command()
@click.option("--site", help="The site whose events lie in keys of the original design, which name none.")
def command(site: str | None) -> None:
    """Bring data of an older version into this one's layout and make its rollups again. Stop all collectors first.

    Nothing is deleted: what is not needed any more is set aside, and `doctor` names it. A run that was cut short is
    gone on with by the next one.
    """
    settings = load()
    client = store.connect(settings=settings, older=True, purpose="rebuild")
    older, original = count_older(client), original_keys(client)
    if original and isinstance(client, Cluster):
        raise click.ClickException(
            "keys of the original design lie in several slots: migrate them on a Redis by itself, then move it here"
        )
    if original and not site:
        raise click.ClickException(
            f"{len(original)} keys of the original design name no site, such as {original[-1]}; add --site example.com"
        )
    if not older and not original and not _waiting(client):
        click.echo(f"Nothing to migrate: all keys are of schema {keys.SCHEMA}.")
        return
    if older:
        with _progress(f"keys of schema {keys.OLDER}") as step:
            moved = migrate(client, lambda done: step(done, older))
        told = ", ".join(f"{count:,} {what}" for what, count in sorted(moved.items()))
        click.echo(f"keys of schema {keys.OLDER}: {told}")
    if original:
        _original(client, settings, _site(site or "", settings))
    sys.exit(1 if _rebuild(client, settings) else 0)


def _original(client: redis.Redis, settings: Settings, site: str) -> None:
    with _progress(f"events of {site}") as step:
        done = migrate_original(client, settings, site, step)
    click.echo(
        f"{site}: {done.entries:,} entries read, {done.events:,} events on {len(done.days):,} days appended"
        + (f", {done.known:,} were appended before" if done.known else "")
    )
    if done.unusable:
        told = ", ".join(f"{count:,} {reason}" for reason, count in done.unusable.most_common(5))
        click.echo(f"{site}: {done.unusable.total():,} entries are no events ({told}); they stay in what is set aside")
    for name in done.aside:
        click.echo(f"set aside: {name}")


def _rebuild(client: redis.Redis, settings: Settings) -> int:
    """Make all marked days again; how many runs of days could not be."""
    faults, archive = 0, Archive.open(settings)
    for site, known in all_sites(client).items():
        wanted, made, begun = marked_days(client, Shard(site)), 0, time.monotonic()
        with _progress(f"rollups of {site}") as step:
            for run in runs(wanted):
                try:
                    _one(client, Shard(site), run, known.zone, archive)
                except (store.StoreError, Busy, Lost) as error:
                    faults += 1
                    click.echo(f"footfall: {error}", err=True)
                else:
                    made += len(run)
                step(made, len(wanted))
        if wanted:
            click.echo(f"{site}: {made:,} of {len(wanted):,} days made again in {time.monotonic() - begun:.1f} s")
    return faults


def _one(client: redis.Redis, shard: Shard, days: list[int], zone: str, archive: Archive) -> None:
    now = time.time_ns() // 1_000_000
    mended(lambda: rebuild(client, shard, days, zone, now, archive=archive), lambda: mend(client, shard, archive))


def _waiting(client: redis.Redis) -> bool:
    """Whether days wait for their rebuild, such as those of a migration that was cut short."""
    return any(marked_days(client, Shard(site)) for site in all_sites(client))


def _site(text: str, settings: Settings) -> str:
    site = site_name(text)
    if not valid_site(site):
        raise click.ClickException(f"--site {text!r}: expected a host name such as example.com")
    if not settings.knows(site):
        raise click.ClickException(f"--site {site}: not on the list in FOOTFALL_SITES; add it there first")
    return site


@contextmanager
def _progress(name: str) -> Iterator[Callable[[int, int], None]]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, disable=not sys.stderr.isatty(), transient=True) as bar:
        task = bar.add_task(name)
        yield lambda done, total: bar.update(task, completed=done, total=total)
