"""Sites and days in, their rollups made again, with progress."""

from __future__ import annotations

import re
import time

import click
import redis
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from collector.rebuild import Rebuilt, marked_days, rebuild
from common import keys, store
from common.keys import Shard
from common.known import all_sites
from common.settings import load, site_name


@click.command()
@click.option("--days", metavar="A:B", help="Days such as 2026-11-01:2026-11-24, or one day.")
@click.option("--marked", is_flag=True, help="The days that late events have marked (the default).")
@click.option("--site", "only", help="One site; all of them otherwise.")
@click.option("--quiet", is_flag=True, help="No progress and no report.")
def command(days: str | None, marked: bool, only: str | None, quiet: bool) -> None:
    """Make rollups again from raw events, also while traffic runs. Without --days: the marked days."""
    settings = load()
    client = store.connect(settings=settings)
    chosen = days_between(days) if days and not marked else None
    for site, zone in chosen_sites(client, only):
        wanted = chosen if chosen is not None else marked_days(client, Shard(site))
        if not wanted:
            continue
        done = _one(client, site, zone, wanted, quiet)
        if not quiet:
            click.echo(f"{site}: {len(done.days)} days made again from {done.events:,} events in {done.seconds:.1f} s")


def _one(client: redis.Redis, site: str, zone: str, wanted: list[int], quiet: bool) -> Rebuilt:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, disable=quiet, transient=True) as bar:
        task = bar.add_task(f"rebuild {site}")
        return rebuild(
            client,
            Shard(site),
            wanted,
            zone,
            time.time_ns() // 1_000_000,
            lambda done, total: bar.update(task, completed=done, total=total),
        )


def chosen_sites(client: redis.Redis, only: str | None) -> list[tuple[str, str]]:
    """Site and zone of all known sites, or of the one that is named."""
    found = [(site, entry.zone) for site, entry in all_sites(client).items()]
    if only is None:
        return found
    chosen = [pair for pair in found if pair[0] == site_name(only)]
    if not chosen:
        raise click.ClickException(f"--site {only}: no such site; `python -m collector sites` lists them")
    return chosen


def days_between(text: str) -> list[int]:
    """The days of A:B, or one day."""
    first, _, last = text.partition(":")
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", first) or (last and not re.fullmatch(r"\d{4}-\d{2}-\d{2}", last)):
        raise click.BadParameter(f"{text!r}: expected 2026-11-01:2026-11-24 or one day", param_hint="--days")
    try:
        begin, end = keys.ordinal(first), keys.ordinal(last or first)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--days") from error
    if begin > end:
        raise click.BadParameter(f"{first} lies after {last}", param_hint="--days")
    return list(range(begin, end + 1))
