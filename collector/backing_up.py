"""A folder in; a backup of everything in it, or everything put back from it, out."""

from __future__ import annotations

from pathlib import Path

import click

from common import store
from common.cluster import nodes
from common.settings import Settings, load


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--restore", is_flag=True, help="Put a backup's parts where the settings want them. Stop collectors first."
)
def command(folder: Path, restore: bool) -> None:
    """Copy journals, Redis and archive into FOLDER, while traffic goes on; or put them back."""
    settings = load()
    try:
        _restore(settings, folder) if restore else _take(settings, folder)
    except OSError as error:
        raise click.ClickException(f"{error.filename or folder}: {error.strerror or error}") from error


def _take(settings: Settings, folder: Path) -> None:
    from collector.backup import take  # noqa: PLC0415 - pyarrow

    done = take(store.connect(settings=settings), settings, folder)
    click.echo(f"{done.journals} journals, {done.redis / 1e6:,.1f} MB of Redis, {done.files} files of the archive")
    for warning in done.warnings:
        click.echo(f"Besides: {warning}")
    click.echo("Keep a copy of your settings with it. It holds living salts: keep it as safe as Redis itself.")


def _restore(settings: Settings, folder: Path) -> None:
    from collector.backup import REDIS, put_back, snapshots  # noqa: PLC0415 - pyarrow
    from collector.pouring import pour  # noqa: PLC0415
    from collector.reload import reload  # noqa: PLC0415

    if settings.redis_url is None and (folder / REDIS).exists():
        held = reload(folder / REDIS, settings.data / "valkey")
        click.echo(f"Redis: {held:,} keys in the embedded server")
    else:
        client = store.connect(settings=settings)
        if not any(node.dbsize() for node in nodes(client)):
            found = snapshots(folder)
            if not found:
                raise click.ClickException(
                    "this Redis is empty, and the backup holds no snapshot: have its provider restore its own first, "
                    "then come again"
                )
            click.echo(f"Redis: {pour(found, settings.data / 'restoring', client):,} keys")
    done = put_back(settings, folder)
    click.echo(f"{done.journals} journals, {done.files} files of the archive. Now start a collector, then run verify.")
