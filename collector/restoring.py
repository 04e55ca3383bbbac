"""Exports in, what a Redis lacks of them added, with progress; a line for each out. The rollups are for later."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack

import redis
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from collector.export import Source
from collector.export_folders import Export
from collector.export_manifest import ExportError
from collector.jobs.lease import Busy, Lease, Lost
from collector.restore import register, restore
from common.archive import Archive
from common.calendars import calendar
from common.history import History
from common.keys import Shard
from common.settings import Settings
from common.sharded import Sharded


def restore_all(
    client: redis.Redis, settings: Settings, exports: Sequence[Export], site: str | None, clock: Callable[[], int]
) -> list[str]:
    """Check all exports, then add what lacks of each; what was done. `site` takes the place of the one they name.

    Raises `ExportError`, StoreError, redis.RedisError: the same again goes on.
    """
    archive = Archive.open(settings)
    try:
        for export in exports:
            export.check()
        return [_one(client, settings, archive, export, site or export.site, clock()) for export in exports]
    except OSError as error:
        raise ExportError(f"{error.filename}: {error.strerror or error}") from error
    except (Busy, Lost) as error:
        raise ExportError(f"{error}; import again, what is in already is not counted twice") from error


def _one(client: redis.Redis, settings: Settings, archive: Archive, export: Export, site: str, now: int) -> str:
    known = register(client, settings, site, export.zone)
    shard, told = Shard(site), [] if known.zone == export.zone else [f"in {known.zone}, it was of {export.zone}"]
    source = Source(shard, calendar(known.zone), History(client, archive), Sharded(client, site, lambda: archive))
    if export.manifest and export.manifest.where:
        told.append("which holds only some of its events")
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        total = sum(file.rows for file in export.manifest.files if file.kind == "events") if export.manifest else None
        task = bar.add_task(f"import {site}", total=total)
        with ExitStack() as held:
            leases = [held.enter_context(Lease(client, one)) for one in source.shards]
            done = restore(leases, source, export, now, lambda events: bar.advance(task, events))
    about = f" ({'; '.join(told)})" if told else ""
    return (
        f"{site}: export of {export.folder}{about}: events added: {done.events:,}, there already: {done.known:,}, "
        f"days added to: {len(done.days)}"
    )
