"""Sites and days in, the invariants that do not hold out."""

from __future__ import annotations

import sys
import time

import click
from redis.exceptions import ResponseError
from rich.console import Console
from rich.progress import track

from collector.jobs.rebuild import marked_days
from collector.rebuilding import chosen_shards, days_between
from collector.verify import runs, verify
from collector.verify_shard import days_of, verify_keys, verify_shard
from common import store
from common.archive import Archive
from common.calendars import calendar
from common.history import History
from common.settings import load


@click.command()
@click.option("--days", metavar="A:B", help="Days such as 2026-11-01:2026-11-24; all there are otherwise.")
@click.option("--site", "only", help="One site; all of them otherwise.")
def command(days: str | None, only: str | None) -> None:
    """Check every figure against raw events, wherever they lie, and every key and file; exit 1 and a list when one is
    wrong. Nothing is written.
    """
    settings = load()
    client, archive = store.connect(settings=settings), Archive.open(settings)
    chosen = days_between(days) if days else None
    begun, checked, faults = time.monotonic(), 0, 0

    def told(text: str) -> None:
        nonlocal faults
        faults += 1
        click.echo(text)

    for problem in verify_keys(client):
        told(problem)
    for shard, zone in chosen_shards(client, only):
        history = History(client, archive)
        for problem in verify_shard(client, shard, archive):
            told(f"{shard.named}: {problem}")
        try:
            wanted = chosen or sorted(days_of(client, shard))
            waiting = [day for day in marked_days(client, shard) if not chosen or day in chosen]
        except ResponseError:
            continue  # keys of a wrong type, which were named
        console = Console(stderr=True)
        quiet = not sys.stderr.isatty()
        for run in track(list(runs(wanted)), shard.named, console=console, transient=True, disable=quiet):
            checked += len(run)
            for fault in verify(history, shard, run, calendar(zone)):
                told(f"{shard.named} {fault}")
        if waiting:
            click.echo(f"{shard.named}: {len(waiting)} days wait for their rebuild and were not checked")
    click.echo(f"{checked} days looked at in {time.monotonic() - begun:.1f} s, {faults} faults")
    if faults:
        click.echo("Mend them: python -m collector rebuild, or rebuild --days A:B for days; `doctor` tells more")
        sys.exit(1)
