"""All sites in, their daily job done once a day, by one collector among many."""

from __future__ import annotations

import click

from collector.forgetting import forget
from collector.trim import claim, now_ms, trim
from common import store
from common.keys import Shard
from common.known import all_sites
from common.settings import load


@click.command()
@click.option("--if-due", is_flag=True, help="Only sites whose job of today nobody has begun.")
@click.option("--quiet", is_flag=True, help="No report.")
def command(if_due: bool, quiet: bool) -> None:
    """The daily job: drop states, batch ids and salts that are no longer needed. A collector runs it by itself."""
    settings = load()
    client = store.connect(settings=settings)
    sites = all_sites(client)
    for site, known in sites.items():
        now = now_ms()
        if not claim(client, Shard(site), known.zone, now) and if_due:
            continue
        done = trim(client, Shard(site), known.zone, now)
        if not quiet:
            click.echo(f"{site}: {done.states:,} visit states and {done.ids:,} groups of batch ids dropped")
    zones = {site: known.zone for site, known in sites.items()}
    if (said := forget(client, zones, settings.salt_rotation, now_ms())) and not quiet:
        click.echo(said)
