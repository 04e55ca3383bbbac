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
    client = store.connect(settings=load())
    count = report(examine(client), click.echo)
    if not count:
        click.echo("Nothing is wrong.")
    sys.exit(bool(count))
