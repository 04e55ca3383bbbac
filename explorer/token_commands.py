"""A site and a name in; a new token out, or their list, or one less: `python -m explorer tokens`."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from common import store, tokens
from common.saved import TOKEN, Saved
from common.settings import load, site_name
from explorer.share import FLOOR, refuse


@click.group(name="tokens")
def group() -> None:
    """Tokens for the read-only API of one site: made, listed, taken back."""


_site = click.option("--site", required=True, help="The site that the token speaks for.")


@group.command(name="add")
@_site
@click.option("--share", "view", help="Show the public one view, written as its address: 'period=28d&f=country:DE'.")
@click.option("--floor", default=FLOOR, show_default=True, help="With --share: leave out groups of fewer visitors.")
@click.argument("name")
def add(site: str, view: str | None, floor: int, name: str) -> None:
    """Make a token under NAME. It is shown once; what is kept is a digest.

    Without --share it asks the API of the site for anything; with it, it is an address where anybody sees one view.
    """
    client, known = store.connect(None, load(), purpose="read"), site_name(site)
    try:
        if view is not None:
            refuse(view)
            token = tokens.make(client, known, name, tokens.SHARE, view=view, floor=max(floor, 0))
            click.echo(f"/share/{known}/{token}")
            click.echo("An address of the explorer: whoever has it sees this view, and nothing else.", err=True)
            return
        token = tokens.make(client, known, name, tokens.READ)
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    click.echo(token)
    click.echo(f"Ask with it: Authorization: Bearer {token[:6]}… on /api/v1/sites/{known}/totals", err=True)


@group.command(name="list")
@_site
def listing(site: str) -> None:
    """Names of the site's tokens, what they may do, and since when."""
    found = Saved(store.connect(None, load(), purpose="read"), site_name(site)).all(TOKEN)
    for name, contents in found.items():
        since = datetime.fromtimestamp(int(contents.get("since", 0)), UTC)
        click.echo(f"{contents.get('scope', '?'):<6} {since:%Y-%m-%d}  {name}")
    if not found:
        click.echo("No tokens yet: python -m explorer tokens add --site SITE NAME", err=True)


@group.command(name="remove")
@_site
@click.argument("name")
def remove(site: str, name: str) -> None:
    """Take a token back: from then on it is like any other text."""
    if not Saved(store.connect(None, load(), purpose="read"), site_name(site)).drop(TOKEN, name):
        raise click.ClickException(f"{site}: no token is called {name!r}; `tokens list` tells their names")
