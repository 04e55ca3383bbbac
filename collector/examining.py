"""Settings in, what is wrong with their Redis, or with the proxies before a collector, out."""

from __future__ import annotations

import sys

import click

from collector.doctor import Finding, examine, report
from common import store
from common.settings import load


@click.command()
@click.option("--proxy", metavar="URL", help="Look at the proxies on the way to this address instead, as events come.")
@click.option("--expect", metavar="ADDRESS", help="With --proxy: the public address of this machine.")
def command(proxy: str | None, expect: str | None) -> None:
    """Say what is wrong with this Redis and how to mend it; exit 1 when something is."""
    settings = load()
    if proxy:
        sys.exit(_proxies(proxy, settings.metrics_token, expect))
    client = store.connect(settings=settings, older=True)
    count = report(examine(client, settings=settings), click.echo)
    if not count:
        click.echo("Nothing is wrong.")
    sys.exit(bool(count))


def _proxies(url: str, token: str | None, expect: str | None) -> bool:
    from collector.proxied import ask, judge  # noqa: PLC0415 - an HTTP client

    if not token:
        raise click.ClickException(
            "--proxy: set FOOTFALL_METRICS_TOKEN, here and for the collector; it answers no other"
        )
    count = report((Finding(*told) for told in judge(ask(url, token), expect)), click.echo)
    if not count:
        click.echo("Nothing is wrong.")
    return bool(count)
