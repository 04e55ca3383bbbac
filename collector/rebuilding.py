"""Sites and days in, their rollups made again, with progress; and what stood in the way mended."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click
import redis
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from collector.jobs.lease import Busy, Lease, Lost
from collector.jobs.rebuild import marked_days, rebuild
from collector.mending import mend_whole
from collector.quarantine import mend, mended
from common import keys, store
from common.archive import Archive
from common.keys import Shard
from common.known import Known, all_sites, laid
from common.settings import Settings, load, site_name
from common.shards import first, layout_of, shards


@click.command()
@click.option("--days", metavar="A:B", help="Days such as 2026-11-01:2026-11-24, or one day.")
@click.option("--marked", is_flag=True, help="The days that late events have marked (the default).")
@click.option("--site", "only", help="One site; all of them otherwise.")
@click.option("--from-archive", is_flag=True, help="Fill an emptied Redis from the archive.")
@click.option(
    "--reclassify", is_flag=True, help="Tell sources and channels by today's lists first; all days by default."
)
@click.option("--preview", is_flag=True, help="Only say what would change; all days by default.")
@click.option("--lossy", is_flag=True, help="Also days that had more events than are found.")
@click.option("--quiet", is_flag=True, help="No progress and no report.")
@click.option("--zone", "other", metavar="ZONE", help="Group a site by days of another zone; without --yes: a preview.")
@click.option("--yes", is_flag=True, help="With --zone: do it.")
def command(
    days: str | None,
    marked: bool,
    only: str | None,
    from_archive: bool,
    reclassify: bool,
    preview: bool,
    lossy: bool,
    quiet: bool,
    other: str | None = None,
    yes: bool = False,
) -> None:
    """Make rollups again from raw events, also while traffic runs. Without --days: the marked days.

    Called by hand it also sets aside keys of a wrong type and makes again what they held.
    """
    settings = load()
    client = store.connect(settings=settings, purpose="rebuild")
    archive = Archive.open(settings)
    work = _Work(client, archive, settings, lossy, quiet)
    if other:
        from collector.rezoning import rezone  # noqa: PLC0415 - pyarrow

        rezone(client, archive, settings, only, other, yes, lossy)
        return
    if from_archive:
        work.adopt(only)
    if not (quiet or preview):
        work.mend_whole()
    every = reclassify or preview
    chosen = days_between(days) if days and not marked else None
    for shard, zone in work.shards(only):
        if not (quiet or preview):
            work.mend(shard)
        try:
            wanted = chosen if chosen is not None else work.of_shard(shard, every)
            if not wanted:
                continue
            if preview:
                work.preview(shard, zone, wanted, reclassify)
                continue
            if reclassify:
                wanted = work.reclassify(shard, zone, wanted, chosen is not None)
            work.rebuild(shard, zone, wanted)
        except (store.StoreError, Busy, Lost) as error:
            work.fault(error)
    sys.exit(1 if work.faults else 0)


class _Work:
    """The steps of the command, each for one shard of a site."""

    def __init__(self, client: redis.Redis, archive: Archive, settings: Settings, lossy: bool, quiet: bool) -> None:
        self._client, self._archive, self._settings = client, archive, settings
        self._lossy, self._quiet = lossy, quiet
        self.faults = 0

    def shards(self, only: str | None) -> list[tuple[Shard, str]]:
        """Shards and their zones."""
        return mended(lambda: chosen_shards(self._client, only), self.mend_whole)

    def of_shard(self, shard: Shard, every: bool) -> list[int]:
        """Every day of a shard, or those that are marked."""
        from collector.verify_shard import days_of  # noqa: PLC0415

        if every:
            return sorted(days_of(self._client, shard))
        return mended(lambda: marked_days(self._client, shard), lambda: self.mend(shard))

    def mend_whole(self) -> None:
        """The same for keys of no site."""
        for name in mend_whole(self._client, self._settings, self._archive):
            click.echo(f"{name} had a wrong type and was set aside", err=True)

    def mend(self, shard: Shard) -> None:
        """Set aside a shard's keys of a wrong type."""
        for name in mend(self._client, shard, self._archive):
            click.echo(f"{name} had a wrong type and was set aside", err=True)

    def adopt(self, only: str | None) -> None:
        """Note the files of an archive of which Redis notes none."""
        from collector.jobs.adopt import adopt, noted, told_shards  # noqa: PLC0415 - pyarrow

        found = [site for site in self._archive.sites() if only in (None, site)]
        if not found:
            raise store.StoreError(
                f"the archive {self._archive.where} has no site; set FOOTFALL_ARCHIVE to the right one"
            )
        for shard in (shard for site in found for shard in told_shards(self._archive, site)):
            try:
                told = noted(self._archive, shard)
                with Lease(self._client, shard) as lease:
                    days = adopt(lease, self._archive, told, self._lossy)
                if shard.number:
                    laid(self._client, shard.site, layout_of(first(shard.number + 1)))
            except (store.StoreError, Busy, Lost) as error:
                self.fault(error)
                continue
            said = f"{len(days):,} days of the archive" if days else "its files are noted already"
            self._say(f"{shard.named}: {said}")

    def fault(self, error: Exception) -> None:
        """Tell what could not be done for one site: others need not wait for it."""
        self.faults += 1
        click.echo(f"footfall: {error}", err=True)

    def reclassify(self, shard: Shard, zone: str, days: list[int], chosen: bool) -> list[int]:
        """Rewrite raw events under today's lists; the days whose rollups have to be made again."""
        from collector.reclassify import reclassify  # noqa: PLC0415 - pyarrow

        with Lease(self._client, shard) as lease:
            told = reclassify(lease, self._archive, days, zone)
        self._say(f"{shard.named}: {told.events:,} events have another source or channel")
        for day in told.busy:
            self._say(f"{shard.named}: {keys.iso(day)} is written to all the time and stays; do it again tomorrow")
        return days if chosen else marked_days(self._client, shard)

    def preview(self, shard: Shard, zone: str, days: list[int], again: bool) -> None:
        """Say what a rebuild would change."""
        from collector.previewing import preview  # noqa: PLC0415 - pyarrow

        with self._progress(f"preview {shard.named}") as step:
            found = preview(self._client, self._archive, shard, days, zone, again, step)
        for line in found.report():
            click.echo(f"{shard.named}: {line}" if not line.startswith(" ") else line)

    def rebuild(self, shard: Shard, zone: str, days: list[int]) -> None:
        """Make days again; a key of a wrong type that is in the way is set aside first."""

        def work() -> None:
            self._client.get(shard.job())  # of a wrong type: known at once, instead of waiting for it to end
            now = time.time_ns() // 1_000_000
            with self._progress(f"rebuild {shard.named}") as step:
                done = rebuild(self._client, shard, days, zone, now, step, archive=self._archive, lossy=self._lossy)
            told = f"{len(done.days)} days made again from {done.events:,} events in {done.seconds:.1f} s"
            self._say(f"{shard.named}: {told}")

        if days:
            mended(work, lambda: self.mend(shard))

    def _say(self, text: str) -> None:
        if not self._quiet:
            click.echo(text)

    @contextmanager
    def _progress(self, name: str) -> Iterator[Callable[[int, int], None]]:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, disable=self._quiet or not sys.stderr.isatty(), transient=True) as bar:
            task = bar.add_task(name)
            yield lambda done, total: bar.update(task, completed=done, total=total)


def chosen_shards(client: redis.Redis, only: str | None) -> list[tuple[Shard, str]]:
    """Shard and zone of all shards of all known sites, or of the one that is named."""
    chosen = _chosen(client, only)
    return [(shard, known.zone) for site, known in chosen.items() for shard in shards(site, known.layout.most)]


def chosen_sites(client: redis.Redis, only: str | None) -> list[tuple[str, str]]:
    """Site and zone of all known sites, or of the one that is named."""
    return [(site, known.zone) for site, known in _chosen(client, only).items()]


def _chosen(client: redis.Redis, only: str | None) -> dict[str, Known]:
    """Asked once: sites may begin at any moment."""
    found = all_sites(client)
    if only is None:
        return found
    chosen = {site: known for site, known in found.items() if site == site_name(only)}
    if not chosen:
        raise click.ClickException(f"--site {only}: no such site; `python -m collector sites` lists them")
    return chosen


def days_between(text: str) -> list[int]:
    """The days of A:B, or one day."""
    first, _, last = text.partition(":")
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", first) or (last and not re.fullmatch(r"\d{4}-\d{2}-\d{2}", last)):
        raise click.BadParameter(f"{text!r}: expected 2026-11-01:2026-11-24 or one day", param_hint="--days")
    try:
        begin, end = keys.ordinal(first), keys.ordinal(last or first)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--days") from error
    if begin > end:
        raise click.BadParameter(f"{first} lies after {last}", param_hint="--days")
    return list(range(begin, end + 1))
