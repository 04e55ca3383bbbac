"""A site's days in, a folder with its events and rollups out: day by day, so that only some days are in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple, TextIO

from collector import export_manifest
from collector.choosing import Filter, Window, matching, runs
from collector.export_files import CsvWriter, Months
from collector.export_manifest import EVENTS, ROLLUPS, Day, ExportError, Manifest
from common import keys
from common.arrays import SMALL, Rows, added
from common.calendars import Calendar
from common.events import SIGNALS, Event
from common.history import History
from common.keys import Shard
from common.reader import Reader
from common.rollups import EVENTS as OF_EVENTS
from common.sharded import Sharded

Progress = Callable[[int, int], None]


class Source(NamedTuple):
    """Where a site's data is read."""

    shard: Shard
    local: Calendar
    history: History
    reader: Reader | Sharded

    @property
    def shards(self) -> list[Shard]:
        """All shards of the site. Raises redis.RedisError."""
        return self.reader.shards if isinstance(self.reader, Sharded) else [self.shard]

    def days(self, today: int) -> list[int]:
        """From the first day of which anything is kept to today. Raises redis.RedisError, `StoreError`."""
        begins = [day for day in (self.reader.first_day(), self.reader.first_raw_day()) if day is not None]
        return list(range(min(begins), today + 1)) if begins else []

    def events(self, days: Sequence[int], wanted: Filter) -> Iterator[tuple[int, list[Event]]]:
        """The events of the days that match, day by day."""
        if not wanted.where:
            for day in days:
                yield day, [event for shard in self.shards for event in self.history.events(shard, [day])[day]]
            return
        windows = [Window(self.history, shard, self.local) for shard in self.shards]
        for run in runs(days):
            begin, end = self.local.start(run[0]), self.local.start(run[-1] + 1)
            kept: dict[int, list[Event]] = {day: [] for day in run}
            for window in windows:
                found = window.around(run)
                chosen = matching([event for some in found.values() for event in some], wanted, begin, end)
                for day in run:
                    kept[day] += [event for event in found[day] if id(event) in chosen]
            yield from kept.items()

    def rollups(self, day: int) -> Rows:
        """All rows of a day, wherever they stand."""
        small = {name: found for name, found in self.reader.days([day])[day].items() if name in SMALL}
        rest = [{name: found for name, found in rows.items() if name not in SMALL} for rows in self.reader.spans([day])]
        return added(small, *rest)

    def dropped(self, day: int) -> dict[str, int]:
        """What was not counted on a day, by reason; signals without a visit are told by the events."""
        reasons, array = self.reader.days([day])[day].get("dropped", ([], None))
        if array is None:
            return {}
        counts = zip(reasons, array[:, OF_EVENTS].tolist(), strict=True)
        return {reason: int(count) for reason, count in sorted(counts) if reason != "no_visit" and count}


class Done(NamedTuple):
    """What an export wrote."""

    manifest: Manifest
    lacking: list[str]  #: days of which rollups count events that are not kept raw any more


def export(
    source: Source,
    folder: Path,
    days: Sequence[int],
    what: str,
    wanted_format: str,
    wanted: Filter,
    progress: Progress = lambda done, total: None,
) -> Done:
    """Write the days to a new folder. Raises `ExportError`, `StoreError`, redis.RedisError; then there is no manifest,
    and the same again begins anew.
    """
    site, zone = source.shard.site, source.local.zone
    if (folder / export_manifest.NAME).exists():
        raise ExportError(f"{folder} holds an export already: choose another --out, or remove it")
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        kinds = [EVENTS, ROLLUPS] if what == "all" else [what]
        files = {kind: Months(folder, kind, wanted_format, site, zone) for kind in kinds}
        told, lacking = [], []
        events = source.events(days, wanted) if EVENTS in files else ((day, []) for day in days)
        for number, (day, found) in enumerate(events):
            one = Day(keys.iso(day), len(found), {} if wanted.where else source.dropped(day))
            if found:
                files[EVENTS].write(day, found)
            rows = source.rollups(day) if ROLLUPS in files else {}
            if rows:
                files[ROLLUPS].write(day, rows)
            if EVENTS in files and not wanted.where and _counted(source, day) > _own(found):
                lacking.append(one.day)
            if found or rows or one.dropped:
                told.append(one)
            progress(number + 1, len(days))
        for each in files.values():
            each.close()
        manifest = Manifest(
            site=site,
            zone=zone,
            first=keys.iso(days[0]),
            last=keys.iso(days[-1]),
            made=datetime.now(UTC).isoformat(timespec="seconds"),
            format=wanted_format,
            what=what,
            where=dict(wanted.where),
            days=told,
            files=[file for each in files.values() for file in each.files],
        )
        export_manifest.write(folder, manifest)
    except OSError as error:
        raise ExportError(f"{folder}: {error.strerror or error}; make room or choose another --out") from error
    return Done(manifest, lacking)


def stream(source: Source, target: TextIO, days: Sequence[int], what: str, wanted: Filter, progress: Progress) -> int:
    """Write one kind as CSV to an open stream; how many rows. Raises as `export` does, and OSError."""
    writer, rows = CsvWriter(target, what), 0
    if what == EVENTS:
        for number, (day, found) in enumerate(source.events(days, wanted)):
            rows += writer.write(day, found)
            progress(number + 1, len(days))
    else:
        for number, day in enumerate(days):
            rows += writer.write(day, source.rollups(day))
            progress(number + 1, len(days))
    writer.close()
    return rows


def _counted(source: Source, day: int) -> int:
    """Events that the rollups of a day count."""
    _, array = source.reader.days([day])[day].get("class", ([], None))
    return 0 if array is None else int(array[:, OF_EVENTS].sum())


def _own(events: Sequence[Event]) -> int:
    return sum(event.type not in SIGNALS for event in events)
