"""Redis in, a list of sites out: zone, script tag, and whether the first event has arrived."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from common import store
from common.known import Known, all_sites
from common.settings import load
from common.zones import differing, in_use


def snippet(site: str, host: str) -> str:
    """The script tag of a site."""
    return f'<script defer src="{host}/tracker.js" data-site="{site}"></script>'


@click.command()
@click.option("--host", help="Public address of this collector, for the script tags.")
def command(host: str | None) -> None:
    """List sites, their zones and their script tags."""
    settings = load()
    client = store.connect(settings=settings)
    known = all_sites(client)
    for site in settings.sites or {}:
        known.setdefault(site, Known(settings.zone(site)))
    if not known:
        click.echo("No site yet. Any site that sends an event appears here; FOOTFALL_SITES limits them.")
    for site, entry in sorted(known.items()):
        since = entry.since
        first = datetime.fromtimestamp(since / 1000, UTC).strftime("first event %Y-%m-%d %H:%M UTC")
        click.echo(f"{site}  ({in_use(settings, site, entry)})  {first if since else 'waiting for the first event'}")
        click.echo(f"    {snippet(site, host or f'http://127.0.0.1:{settings.collector_port}')}")
    for differs in differing(settings, known):
        click.echo(str(differs), err=True)
