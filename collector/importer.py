"""Files in, raw events of their sites in Redis and a tally out; the rollups are made by the rebuild at the end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import pyarrow as pa
import redis

from collector.append import Appender, Registry
from collector.formats import choose
from collector.found import Found
from collector.import_places import ImportPlaces
from collector.import_salts import ImportSalts
from collector.jobs.lease import Lease
from collector.jobs.rebuild import marked_days
from collector.jobs.tend import Tender
from collector.log_columns import found_in
from collector.logs import SAMPLE, Reader
from collector.past import Past, by_day
from collector.pieces import Cutter, Damaged, Entry, Piece, chunks
from collector.sites import MOST_SITES
from common import keys
from common.archive import Archive
from common.calendars import calendar
from common.enrich.geo import Geo
from common.events import PAGEVIEW, SIGNALS
from common.keys import Shard
from common.known import Known, all_sites, begun, one_site
from common.settings import Settings, valid_site
from common.shards import first, shards
from common.zones import in_use

#: Malformed lines that the report names one by one.
MOST_NAMED = 5


@dataclass
class Tally:
    """What an import did."""

    lines: int = 0
    known_lines: int = 0
    pieces: int = 0
    known_pieces: int = 0
    pageviews: Counter[str] = field(default_factory=Counter)  #: by class
    custom: int = 0  #: custom events and signals
    skipped: Counter[str] = field(default_factory=Counter)  #: by reason
    malformed: list[tuple[str, int, str]] = field(default_factory=list)  #: file, line, reason: the first few
    days: set[tuple[str, int]] = field(default_factory=set)  #: site and day
    held: set[tuple[str, int]] = field(default_factory=set)  #: those of them that held events before their file
    unfinished: list[tuple[str, int]] = field(default_factory=list)  #: file, line
    damaged: list[str] = field(default_factory=list)  #: messages
    faults: list[str] = field(default_factory=list)  #: what is left for the daily job, and why

    def count(self, events: pa.Table) -> None:
        """Count events that are in now."""
        kinds = events.select(["type", "class"]).group_by(["type", "class"]).aggregate([([], "count_all")])
        for kind, class_, count in zip(*(column.to_pylist() for column in kinds.columns), strict=True):
            if kind == PAGEVIEW:
                self.pageviews[class_] += count
            else:
                self.custom += count * (kind not in SIGNALS)


class Importer:
    """Imports files for one run. `site` None: the lines name theirs. `lasting`: so do visitors' ids, over all days."""

    def __init__(
        self, client: redis.Redis, settings: Settings, site: str | None, clock: Callable[[], int], lasting: bool = False
    ) -> None:
        self._client, self._settings, self._site, self._clock = client, settings, site, clock
        self._now = clock()  #: at the latest piece, so that the newest lines of a live log are not cut to an older time
        self._sites: dict[str, Known | None] = {}
        self._salts = ImportSalts(client, settings.salt_rotation, self._zone, self._now, lasting)
        self._geo, self._places = Geo(settings.geoip), ImportPlaces(client)
        self._past: dict[str, Past] = {}
        self._appender, self._registry = Appender(client), Registry(client, site)
        self.tally = Tally()

    def read(self, path: Path, reader: Reader, advance: Callable[[int], None] = lambda count: None) -> None:
        """Import one file, piece by piece. Raises redis.RedisError; running it again then goes on where it ended."""
        cutter = Cutter(chunks(path, advance), self._registry.after, reader.is_whole)
        touched: set[tuple[str, int]] = set()
        try:
            for piece in cutter:
                self._piece(path, reader, piece, touched)
        except Damaged as error:
            last = cutter.number + cutter.lines_held()
            self.tally.damaged.append(
                f"{path}: {error}, in line {last}; lines up to {cutter.number - 1} are counted, none after them. "
                "Mend the file and import it again: only what is missing is added"
            )
        if cutter.unfinished:
            self.tally.unfinished.append((str(path), cutter.number))

    def _piece(self, path: Path, reader: Reader, piece: Piece, touched: set[tuple[str, int]]) -> None:
        tally, count = self.tally, piece.line_count()
        tally.lines += count
        tally.pieces += 1
        if piece.entry and piece.entry.done:
            tally.known_pieces += 1
            tally.known_lines += count
            return
        if piece.entry is None:
            self._registry.note(piece.before, Entry(len(piece.data), piece.after, False))
        self._now = self._clock()
        found = found_in(reader, piece)
        tally.skipped.update(found.skipped)
        named = found.malformed[: MOST_NAMED - len(tally.malformed)]
        tally.malformed += [(str(path), number, reason) for number, reason in named]
        for site, some in found.by_site(self._site).items():
            self._append(site, some, self._registry.name(piece.after), touched)
        self._registry.note(piece.before, Entry(len(piece.data), piece.after, True))

    def _append(self, site: str, found: Found, piece: str, touched: set[tuple[str, int]]) -> None:
        tally = self.tally
        known = self._register(site, found.first())
        if known is None:
            tally.skipped["site"] += found.size()
            return
        past = self._past.get(known.zone)
        if past is None:
            past = self._past[known.zone] = Past(self._salts, self._geo, calendar(known.zone))
        events, dropped = past.events(site, found, self._now)
        tally.skipped.update(dropped)
        days = by_day(events, calendar(known.zone))
        if not days:
            return
        held: Counter[int] = Counter()
        for shard, part in self._places.by_shard(site, known.layout, found, days).items():
            added = self._appender.append(shard, piece, part, self._now, known.zone)
            if added is None:
                tally.known_lines += sum(map(len, part.values())) if known.layout.most > 1 else found.size()
                continue
            held.update(added)
            for some in part.values():
                tally.count(some)
        tally.held |= {(site, day) for day, rows in held.items() if rows and (site, day) not in touched}
        touched |= {(site, day) for day in held}
        tally.days |= {(site, day) for day in held}

    def _zone(self, site: str) -> str:
        known = self._sites.get(site)
        return known.zone if known else self._settings.zone(site)

    def _register(self, site: str, earliest: int) -> Known | None:
        """What is known of a site, noted with its first event; None where its events are not wanted."""
        if site not in self._sites:
            self._sites[site] = self._lookup(site)
        known = self._sites[site]
        earliest = min(earliest, self._now)
        if known and (not known.since or earliest < known.since):
            known = self._sites[site] = begun(self._client, site, known.zone, earliest, known.shards)
        return known

    def _lookup(self, site: str) -> Known | None:
        if not valid_site(site) or not self._settings.knows(site):
            return None
        known = one_site(self._client, site)
        asked = self._site is not None or self._settings.sites is not None
        if known is None and not asked and self._client.hlen(keys.sites()) >= MOST_SITES:
            return None
        known = known or Known(self._settings.zone(site), 0, first(self._settings.shards or 1))
        known.zone = in_use(self._settings, site, known)
        return known

    def settle(
        self, progress: Callable[[str, int, int], None] = lambda site, done, total: None, final: bool = False
    ) -> int:
        """Make the rollups of all marked days, also those an interrupted import left; how many days were made.

        `final` says that no other file of these days will come: they are tended at once as the daily job does it
        two days later. Raises redis.RedisError, StoreError.
        """
        made, archive = set[tuple[str, int]](), Archive.open(self._settings)
        for site, known in all_sites(self._client).items():
            for shard in shards(site, known.layout.most):
                wanted = marked_days(self._client, shard)
                if not (wanted or final):
                    continue
                with Lease(self._client, shard) as lease:
                    if final and not shard.number:  # under the lease: another job would find its days closed halfway
                        self._salts.drop(site)

                    def say(step: str, done: int, total: int, shard: Shard = shard) -> None:
                        progress(f"{shard.named}: {step}", done, total)

                    zone = in_use(self._settings, site, one_site(self._client, site))
                    tender = Tender(lease, zone, archive, self._clock(), say)
                    tended = tender.run(self._settings.raw_days, self._settings.raw_bytes)
                self.tally.faults += tended.faults
                made |= {(site, day) for day in wanted}
        return len(made)

    def close(self) -> None:
        """Close what is held open."""
        self._geo.close()


def reader_of(path: Path, wanted: str, columns: str = "") -> Reader:
    """The reader for a file, by its first lines. Raises `UnknownFormat` or `Damaged`."""
    data = b""
    with closing(chunks(path)) as source:
        try:
            for chunk in source:
                data += chunk
                if data.count(b"\n") >= SAMPLE:
                    break
        except Damaged:
            if b"\n" not in data:
                raise
    lines = data.decode("utf-8", "replace").split("\n")
    return choose(list(islice(lines, SAMPLE)), wanted, columns)
