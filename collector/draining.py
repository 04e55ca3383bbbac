"""A journal in, Redis out: everything durable that waits is applied shard by shard, and forgotten where it may be.

What Redis refuses for one shard stops only that shard, in order; a node that is away stops those on it. Nothing is
skipped: the marks in Redis say what was applied, so that trying again after any failure counts nothing twice.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from pathlib import Path

import redis

from collector import batches
from collector.confirming import Confirming
from collector.flush import Flusher, Numbered
from collector.journal import Place, forget, forgettable, read, segments
from collector.keeping import KEEP, Keeping
from collector.nodes import Nodes
from collector.progress import Progress
from collector.refusals import Behind, Contended, Early, Relaid
from collector.sorting import Sorting
from common.keys import Shard

#: Events a script applies at once: more would make others wait on Redis; less costs more commands.
EVENTS_A_SCRIPT = 1_000
EVENTS_A_SCRIPT_BILLED = 20_000
#: Events read at once. They are the flusher's memory: as many as a script takes are enough where it takes more.
_READ_EVENTS = 4_000
#: A shard whose flush failed is tried again after this many s.
_AGAIN = 1.0
_log = logging.getLogger("footfall.flush")


def _now() -> int:
    return time.time_ns() // 1_000_000


class Drain:
    """Applies a journal's records, site by site, and forgets the segments that are applied."""

    def __init__(
        self,
        folder: Path,
        flusher: Flusher,
        progress: Progress,
        a_script: int,
        keep: float | None = None,
        hold: float = 10.0,
        replicas: int = 0,
    ) -> None:
        self._folder, self._flusher, self._progress, self._a_script = folder, flusher, progress, a_script
        self._sorting = Sorting(flusher, folder, hold)
        self.nodes = Nodes(flusher.client)
        self._keeping = Keeping((KEEP if flusher.replicated else 0.0) if keep is None else keep)
        self._confirming = Confirming(flusher, replicas)
        files = segments(folder)
        self.position = int(files[0].stem) - 1 if files else 0
        self._place: Place | None = None
        self._blocked: dict[Shard, tuple[int, float]] = {}  #: first record that waits, when to try again
        self._soon: set[Shard] = set()  #: those of them that need not wait
        self._causes: dict[Shard, str] = {}  #: what the log last said of a site that waits
        self.zones = {"UTC"}  #: of the sites whose events passed through; one at least, for those without traffic
        self.away: type[Exception] | None = None  #: why Redis takes nothing at all
        self._broken = False

    def run(self) -> bool:
        """Apply up to a chunk of what is durable; whether anything is left to do at once. Raises redis.RedisError."""
        self._flusher.check()
        upto = self._progress.durable
        waiting: list[Numbered] = []
        position, place, events, more = self.position, self._place, 0, False
        for record in read(self._folder, position, upto, place):
            batch = batches.decode(record.body)
            waiting.append(Numbered(record.number, batch))
            self.zones.add(batch.zone)
            position, place, events = record.number, record.end, events + max(1, len(batch.events))
            if more := events >= self._at_once:
                break
        self._report(position < upto and not more, position)
        for shard, (numbered, stop) in self._sorted(waiting).items():
            if shard not in self._blocked and (refused := self._apply(shard, numbered) or stop):
                self._block(shard, refused)
        self.position, self._place = position, place
        self._retry()
        applied = min([position, *(first - 1 for first, _ in self._blocked.values())])
        if applied > self._progress.applied or position == upto:
            self._progress.applied = applied
        self._forget(self._keeping.until(applied))
        self._progress.flushed_at = _now()
        return more

    def _forget(self, upto: int) -> None:
        """Forget records up to this one, unless Redis turns out to lack some, or replicas that are asked do."""
        if forgettable(self._folder, upto):
            lacking = self._confirming.lacking()
            for shard, mark in (lacking or {}).items():
                if shard not in self._blocked:
                    self._soon.add(shard)
                    self._block(shard, mark + 1)
            if lacking is None or lacking:
                return
        forget(self._folder, upto)
        self._sorting.applied(upto)

    def _sorted(self, items: list[Numbered], only: Shard | None = None) -> dict[Shard, tuple[list[Numbered], int]]:
        """Batches by shards, as far as their ids are theirs; and the first of each shard of which nobody can say it."""
        blocked = {shard: first for shard, (first, _) in self._blocked.items() if shard != only}
        parts = self._sorting.parts(items, lambda shard, number: blocked.get(shard, number) < number)
        parts = [part for part in parts if only in (None, part.shard)]
        parts, unknown = self._sorting.claimed([part for part in parts if part.shard not in self._blocked or only])
        found: dict[Shard, tuple[list[Numbered], int]] = {}
        for shard, item, claim in parts:
            self._confirming.written |= {shard, claim[0]} if claim else {shard}
            numbered, stop = found.get(shard, ([], 0))
            if not stop and item.number in unknown:
                stop = item.number
                if isinstance(unknown[stop], Early):
                    self._soon.add(shard)
                else:
                    self._say(shard, f"ids of its batches cannot be claimed: {unknown[stop]}")
            elif not stop:
                numbered.append(item)
            found[shard] = numbered, stop
        return found

    def _block(self, shard: Shard, first: int) -> None:
        """Leave a shard alone from a record on: for a moment, unless it is known what to do."""
        self._blocked[shard] = (first, 0.0 if shard in self._soon else time.monotonic() + _AGAIN)
        self._soon.discard(shard)

    def _say(self, shard: Shard, cause: str) -> None:
        if self._causes.get(shard) != cause:
            _log.error("%s: its flush fails, its events wait in the journal: %s", shard.site, cause)
        self._causes[shard] = cause

    def _apply(self, shard: Shard, numbered: list[Numbered]) -> int:  # noqa: PLR0911 - one for each refusal
        """Apply in order; 0, or the record at which it stopped. Raises what stops every site: Redis is away."""
        for part in cut(numbered, self._a_script):
            if self.nodes.away(shard):
                return part[0].number
            try:
                self._flusher.apply(shard, part, _now())
            except (redis.ConnectionError, redis.TimeoutError, OSError) as error:
                if not self.nodes.note(shard, error):
                    raise
                return part[0].number
            except Behind as error:
                _log.warning("%s: a replica took over without the last writes, they are written again", shard.site)
                self._soon.add(shard)
                return error.mark + 1
            except Relaid as error:
                self._sorting.relaid(shard.site, error.text)
                self._soon.add(shard)
                return part[0].number
            except Contended:  # a rebuild holds the site for a moment: others need not wait for it
                return part[0].number
            except Exception as error:  # refused, or stored by another version: it is this site's alone
                self._say(shard, str(error))
                return part[0].number
        return 0

    def _retry(self) -> None:
        """Try the sites again that wait, a chunk of the journal at a time: others must not wait for a long read."""
        for shard, (first, when) in list(self._blocked.items()):
            if time.monotonic() < when:
                continue
            items, events, last = list[Numbered](), 0, first - 1
            for record in read(self._folder, first - 1, self.position):
                batch = batches.decode(record.body)
                last, events = record.number, events + max(1, len(batch.events))
                if batch.site == shard.site:
                    items.append(Numbered(record.number, batch))
                if events >= self._at_once:
                    break
            # Only now: had Redis gone away meanwhile, these records would be passed over for good.
            numbered, stop = self._sorted(items, shard).get(shard, ([], 0))
            if refused := self._apply(shard, numbered) or stop:
                self._block(shard, refused)
            elif events >= self._at_once and last < self.position:
                self._blocked[shard] = (last + 1, 0.0)
            else:
                del self._blocked[shard]
                self._causes.pop(shard, None)
                _log.warning("%s: its events are being applied again", shard.site)

    def _report(self, broken: bool, position: int) -> None:
        """Say once that the journal cannot be read on: what follows is not lost, but needs a look."""
        if broken and not self._broken:
            _log.error("%s: the journal cannot be read behind record %d", self._folder, position)
        self._broken = broken

    @property
    def _at_once(self) -> int:
        return EVENTS_A_SCRIPT_BILLED if self._a_script > EVENTS_A_SCRIPT else _READ_EVENTS

    @property
    def blocked(self) -> bool:
        """Whether some site waits to be tried again."""
        return bool(self._blocked)


def cut(numbered: Iterable[Numbered], most: int) -> list[list[Numbered]]:
    """Batches in parts of about `most` events, in order."""
    parts: list[list[Numbered]] = []
    room = 0
    for item in numbered:
        if not parts or room < len(item.batch.events):
            parts.append([])
            room = most
        parts[-1].append(item)
        room -= max(1, len(item.batch.events))
    return parts
