"""A site, days and filters in, a preview of what would go out; and with --yes it is gone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from collector.choosing import Filter, runs
from collector.delete import Deletion, Remaining
from collector.delete_plan import SIGNAL, Plan, joined, plan
from collector.delete_site import delete_site, is_left
from collector.export import Source
from collector.exporting import filter_of
from collector.jobs.lease import Busy, Lease, Lost
from collector.jobs.recount import recount
from collector.rebuilding import days_between
from collector.trim import now_ms
from common import keys, store
from common.archive import Archive
from common.calendars import calendar
from common.history import History
from common.keys import Shard
from common.known import one_site
from common.rollups import METRICS
from common.settings import load, site_name, valid_site
from common.sharded import Sharded

_SHOWN = ("visitors", "visits", "pageviews", "events", "bounces")
_CLASSES = ("human", "bot", "ai")
Say = Callable[[str, int, int], None]
Figures = dict[str, list[int]]


@click.command()
@click.option("--site", "name", required=True, help="The site.")
@click.option("--days", metavar="A:B", help="Days such as 2026-11-01:2026-11-24, or one day.")
@click.option("--where", "filters", multiple=True, metavar="DIMENSION=VALUE", help="Only such events; may be repeated.")
@click.option("--yes", is_flag=True, help="Delete. Without it: only say what would go.")
def command(name: str, days: str | None, filters: tuple[str, ...], yes: bool) -> None:
    """Delete a site, days of it, or the events that match; figures are made again at once. Without --yes: a preview.

    page, hostname, event, class and prop:KEY choose events of the days; the other dimensions whole visits that began on
    them. What is deleted does not come back, unless an `export` of it is imported.
    """
    wanted, settings, site = filter_of(filters), load(), site_name(name)
    between = days_between(days) if days else None
    client = store.connect(settings=settings)
    archive = Archive.open(settings)
    known = one_site(client, site) if valid_site(site) else None
    if known is None and not (valid_site(site) and is_left(client, archive, site)):
        raise click.ClickException(f"--site {name}: no such site; `python -m collector sites` lists them")
    local = calendar(known.zone if known else settings.zone(site))
    source = Source(Shard(site), local, History(client, archive), Sharded(client, site, lambda: archive))
    try:
        if not between and not wanted.where:
            _whole(source, archive, yes)
            return
        listed = between or source.days(local.day(now_ms()))
        if yes:
            _delete(source, archive, listed, wanted)
        else:
            _preview(source, listed, wanted)
    except (Busy, Lost) as error:
        raise click.ClickException(f"{error}; try again in a moment, it goes on where it is") from error


def _whole(source: Source, archive: Archive, yes: bool) -> None:
    client, shard = source.history.client, source.shard
    if not yes:
        files, first = archive.names(shard.site), source.reader.first_day()
        begun = f"everything since {keys.iso(first)}" if first else "everything"
        click.echo(f"{shard.site}: {begun} and {len(files)} files of the archive would go, for good.")
        click.echo("Nothing was deleted. Stop what sends its events, then add --yes; `export` first keeps a copy.")
        return
    live = source.reader.live(now_ms())
    with ExitStack() as held:
        leases = [held.enter_context(Lease(client, one)) for one in source.shards]
        count, files_gone = delete_site(leases, archive)
    click.echo(f"{shard.site}: deleted, {count:,} keys and {files_gone} files of the archive")
    if live:
        click.echo(
            f"{shard.site}: events came within the last five minutes. Those that still come begin it anew: remove its "
            "script, and it from FOOTFALL_SITES, restart the collectors, and delete it once more",
            err=True,
        )


def _preview(source: Source, days: Sequence[int], wanted: Filter) -> None:
    plans: dict[Shard, Plan] = {}
    with _shown(source.shard.site) as say:
        for shard in source.shards:
            plans[shard] = plan(
                source.history, shard, source.local, days, wanted, now_ms(), lambda n, total: say("look", n, total)
            )
        found = joined(plans.values())
        if not found.gone:
            click.echo(f"{source.shard.site}: no event matches; nothing to delete")
            return
        around = sorted({day + shift for day in found.gone for shift in (-1, 0, 1)})
        before = _before(source, around)
        after = _summed([pair for shard in plans for pair in _after(source, shard, plans[shard], around, say)])
    click.echo(f"{source.shard.site}: would go: {_told(found)}")
    click.echo(
        f"\n{'':14}{'before':>14}{'after':>14}    {keys.iso(around[0])} to {keys.iso(around[-1])}, these days only"
    )
    for name, old, new in compared(before, after):
        click.echo(f"{name:14}{old:>14,}{new:>14,}")
    click.echo("\nNothing was deleted. Add --yes to delete them for good; `export` first keeps a copy.")


def _delete(source: Source, archive: Archive, days: Sequence[int], wanted: Filter) -> None:
    client, shard, plans = source.history.client, source.shard, list[Plan]()
    with _shown(shard.site) as say:
        for one in source.shards:
            with Lease(client, one, waiting=lambda: say("waits for another job", 0, 0)) as lease:
                plans.append(Deletion(lease, archive, source.local, now_ms(), say).run(days, wanted))
    found = joined(plans)
    if found.gone:
        click.echo(f"{shard.site}: deleted: {_told(found)}. The figures are made again")
    else:
        click.echo(f"{shard.site}: no event matches; nothing was deleted")


def compared(before: Figures, after: Figures) -> list[tuple[str, int, int]]:
    """Lines of the preview: human figures, and pageviews of other classes where there are any."""
    lines = []
    for class_ in _CLASSES:
        old, new = (figures.get(class_, [0] * len(METRICS)) for figures in (before, after))
        for name in _SHOWN if class_ == "human" else ("pageviews",):
            place = METRICS.index(name)
            if class_ == "human" or old[place] or new[place]:
                lines.append((name if class_ == "human" else f"{class_} {name}", old[place], new[place]))
    return lines


def _before(source: Source, days: Sequence[int]) -> Figures:
    found = [rows["class"] for rows in source.reader.days(days).values() if "class" in rows]
    pairs = [(name, row) for names, array in found for name, row in zip(names, array.tolist(), strict=True)]
    return _summed(pairs)


def _after(source: Source, shard: Shard, found: Plan, days: Sequence[int], say: Say) -> list[tuple[str, list[int]]]:
    left, pairs, done = Remaining(source.history, found.gone), list[tuple[str, list[int]]](), 0
    for run in runs(days):
        rows = recount(left, shard, run, source.local).rows
        named = [(keys.split_field(name), row) for day in run for name, row in rows.get(day, {}).items()]
        pairs += [(value, row) for (dimension, value), row in named if dimension == "class"]
        say("count again", done := done + len(run), len(days))
    return pairs


def _summed(pairs: Sequence[tuple[str, list[int]]]) -> Figures:
    sums: Figures = {}
    for name, row in pairs:
        sums[name] = [a + b for a, b in zip(sums.get(name, [0] * len(METRICS)), row, strict=True)]
    return sums


def _told(found: Plan) -> str:
    days = sorted(found.gone)
    counts = ", ".join(f"{found.events[name]:,} {name}" for name in _CLASSES if found.events[name])
    visitors = sum(map(len, found.visitors.values()))
    span = keys.iso(days[0]) if len(days) == 1 else f"{len(days)} days from {keys.iso(days[0])} to {keys.iso(days[-1])}"
    return (
        f"events: {found.events.total() - found.events[SIGNAL]:,} ({counts or 'none'}), signals: "
        f"{found.events[SIGNAL]:,}, human visitors by day: {visitors:,}, on {span}"
    )


@contextmanager
def _shown(site: str) -> Iterator[Say]:
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(site)
        yield lambda step, n, total: bar.update(task, description=f"{site}: {step}", completed=n, total=total or None)
