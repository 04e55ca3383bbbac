"""A journal in, Redis out: the flusher's process. Everything durable that waits becomes one flush per site.

What Redis refuses for one site stops only that site; without Redis the journal waits. Nothing is skipped: the marks in
Redis say what was applied, so that trying again after any failure counts nothing twice.
"""

from __future__ import annotations

import contextlib
import gc
import logging
import math
import os
import select
import signal
import sys
import time
from collections.abc import Iterable
from pathlib import Path

import redis

from collector import batches
from collector.background import Rebuilds, Trims, rebuild, trim
from collector.flush import Contended, Flusher, Numbered
from collector.flusher import DRAIN
from collector.journal import Journal, Place, forget, read, segments
from collector.progress import Progress
from common import store
from common.keys import Shard
from common.settings import Settings, load

#: Events a script applies at once: more would make others wait on Redis; less costs more commands.
EVENTS_A_SCRIPT = 1_000
EVENTS_A_SCRIPT_BILLED = 20_000
#: Events read at once. They are the flusher's memory: as many as a script takes are enough where it takes more.
_READ_EVENTS = 4_000
#: A site whose flush failed is tried again after this many s.
_AGAIN = 1.0
#: How long a site that others keep busy may hold up the rest, in s.
_PATIENCE = 0.5
#: How often to look for journals that nobody owns, in s.
_LOOK = 60.0
#: On a core that answers cannot share, they come before figures: what is acknowledged waits in the journal.
_GIVES_WAY = 5
_log = logging.getLogger("footfall.flush")


def _now() -> int:
    return time.time_ns() // 1_000_000


def spare_collections() -> None:
    """What a flush makes has no cycles and goes by itself: looking for them at every turn takes a tenth of its time."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


class Drain:
    """Applies a journal's records, site by site, and forgets the segments that are applied."""

    def __init__(self, folder: Path, flusher: Flusher, progress: Progress, a_script: int) -> None:
        self._folder, self._flusher, self._progress, self._a_script = folder, flusher, progress, a_script
        files = segments(folder)
        self.position = int(files[0].stem) - 1 if files else 0
        self._place: Place | None = None
        self._blocked: dict[Shard, tuple[int, float]] = {}  #: first record that waits, when to try again
        self._causes: dict[Shard, str] = {}  #: what the log last said of a site that waits
        self.zones = {"UTC"}  #: of the sites whose events passed through; one at least, for those without traffic
        self.away: type[Exception] | None = None  #: why Redis takes nothing at all
        self._broken = False

    def run(self) -> bool:
        """Apply up to a chunk of what is durable; whether anything is left to do at once. Raises redis.RedisError."""
        self._flusher.check()
        upto = self._progress.durable
        waiting: dict[Shard, list[Numbered]] = {}
        position, place, events, more = self.position, self._place, 0, False
        for record in read(self._folder, position, upto, place):
            batch = batches.decode(record.body)
            waiting.setdefault(Shard(batch.site), []).append(Numbered(record.number, batch))
            self.zones.add(batch.zone)
            position, place, events = record.number, record.end, events + max(1, len(batch.events))
            if more := events >= self._at_once:
                break
        self._report(position < upto and not more, position)
        for shard, numbered in waiting.items():
            if shard not in self._blocked and (refused := self._apply(shard, numbered)):
                self._blocked[shard] = (refused, time.monotonic() + _AGAIN)
        self.position, self._place = position, place
        self._retry()
        applied = min([position, *(first - 1 for first, _ in self._blocked.values())])
        if applied > self._progress.applied or position == upto:
            self._progress.applied = applied
            forget(self._folder, applied)
        self._progress.flushed_at = _now()
        return more

    def _apply(self, shard: Shard, numbered: list[Numbered]) -> int:
        """Apply in order; 0, or the record at which it stopped. Raises what stops every site: Redis is away."""
        for part in cut(numbered, self._a_script):
            try:
                self._flusher.apply(shard, part, _now())
            except (redis.ConnectionError, redis.TimeoutError, OSError):
                raise
            except Contended:  # a rebuild holds the site for a moment: others need not wait for it
                return part[0].number
            except Exception as error:  # refused, or stored by another version: it is this site's alone
                if self._causes.get(shard) != (cause := str(error)):
                    _log.error("%s: its flush fails, its events wait in the journal: %s", shard.site, cause)
                self._causes[shard] = cause
                return part[0].number
        return 0

    def _retry(self) -> None:
        """Try the sites again that wait, a chunk of the journal at a time: others must not wait for a long read."""
        for shard, (first, when) in list(self._blocked.items()):
            if time.monotonic() < when:
                continue
            numbered, events, last = [], 0, first - 1
            for record in read(self._folder, first - 1, self.position):
                batch = batches.decode(record.body)
                last, events = record.number, events + max(1, len(batch.events))
                if batch.site == shard.site:
                    numbered.append(Numbered(record.number, batch))
                if events >= self._at_once:
                    break
            # Only now: had Redis gone away meanwhile, these records would be passed over for good.
            if refused := self._apply(shard, numbered):
                self._blocked[shard] = (refused, time.monotonic() + _AGAIN)
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


def drain_orphans(own: Path, client: redis.Redis, a_script: int) -> int:
    """Apply what collectors that are gone left in the journals beside `own`; how many records. Raises RedisError."""
    records = 0
    for folder in sorted(path.parent for path in own.parent.glob("*/id") if path.parent != own):
        try:
            journal = Journal(folder)
        except BlockingIOError:
            continue
        progress = Progress(folder)
        try:
            waiting = journal.number - progress.applied
            if waiting > 0:
                progress.durable = journal.number
                drain = Drain(folder, Flusher(client, journal.id, _PATIENCE), progress, a_script)
                while drain.run():
                    pass
                records += waiting
        finally:
            progress.close()
            journal.close()
    return records


def run(folder: Path, settings: Settings) -> None:
    """Flush until stdin ends: on `q` what is durable is drained first."""
    spare_collections()
    os.nice(_GIVES_WAY)
    progress = Progress(folder)
    collector = (folder / "id").read_text().strip()
    client = store.connect(settings=settings, check=False, purpose="flush")
    flusher = Flusher(client, collector, _PATIENCE)
    a_script = EVENTS_A_SCRIPT_BILLED if settings.flush_seconds >= 1 else EVENTS_A_SCRIPT
    drain = Drain(folder, flusher, progress, a_script)
    rebuilds, trims, look = Rebuilds(rebuild), Trims(trim, settings.trim_hour), 0.0
    more, pause, last = True, 0.0, -math.inf
    try:
        while True:
            due = last + max(settings.flush_seconds, pause)
            word = _word(max(0.0, due - time.monotonic()) if more else 0.1 if drain.blocked else 0.5)
            if word == "stop":
                _finish(drain)
                return
            if word == "gone":
                return
            if time.monotonic() < due:
                more = more or word == "wake"
                continue
            if word == "wake" or more or drain.blocked:
                more, pause = _step(drain, progress, pause)
                last = time.monotonic()
            if not pause and time.monotonic() >= look:
                with contextlib.suppress(redis.RedisError, OSError):
                    drain_orphans(folder, client, a_script)
                look = time.monotonic() + _LOOK
            rebuilds.wanted |= flusher.take_marked()
            rebuilds.tend()
            trims.look(drain.zones, _now())
            trims.tend()
    finally:
        rebuilds.stop()
        trims.stop()
        client.close()


def _step(drain: Drain, progress: Progress, pause: float) -> tuple[bool, float]:
    """One flush; whether more waits, and for how long to leave Redis alone."""
    try:
        more = drain.run()
    except (redis.RedisError, OSError) as error:
        if drain.away != (kind := type(error)):  # it may change: first Redis is gone, then it loads its data
            _log.error("Redis is away, events wait in the journal: %s", error)
        drain.away = kind
        progress.failing_since = progress.failing_since or _now()
        return True, min(2.0, max(0.1, pause * 2))
    if pause:
        _log.warning("Redis is back, events are being applied")
    progress.failing_since, drain.away = 0, None
    return more, 0.0


def _finish(drain: Drain) -> None:
    deadline = time.monotonic() + DRAIN
    try:
        while drain.run() and time.monotonic() < deadline:
            pass
    except (redis.RedisError, OSError):
        _log.warning("stopping while Redis is away: events stay in the journal")


def _word(timeout: float) -> str:
    """What the collector says within `timeout` s: wake, stop, gone (it died), or nothing."""
    if not select.select([sys.stdin], [], [], timeout)[0]:
        return ""
    said = os.read(sys.stdin.fileno(), 65_536)
    if not said:
        return "gone"
    return "stop" if b"q" in said else "wake"


if __name__ == "__main__":
    # A terminal's Ctrl-C and a process runner signal the whole group; this process ends when its collector says so.
    # A handler that does nothing, since SIG_IGN would be inherited by the jobs, which then could not be stopped.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: None)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    run(Path(sys.argv[1]), load())
