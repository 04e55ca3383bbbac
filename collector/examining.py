"""Settings in, what is wrong with their Redis out."""

from __future__ import annotations

import sys

import click

from collector.doctor import examine, report
from common import store
from common.settings import load


@click.command()
def command() -> None:
    """Say what is wrong with this Redis and how to mend it; exit 1 when something is."""
    settings = load()
    client = store.connect(settings=settings, older=True)
    count = report(examine(client, settings=settings), click.echo)
    if not count:
        click.echo("Nothing is wrong.")
    sys.exit(bool(count))
