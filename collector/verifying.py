"""Sites and days in, the invariants that do not hold out."""

from __future__ import annotations

import sys
import time

import click
import redis
from rich.progress import track

from collector.rebuild import marked_days
from collector.rebuilding import chosen_sites, days_between
from collector.verify import verify
from common import store
from common.calendars import calendar
from common.keys import Shard, ordinal, parse
from common.settings import load


@click.command()
@click.option("--days", metavar="A:B", help="Days such as 2026-11-01:2026-11-24; all with raw events otherwise.")
@click.option("--site", "only", help="One site; all of them otherwise.")
def command(days: str | None, only: str | None) -> None:
    """Check every figure against raw events; exit 1 and a list when one is wrong."""
    client = store.connect(settings=load())
    chosen = days_between(days) if days else None
    begun, checked, faults = time.monotonic(), 0, 0
    for site, zone in chosen_sites(client, only):
        wanted = chosen or raw_days(client, Shard(site))
        for day in track(wanted, site, transient=True, disable=not sys.stderr.isatty()):
            checked += 1
            for fault in verify(client, Shard(site), [day], calendar(zone)):
                faults += 1
                click.echo(f"{site} {fault}")
        if waiting := marked_days(client, Shard(site)):
            click.echo(f"{site}: {len(waiting)} days wait for their rebuild and were not checked")
    click.echo(f"{checked} days looked at in {time.monotonic() - begun:.1f} s, {faults} faults")
    if faults:
        click.echo("Mend them: python -m collector rebuild --days A:B")
        sys.exit(1)


def raw_days(client: redis.Redis, shard: Shard) -> list[int]:
    """The days of a shard that have raw events."""
    pattern = shard.raw(1, 0).removesuffix("0001-01-01:0") + "*"
    found = (parse(name.decode()) for name in client.scan_iter(pattern, count=1_000))
    return sorted({ordinal(parsed.rest[0]) for parsed in found if parsed})
