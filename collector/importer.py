"""Files in, raw events of their sites in Redis and a tally out; the rollups are made by the rebuild at the end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import redis

from collector.append import Appender, Registry
from collector.formats import choose
from collector.import_salts import ImportSalts
from collector.ingest import Draft, Steps
from collector.jobs.lease import Lease
from collector.jobs.rebuild import marked_days
from collector.jobs.tend import Tender
from collector.logs import MALFORMED, SAMPLE, Hit, Reader
from collector.pieces import Cutter, Damaged, Entry, Piece, chunks
from collector.sender import Request
from collector.sites import MOST_SITES
from common import keys
from common.archive import Archive
from common.calendars import calendar
from common.enrich.geo import Geo
from common.events import PAGEVIEW, SIGNALS, Event
from common.keys import Shard
from common.known import Known, all_sites, begun, one_site
from common.settings import Settings, valid_site
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


class Importer:
    """Imports files for one run. `site` None: the lines name theirs."""

    def __init__(self, client: redis.Redis, settings: Settings, site: str | None, clock: Callable[[], int]) -> None:
        self._client, self._settings, self._site, self._clock = client, settings, site, clock
        self._now = clock()  #: at the latest piece, so that the newest lines of a live log are not cut to an older time
        self._sites: dict[str, Known | None] = {}
        self._salts = ImportSalts(client, settings.salt_rotation, self._zone, self._now)
        self._geo = Geo(settings.geoip)
        self._steps: dict[str, Steps] = {}
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
        tally, lines = self.tally, piece.lines()
        tally.lines += len(lines)
        tally.pieces += 1
        if piece.entry and piece.entry.done:
            tally.known_pieces += 1
            tally.known_lines += len(lines)
            return
        if piece.entry is None:
            self._registry.note(piece.before, Entry(len(piece.data), piece.after, False))
        self._now, by_site = self._clock(), dict[str, list[Hit]]()
        for number, line in lines:
            hit = reader.read(number, line)
            if isinstance(hit, str):
                self._skip(path, number, hit)
            else:
                by_site.setdefault(self._site or hit.site, []).append(hit)
        for site, hits in by_site.items():
            self._append(site, hits, self._registry.name(piece.after), touched)
        self._registry.note(piece.before, Entry(len(piece.data), piece.after, True))

    def _append(self, site: str, hits: list[Hit], piece: str, touched: set[tuple[str, int]]) -> None:
        tally = self.tally
        known = self._register(site, min(hit.time for hit in hits))
        if known is None:
            tally.skipped["site"] += len(hits)
            return
        local, days = calendar(known.zone), dict[int, list[Event]]()
        for event in self._events(site, known.zone, hits):
            days.setdefault(local.day(event.time), []).append(event)
        if not days:
            return
        held = self._appender.append(Shard(site), piece, days, self._now, known.zone)
        if held is None:
            tally.known_lines += len(hits)
            return
        for event in (event for events in days.values() for event in events):
            if event.type == PAGEVIEW:
                tally.pageviews[event.class_] += 1
            else:
                tally.custom += event.type not in SIGNALS
        tally.held |= {(site, day) for day, rows in held.items() if rows and (site, day) not in touched}
        touched |= {(site, day) for day in held}
        tally.days |= {(site, day) for day in held}

    def _events(self, site: str, zone: str, hits: list[Hit]) -> Iterator[Event]:
        steps = self._steps.get(zone)
        if steps is None:
            steps = self._steps[zone] = Steps(self._salts, self._geo, calendar(zone), past=True)
        for hit in hits:
            hit.raw.age = float(self._now - hit.time)
            request = Request(self._now, hit.address, hit.user_agent, "", hit.country, hit.visitor)
            draft = Draft(hit.raw, request, site, hit.number)
            if hit.agent:
                draft.agent = hit.agent
            taken = steps.take(draft)
            if isinstance(taken, Event):
                for name, value in (hit.given or {}).items():
                    setattr(taken, name, value)
                yield taken
            else:
                self.tally.skipped[taken.reason] += 1

    def _skip(self, path: Path, number: int, reason: str) -> None:
        self.tally.skipped[reason] += 1
        if reason in MALFORMED and len(self.tally.malformed) < MOST_NAMED:
            self.tally.malformed.append((str(path), number, reason))

    def _zone(self, site: str) -> str:
        known = self._sites.get(site)
        return known.zone if known else self._settings.zone(site)

    def _register(self, site: str, first: int) -> Known | None:
        """What is known of a site, noted with its first event; None where its events are not wanted."""
        if site not in self._sites:
            self._sites[site] = self._lookup(site)
        known = self._sites[site]
        first = min(first, self._now)
        if known and (not known.since or first < known.since):
            known = self._sites[site] = begun(self._client, site, known.zone, first)
        return known

    def _lookup(self, site: str) -> Known | None:
        if not valid_site(site) or not self._settings.knows(site):
            return None
        known = one_site(self._client, site)
        asked = self._site is not None or self._settings.sites is not None
        if known is None and not asked and self._client.hlen(keys.sites()) >= MOST_SITES:
            return None
        known = known or Known(self._settings.zone(site))
        known.zone = in_use(self._settings, site, known)
        return known

    def settle(
        self, progress: Callable[[str, int, int], None] = lambda site, done, total: None, final: bool = False
    ) -> int:
        """Make the rollups of all marked days, also those an interrupted import left; how many days were made.

        `final` says that no other file of these days will come: they are tended at once as the daily job does it
        two days later. Raises redis.RedisError, StoreError.
        """
        made, archive = 0, Archive.open(self._settings)
        for site in all_sites(self._client):
            wanted = marked_days(self._client, Shard(site))
            if wanted or final:
                with Lease(self._client, Shard(site)) as lease:
                    if final:  # under the lease: another job would find its days closed halfway through
                        self._salts.drop(site)

                    def say(step: str, done: int, total: int, site: str = site) -> None:
                        progress(f"{site}: {step}", done, total)

                    zone = in_use(self._settings, site, one_site(self._client, site))
                    tender = Tender(lease, zone, archive, self._clock(), say)
                    tended = tender.run(self._settings.raw_days, self._settings.raw_bytes)
                self.tally.faults += tended.faults
                made += len(wanted)
        return made

    def close(self) -> None:
        """Close what is held open."""
        self._geo.close()


def reader_of(path: Path, wanted: str) -> Reader:
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
    return choose(list(islice(lines, SAMPLE)), wanted)
