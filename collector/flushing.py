"""A journal in, Redis out: the flusher's process, with the jobs beside it. Without Redis the journal waits."""

from __future__ import annotations

import contextlib
import logging
import math
import os
import select
import signal
import sys
import time
from pathlib import Path

import redis

from collector.background import Rebuilds, Trims, rebuild, trim
from collector.draining import EVENTS_A_SCRIPT, EVENTS_A_SCRIPT_BILLED, Drain
from collector.flush import Flusher
from collector.flusher import DRAIN
from collector.garbage import look_seldom
from collector.journal import Journal
from collector.progress import Progress
from common import store
from common.clients import replicated
from common.priority import FIGURES, give_way
from common.settings import Settings, load

#: How long a site that others keep busy may hold up the rest, in s.
_PATIENCE = 0.5
#: How often to look for journals that nobody owns, in s.
_LOOK = 60.0
_log = logging.getLogger("footfall.flush")


def _now() -> int:
    return time.time_ns() // 1_000_000


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
    look_seldom()
    give_way(FIGURES)
    progress = Progress(folder)
    collector = (folder / "id").read_text().strip()
    client = store.connect(settings=settings, check=False, purpose="flush")
    flusher = Flusher(client, collector, _PATIENCE, replicated(client) or settings.wait_replicas > 0)
    a_script = EVENTS_A_SCRIPT_BILLED if settings.flush_seconds >= 1 else EVENTS_A_SCRIPT
    hold, replicas = 10 + 2 * settings.flush_seconds, settings.wait_replicas
    drain = Drain(folder, flusher, progress, a_script, hold=hold, replicas=replicas)
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
    progress.failing_since, drain.away = (progress.failing_since or _now()) if drain.nodes.some_away else 0, None
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
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)  # a terminal may forbid the background to write (stty tostop)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    run(Path(sys.argv[1]), load())
