"""A site's traffic and a question in, its answer out, kept until its days change: what all open pages share."""

from __future__ import annotations

import threading
import time
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import redis

from common.deep import Day, Over
from common.depth.narrowed import Narrowed
from common.frames import Traffic
from common.settings import Settings

#: Days before and after a range whose events can change its figures.
AROUND = 2
#: Spans whose rows are held: those of a page and what it is compared with.
_MOST_HELD = 4
#: What the overview's cards show first, which is asked for at once.
AHEAD = ("entry_page", "channel", "country", "device")


class Source(Traffic):
    """Traffic of one site, shared by all open pages: one asks at a time, and the last slices of raw events stay."""

    def __init__(self, site: str, client: redis.Redis, settings: Settings) -> None:
        super().__init__(site=site, client=client, settings=settings)
        self.lock = threading.RLock()
        self._narrowed = Narrowed(at_once=True, ahead=AHEAD)  # a page asks ten questions under one filter
        self.flush_seconds = settings.flush_seconds  #: nothing is new before collectors flush again
        self._held: dict[Hashable, Over] = {}
        self._told = ""

    def answer(self, name: str, revisions: str, whole: bool = True, **given: Any) -> Any:
        """What a method says of days with these revisions, one question at a time: their rows are looked for once.

        Of days that are only compared with, which are not the `whole` page's, few lists are asked.
        """
        with self.lock:
            self._told, self._narrowed.whole = revisions, whole
            try:
                return getattr(self, name)(**given)
            finally:
                self._told = ""

    def _over(self, start: Day, end: Day) -> Over:
        asked = (start, end, self._told)
        if asked not in self._held or not self._told.strip():
            self._held[asked] = super()._over(start, end)
            while len(self._held) > _MOST_HELD:
                del self._held[next(iter(self._held))]
        return self._held[asked]

    def today(self, now: float | None = None) -> date:
        """The current day in the site's zone; on its own, since a calendar keeps its last day between calls."""
        return datetime.fromtimestamp(time.time() if now is None else now, ZoneInfo(self.zone)).date()

    def revisions(self, spans: Sequence[tuple[int, int]]) -> list[tuple[str, ...]]:
        """Of the days of each span and a few around, into which their visits reach: they change whenever an answer
        may have.
        """
        around = [range(first - AROUND, last + AROUND + 1) for first, last in spans]
        with self.lock:
            found = self.reader.revisions(sorted({day for days in around for day in days}))
        return [tuple(found[day].decode() for day in days) for days in around]


@dataclass(frozen=True)
class Question:
    """What a method of `Traffic` is asked of days with these revisions. The same options read the same."""

    name: str
    start: date
    end: date
    revisions: str
    told: str
    options: Mapping[str, Any] = field(compare=False)
    own: bool = field(compare=False)  #: not only what a page's days are compared with


@lru_cache(maxsize=400)
def answered(source: Source, asked: Question) -> Any:
    """The answer, the newest few hundred of which are kept; whoever changes it changes what is kept."""
    return source.answer(asked.name, asked.revisions, asked.own, start=asked.start, end=asked.end, **asked.options)
