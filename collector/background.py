"""What a flusher sees in, jobs started beside it out: marked days made again, and the daily job of closed days."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterable

from common.calendars import calendar

Process = subprocess.Popen[bytes]
#: A daily job that left something undone is started again after this many s.
_AGAIN = 3_600.0


class Rebuilds:
    """Starts the job that makes marked days again, seldom enough never to be the load itself."""

    def __init__(self, start: Callable[[], Process]) -> None:
        self._start = start
        self._process: Process | None = None
        self._begun = 0.0
        self._next = 0.0
        self.wanted = True  # a day may have been left marked by a process that died

    def tend(self) -> None:
        """Start a job when one is wanted and due: at most every max(60 s, 20 x the last one's duration)."""
        now = time.monotonic()
        if self._process and (code := self._process.poll()) is not None:
            self._next = self._begun + max(60.0, 20 * (now - self._begun))
            self._process = None
            self._ended(code, now)
        if self.wanted and not self._process and now >= self._next:
            self.wanted = False
            self._begun = now
            self._process = self._start()

    def stop(self) -> None:
        """End a running job: it leaves nothing half done."""
        if self._process and self._process.poll() is None:
            self._process.terminate()
            self._process.wait()

    def _ended(self, code: int, now: float) -> None:
        """Nothing: whoever fails leaves its days marked, and the next late event asks again."""


class Trims(Rebuilds):
    """Starts the daily job when a zone's hour for it has come; not oftener, since Redis may bill by command."""

    def __init__(self, start: Callable[[], Process], hour: int) -> None:
        super().__init__(start)
        self._hour = hour
        self._days: dict[str, int] = {}
        self._failed = 0.0

    def look(self, zones: Iterable[str], now: int) -> None:
        """Take notice of the time, in ms, in the zones of the sites that were seen so far."""
        for zone in [zone for zone in zones if zone not in self._days]:
            self._days[zone] = self._day(zone, now)  # the job that ran at the start knew all sites
        for zone, day in self._days.items():
            if day != (today := self._day(zone, now)):
                self._days[zone] = today
                self.wanted = True
        if self._failed and time.monotonic() >= self._failed + _AGAIN:
            self._failed, self.wanted = 0.0, True

    def _day(self, zone: str, now: int) -> int:
        return calendar(zone).day(now - self._hour * 3_600_000)

    def _ended(self, code: int, now: float) -> None:
        self._failed = now if code else 0.0


def rebuild() -> Process:
    """The job for `Rebuilds`."""
    return _job("rebuild", "--marked")


def trim() -> Process:
    """The job for `Trims`."""
    return _job("trim", "--if-due")


def _job(*words: str) -> Process:
    return subprocess.Popen([sys.executable, "-m", "collector", *words, "--quiet"], stdin=subprocess.DEVNULL)
