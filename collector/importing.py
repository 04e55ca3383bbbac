"""Log files, event files and exports in, counted: the import command with its progress and its report."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import click
import redis
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from collector.arrow_tuning import tune
from collector.csv_events import NAME as EVENTS_CSV
from collector.export_folders import Export, sorted_out
from collector.formats import NAMES, UnknownFormat
from collector.garbage import look_seldom
from collector.importer import Importer, Tally, reader_of
from collector.logs import MALFORMED, SKIPPED, Reader
from collector.pieces import Damaged
from collector.trim import now_ms
from common import keys, store
from common.known import all_sites
from common.settings import Settings, load, site_name, valid_site
from common.zones import differing

_NAMES_NO_SITE = ("combined", "common")


@click.command()
@click.option("--site", help="The site to count for; needed where the lines name none, and wins where they do.")
@click.option("--format", "wanted", type=click.Choice(["auto", *NAMES]), default="auto", show_default=True)
@click.option(
    "--columns",
    default="",
    metavar="FIELD=COLUMN,...",
    help="What the columns of a CSV hold: timestamp, visitor, event, page, country, prop:KEY ... Its visitors keep "
    "their ids over all days of the file.",
)
@click.option("--final", is_flag=True, help="No other file of these days will come: archive old ones at once.")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
def command(site: str | None, wanted: str, columns: str, final: bool, files: tuple[Path, ...]) -> None:
    """Count access logs or event files, plain or gzipped, or exports; the same file twice changes nothing.

    A file that has grown adds only its tail. Lines that stand in two files which were cut otherwise count twice.
    Of an export (its folder, its manifest.json or its files) what is not there yet is added.
    """
    look_seldom(500_000)
    settings = load()
    chosen = _site(site, settings) if site else None
    if columns and wanted not in ("auto", EVENTS_CSV):
        raise click.ClickException(f"--columns: only {EVENTS_CSV} has named columns, not {wanted}")
    exports, logs = sorted_out(files)
    if not exports:
        tune()
    readers = _readers(logs, wanted, chosen, columns)
    client = store.connect(settings=settings, purpose="import")
    begun = time.monotonic()
    importer = Importer(client, settings, chosen, now_ms, lasting=bool(columns))
    try:
        for differs in differing(settings, all_sites(client)):
            click.echo(str(differs), err=True)
        told = _restored(client, settings, exports, chosen) if exports else []
        made = run(importer, readers, final=final)
    except redis.RedisError as error:
        why = store.explain(error, settings.redis_url or "")
        raise store.StoreError(f"{why}; then import again: what is in already is not counted twice") from error
    finally:
        importer.close()
    said = report(importer.tally, made, time.monotonic() - begun)
    for line in [*told, *(said if readers else after(importer.tally, made))]:
        click.echo(line)
    if importer.tally.damaged:
        raise click.ClickException("\n".join(importer.tally.damaged))


def _restored(client: redis.Redis, settings: Settings, exports: Sequence[Export], site: str | None) -> list[str]:
    from collector.restoring import restore_all  # noqa: PLC0415 - takes a while to load, and logs do not need it

    return restore_all(client, settings, exports, site, now_ms)


def run(importer: Importer, readers: Sequence[tuple[Path, Reader]], quiet: bool = False, final: bool = False) -> int:
    """Import files and make their days' rollups, showing how far it is; days made. Raises redis.RedisError."""
    console = Console(stderr=True)
    hidden = quiet or not console.is_terminal
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=hidden,
    ) as bar:
        task = bar.add_task("import", total=sum(path.stat().st_size for path, _ in readers))
        for path, reader in readers:
            bar.update(task, description=f"{path.name} ({reader.name})")
            importer.read(path, reader, lambda count: bar.advance(task, count))
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed:.0f}/{task.total:.0f} days"))
    with Progress(*columns, TimeRemainingColumn(), console=console, transient=True, disable=hidden) as bar:
        task = bar.add_task("rollups")
        return importer.settle(
            lambda site, done, total: bar.update(task, description=site, completed=done, total=total), final
        )


def report(tally: Tally, made: int, seconds: float) -> list[str]:
    """What an import did, for people."""
    views, lines = tally.pageviews, tally.lines
    out = [f"{_many(lines, 'line')} read in {seconds:.1f} s ({lines / max(seconds, 0.001):,.0f} a second)"]
    counted = f"counted: {views['human']:,} human pageviews, {views['bot']:,} of bots, {views['ai']:,} of AI agents"
    out.append(counted + (f", {tally.custom:,} custom events" if tally.custom else ""))
    skipped = [(reason, count) for reason, count in tally.skipped.most_common() if reason not in MALFORMED]
    out += [f"skipped: {count:,} {reason} ({SKIPPED[reason]})" for reason, count in skipped]
    if tally.known_lines:
        out.append(
            f"known already: {_many(tally.known_lines, 'line')}, "
            f"{tally.known_pieces} of {_many(tally.pieces, 'piece')}; nothing added"
        )
    if bad := sum(tally.skipped[reason] for reason in MALFORMED):
        out.append(f"not understood: {_many(bad, 'line')}")
        out += [f"    {path} line {number}: {MALFORMED[reason]}" for path, number, reason in tally.malformed]
        if bad > len(tally.malformed):
            out.append(f"    and {bad - len(tally.malformed):,} more")
    out += [
        f"{path} line {number} has no end yet and is not understood: left for the next import"
        for path, number in tally.unfinished
    ]
    if tally.days:
        days, sites = [day for _, day in tally.days], {site for site, _ in tally.days}
        span = f"{keys.iso(min(days))} to {keys.iso(max(days))}"
        out.append(f"{_many(len(tally.days), 'day')} of {', '.join(sorted(sites)[:5])}: {span}")
    if tally.held:
        out.append(
            f"{_many(len(tally.held), 'day')} of them held events before. A file is known by its contents: "
            "lines that came another way too, live or in a file cut otherwise, count twice"
        )
    return out + after(tally, made)


def after(tally: Tally, made: int) -> list[str]:
    """What was made of what was imported."""
    out = [f"rollups of {_many(made, 'day')} made again" if made else "no rollups to make again"]
    return out + [f"left for the daily job: {fault}" for fault in tally.faults]


def _many(count: int, name: str) -> str:
    return f"{count:,} {name}{'' if count == 1 else 's'}"


def _site(text: str, settings: Settings) -> str:
    site = site_name(text)
    if not valid_site(site):
        raise click.ClickException(f"--site {text!r}: expected a host name such as example.com")
    if not settings.knows(site):
        raise click.ClickException(f"--site {site}: not on the list in FOOTFALL_SITES; add it there first")
    return site


def _readers(files: Sequence[Path], wanted: str, site: str | None, columns: str) -> list[tuple[Path, Reader]]:
    """Every file's reader, before anything is counted; a click error names the first file that cannot be read."""
    readers = []
    for path in files:
        try:
            reader = reader_of(path, wanted, columns)
        except (UnknownFormat, Damaged) as error:
            raise click.ClickException(f"{path}: {error}. Nothing was counted") from error
        if site is None and (reader.name in _NAMES_NO_SITE or not getattr(reader, "has_host", True)):
            raise click.ClickException(f"{path}: {reader.name} lines name no site; add --site example.com")
        readers.append((path, reader))
    return readers
