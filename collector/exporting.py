"""Sites, days and filters in, an export of them out: the export command with its progress and its report."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import click
import redis
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from collector.choosing import Filter, parsed
from collector.export import Done, Source, export, stream
from collector.export_files import FORMATS
from collector.export_manifest import EVENTS, ROLLUPS
from collector.rebuilding import chosen_sites, days_between
from common import store
from common.archive import Archive
from common.calendars import calendar
from common.history import History
from common.keys import Shard
from common.settings import load
from common.sharded import Sharded

_STDOUT = "-"
_OUT = "footfall-export"


@click.command()
@click.option("--site", "only", help="One site; all of them otherwise.")
@click.option("--days", metavar="A:B", help="Days such as 2026-11-01:2026-11-24, or one day; all of them otherwise.")
@click.option("--what", type=click.Choice([EVENTS, ROLLUPS, "all"]), default="all", show_default=True)
@click.option("--format", "wanted", type=click.Choice(FORMATS), default="parquet", show_default=True)
@click.option("--where", "filters", multiple=True, metavar="DIMENSION=VALUE", help="Only such events; may be repeated.")
@click.option("--out", default=_OUT, show_default=True, help="A folder, or - for CSV on standard output.")
def command(only: str | None, days: str | None, what: str, wanted: str, filters: tuple[str, ...], out: str) -> None:
    """Write events and rollups as Parquet or CSV. `import` of the folder gives the same figures in an empty Redis."""
    chosen = filter_of(filters)
    if chosen.where and what != EVENTS:
        raise click.UsageError("--where chooses events: add --what events")
    settings = load()
    client = store.connect(settings=settings)
    archive = Archive.open(settings)
    between = days_between(days) if days else None
    for site, zone in _sites(client, only, out, what):
        shard, local = Shard(site), calendar(zone)
        source = Source(shard, local, History(client, archive), Sharded(client, site, lambda: archive))
        listed = between or source.days(local.day(time.time_ns() // 1_000_000))
        if not listed:
            click.echo(f"{site}: nothing to export yet", err=True)
            continue
        with shown(f"export {site}") as progress:
            if out == _STDOUT:
                _to_stdout(source, listed, what, chosen, progress)
                continue
            done = export(source, Path(out) / quote(site, safe=".-_"), listed, what, wanted, chosen, progress)
        report(done, Path(out) / quote(site, safe=".-_"))


def filter_of(texts: tuple[str, ...]) -> Filter:
    """The filter of --where options; a click error names a bad one."""
    try:
        return parsed(texts)
    except ValueError as error:
        raise click.BadParameter(str(error).removeprefix("where: "), param_hint="--where") from error


@contextmanager
def shown(what: str, quiet: bool = False) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on standard error, where that is a terminal; to be told days done and in all."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    hidden = quiet or not console.is_terminal
    with Progress(*columns, console=console, transient=True, disable=hidden) as bar:
        task = bar.add_task(what)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def report(done: Done, folder: Path) -> None:
    """Say what was written, for people."""
    manifest = done.manifest
    rows = {kind: sum(file.rows for file in manifest.files if file.kind == kind) for kind in (EVENTS, ROLLUPS)}
    size = sum(file.bytes for file in manifest.files)
    click.echo(
        f"{manifest.site}: {rows[EVENTS]:,} events and {rows[ROLLUPS]:,} rollup rows of {manifest.first} to "
        f"{manifest.last} in {len(manifest.files)} files, {size / 1e6:,.1f} MB: {folder}"
    )
    if done.lacking:
        click.echo(
            f"{manifest.site}: {len(done.lacking)} days count more events than are kept raw, first {done.lacking[0]}: "
            "what is missing cannot be imported again. `python -m collector verify` tells more",
            err=True,
        )


def _sites(client: redis.Redis, only: str | None, out: str, what: str) -> list[tuple[str, str]]:
    sites = chosen_sites(client, only)
    if out == _STDOUT and (len(sites) != 1 or what == "all"):
        raise click.UsageError("--out - writes one table: name one --site, and --what events or --what rollups")
    return sites


def _to_stdout(
    source: Source, days: list[int], what: str, chosen: Filter, progress: Callable[[int, int], None]
) -> None:
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(encoding="utf-8", newline="")
    try:
        stream(source, sys.stdout, days, what, chosen, progress)
    except BrokenPipeError:  # `| head` has seen enough
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
