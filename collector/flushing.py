"""A journal in, Redis out: the flusher's process. Everything durable that waits becomes one flush per site.

What Redis refuses for one site stops only that site; without Redis the journal waits. Nothing is skipped: the marks in
Redis say what was applied, so that trying again after any failure counts nothing twice.
"""

from __future__ import annotations

import logging
import os
import select
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import redis
from redis.exceptions import ResponseError

from collector import batches
from collector.flush import Flusher, Numbered
from collector.flusher import DRAIN
from collector.journal import forget, read, segments
from collector.progress import Progress
from common import store
from common.keys import Shard
from common.settings import Settings, load

#: Events a script applies at once: more would make others wait on Redis; less costs more commands.
EVENTS_A_SCRIPT = 1_000
EVENTS_A_SCRIPT_BILLED = 20_000
_READ_EVENTS = 20_000
_log = logging.getLogger("footfall.flush")


def _now() -> int:
    return time.time_ns() // 1_000_000


class Drain:
    """Applies a journal's records, site by site, and forgets the segments that are applied."""

    def __init__(self, folder: Path, flusher: Flusher, progress: Progress, a_script: int) -> None:
        self._folder, self._flusher, self._progress, self._a_script = folder, flusher, progress, a_script
        files = segments(folder)
        self.position = int(files[0].stem) - 1 if files else 0
        self._blocked: dict[Shard, tuple[int, float]] = {}  #: first record that waits, when to try again

    def run(self) -> bool:
        """Apply up to a chunk of what is durable; whether anything is left to do at once. Raises redis.RedisError."""
        upto = self._progress.durable
        waiting: dict[Shard, list[Numbered]] = {}
        position, events = self.position, 0
        for record in read(self._folder, self.position, upto):
            batch = batches.decode(record.body)
            waiting.setdefault(Shard(batch.site), []).append(Numbered(record.number, batch))
            position, events = record.number, events + len(batch.events)
            if events >= _READ_EVENTS:
                break
        for shard, numbered in waiting.items():
            if shard in self._blocked:
                continue
            self._apply(shard, numbered)
        self.position = position
        self._retry()
        applied = min([position, *(first - 1 for first, _ in self._blocked.values())])
        if applied > self._progress.applied or position == upto:
            self._progress.applied = applied
            forget(self._folder, applied)
        self._progress.flushed_at = _now()
        return position < upto

    def _apply(self, shard: Shard, numbered: list[Numbered]) -> None:
        for part in cut(numbered, self._a_script):
            try:
                self._flusher.apply(shard, part, _now())
            except ResponseError as error:
                _log.error("%s: Redis refuses its flush, it waits: %s", shard.site, error)
                self._blocked[shard] = (part[0].number, time.monotonic() + 1)
                return

    def _retry(self) -> None:
        for shard, (first, when) in list(self._blocked.items()):
            if time.monotonic() < when:
                continue
            del self._blocked[shard]
            records = read(self._folder, first - 1, self.position)
            decoded = (Numbered(record.number, batches.decode(record.body)) for record in records)
            self._apply(shard, [item for item in decoded if item.batch.site == shard.site])

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


class Rebuilds:
    """Starts the job that makes marked days again, seldom enough never to be the load itself."""

    def __init__(self, start: Callable[[], subprocess.Popen[bytes]]) -> None:
        self._start = start
        self._process: subprocess.Popen[bytes] | None = None
        self._begun = 0.0
        self._next = 0.0
        self.wanted = True  # a day may have been left marked by a process that died

    def tend(self) -> None:
        """Start a rebuild when one is wanted and due: at most every max(60 s, 20 x the last one's duration)."""
        now = time.monotonic()
        if self._process and self._process.poll() is not None:
            self._next = self._begun + max(60.0, 20 * (now - self._begun))
            self._process = None
        if self.wanted and not self._process and now >= self._next:
            self.wanted = False
            self._begun = now
            self._process = self._start()

    def stop(self) -> None:
        """End a running rebuild: it leaves nothing half done."""
        if self._process and self._process.poll() is None:
            self._process.terminate()
            self._process.wait()


def _rebuild() -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "collector", "rebuild", "--marked", "--quiet"], stdin=subprocess.DEVNULL
    )


def _trim() -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "collector", "trim", "--if-due", "--quiet"], stdin=subprocess.DEVNULL
    )


def run(folder: Path, settings: Settings) -> None:
    """Flush until stdin ends: on `q` what is durable is drained first."""
    progress = Progress(folder)
    collector = (folder / "id").read_text().strip()
    client = store.connect(settings=settings, check=False)
    flusher = Flusher(client, collector)
    billed = settings.flush_seconds >= 1
    drain = Drain(folder, flusher, progress, EVENTS_A_SCRIPT_BILLED if billed else EVENTS_A_SCRIPT)
    rebuilds, trims, hour = Rebuilds(_rebuild), Rebuilds(_trim), 0
    more, pause, last = True, 0.0, 0.0
    try:
        while True:
            due = last + settings.flush_seconds
            wait = 0.0 if more and not pause else pause or (0.5 if not drain.blocked else 0.1)
            word = _word(max(wait, due - time.monotonic()) if more or pause else wait)
            if word == "stop":
                _finish(drain)
                return
            if word == "gone":
                return
            if time.monotonic() < due:
                more = more or word == "wake"
                continue
            if word == "wake" or more or pause or drain.blocked:
                more, pause = _step(drain, progress, pause)
                last = time.monotonic()
            rebuilds.wanted |= flusher.take_marked()
            rebuilds.tend()
            if hour != (hour := _now() // 3_600_000):
                trims.wanted = True  # hourly, since every site has a midnight of its own
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
        if not pause:
            _log.error("Redis is away, events wait in the journal: %s", error)
        progress.failing_since = progress.failing_since or _now()
        return True, min(2.0, max(0.1, pause * 2))
    if pause:
        _log.warning("Redis is back, events are being applied")
    progress.failing_since = 0
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
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    run(Path(sys.argv[1]), load())
