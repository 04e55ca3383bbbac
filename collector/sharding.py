"""A site and a count in, the site in that many shards from a midnight to come out; nothing stands still for it.

Days before stay on the shards they are on. First the list of sites says so, then every shard: a flusher that sorts its
batches by what it knew is refused by them, and asks again.
"""

from __future__ import annotations

import time

import click
import redis

from common import keys, store
from common.calendars import calendar
from common.known import Known, all_sites, laid, one_site
from common.settings import Settings, load, site_name
from common.shards import MOST, Layout, shards
from common.zones import in_use

#: Flushers and collectors ask again within this time at the latest: the midnight has to be further away, in ms.
_AHEAD = 2 * 3_600_000


@click.command()
@click.option("--site", "name", required=True, help="The site.")
@click.option(
    "--count", type=click.IntRange(1, MOST), help="How many shards it is to have; without it: how many it has."
)
def command(name: str, count: int | None) -> None:
    """Cut a site into more shards, from its next midnight on, for a cluster that is to carry it by several nodes."""
    settings, site = load(), site_name(name)
    client = store.connect(settings=settings)
    known = one_site(client, site)
    if known is None:
        raise click.ClickException(f"--site {name}: no such site; `python -m collector sites` lists them")
    if count is None:
        click.echo(f"{site}: {told(known.layout)}")
        return
    try:
        layout = grow(client, site, count, time.time_ns() // 1_000_000, in_use(settings, site, known))
    except ValueError as error:
        raise click.ClickException(f"--count {count}: {error}") from error
    click.echo(f"{site}: {told(layout)}")


def grow(client: redis.Redis, site: str, count: int, now: int, zone: str) -> Layout:
    """Give a site more shards from its next midnight on that is not too near. Doing it again changes nothing.

    Raises ValueError where that cannot be, redis.RedisError.
    """
    layout, local = (one_site(client, site) or Known()).layout, calendar(zone)
    if layout.steps[-1][1] != count:  # else it was killed halfway, perhaps
        day = local.day(now) + 1
        if local.start(day) - now < _AHEAD:
            day += 1
        layout = layout.grown(day, count)
        laid(client, site, layout)
    for shard in shards(site, layout.most):
        client.hset(shard.state(), keys.SHARDS, layout.text())
    return layout


def told(layout: Layout) -> str:
    """A layout, for people."""
    parts = [f"{_of(layout.steps[0][1])}"]
    parts += [f"{_of(count)} from {keys.iso(day)} on" for day, count in layout.steps[1:]]
    return ", ".join(parts)


def refuse_fewer(client: redis.Redis, settings: Settings) -> list[str]:
    """Lines about sites that have fewer shards than FOOTFALL_SHARDS says. Raises StoreError where one has more, which
    cannot be undone, and redis.RedisError.
    """
    fewer = []
    for site, known in all_sites(client).items():
        most = known.layout.most
        if most > settings.shards > 0:
            raise store.StoreError(
                f"FOOTFALL_SHARDS={settings.shards}: {site} has {most} shards, and a site never gets fewer; set it to "
                f"{most} or unset it"
            )
        if most < settings.shards:
            cure = f"python -m collector shards --site {site} --count {settings.shards}"
            fewer.append(f"{site} has {_of(most)}, FOOTFALL_SHARDS says {settings.shards}; to grow: {cure}")
    return fewer


def _of(count: int) -> str:
    return f"{count} shard{'s' if count > 1 else ''}"
