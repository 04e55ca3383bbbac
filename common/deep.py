"""Days and filters in, answers from events out: lists, funnels, transitions, retention, heat maps.

The part of `Traffic` that rollups cannot answer, for any combination of filters: events of Redis and of the archive,
through common/depth. Every frame says in `.attrs` where it came from and what it can tell.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd
import redis

from common import keys, tables
from common.calendars import Calendar
from common.composers import Composers
from common.depth import funnel, retention, rows, transitions
from common.depth import where as sql
from common.depth.funnel import Step, Within
from common.depth.narrowed import Narrowed
from common.depth.relation import Relation
from common.depth.sums import Sums
from common.events import EVENT_DIMENSIONS, PATH_DIMENSIONS, VISIT_DIMENSIONS
from common.filters import Where, normalise
from common.keys import Shard
from common.rollups import EVENTS
from common.settings import Settings
from common.sharded import Sharded

if TYPE_CHECKING:
    from common.archive import Archive

Day = str | date | pd.Timestamp
DIMENSIONS = (*EVENT_DIMENSIONS, *PATH_DIMENSIONS, *VISIT_DIMENSIONS, "class")
_EXACT = "exact; visitors are distinct within a bar up to a day, and summed over days"
#: Ordinals of days are below it.
_LAST_DAY = 3_000_000
_LIFE = {"daily": "one day", "weekly": "one week", "monthly": "one month"}


class Over(NamedTuple):
    """Days, and the rows of their events."""

    days: list[int]
    relation: Relation


class Deep:
    """Answers from events. A subclass sets the attributes."""

    client: redis.Redis
    site: str
    reader: Sharded
    calendar: Calendar
    _settings: Settings

    @cached_property
    def archive(self) -> Archive:
        """Where closed months are kept by day, and old raw events; opened when first asked for."""
        from common.archive import Archive  # noqa: PLC0415 - file systems take a while to load

        return Archive.open(self._settings)

    def events(self, start: Day, end: Day, where: Where | None = None, limit: int | None = None) -> pd.DataFrame:
        """Raw events, newest last: time, type, visitor, visit, page, hostname, the visit's dimensions, props and more.

        Dimensions of the visit are those of its first event; `own_referrer` is the event's own. Signals that found
        no visit have visit -1. `limit` keeps the newest.
        """
        over, chosen = self._over(start, end), normalise(where)
        return self._said(rows.events(over.relation, self.calendar.zone, over.days, chosen, limit), over)

    def visits(
        self, start: Day, end: Day, where: Where | None = None, limit: int | None = None, offset: int = 0
    ) -> pd.DataFrame:
        """One row a visit that began in the days: visit (its number), start, visitor, duration (s), pageviews, events,
        bounce, engagement (s), entry_page, exit_page and the visit's dimensions. `limit` keeps the newest, those
        before the newest `offset`.
        """
        over, chosen = self._over(start, end), normalise(where)
        return self._said(rows.visits(over.relation, self.calendar.zone, over.days, chosen, limit, offset), over)

    def timeline(self, visit: int, start: Day | None = None, end: Day | None = None) -> pd.DataFrame:
        """The events and signals of one visit, oldest first: time, event, page, title, engaged (ms), scroll (%), props,
        amount (minor units), currency, interactive, target.

        `visit` is its number, as `visits` and `events` tell it; it says on which day the visit began, so that the days
        need not be given. Late events may give the visits of a day that is not over new numbers.
        """
        day = (int(visit) & sql.DAY_MASK) >> sql.VISIT_BITS
        if not 0 < day < _LAST_DAY:
            raise ValueError(f"visit={visit!r}: expected a number that `visits` tells")
        began = date.fromordinal(day)
        over = self._over(began if start is None else start, date.fromordinal(day + 2) if end is None else end)
        return self._said(rows.timeline(over.relation, self.calendar.zone, int(visit)), over)

    def recent(
        self, minutes: int = 30, start: Day | None = None, end: Day | None = None, where: Where | None = None
    ) -> pd.DataFrame:
        """Events and signals of the last minutes, newest last: time, event, visitor, visit, page and the visit's
        source, country and device. The days that hold them need not be given.
        """
        now = time.time()
        since, chosen = int((now - 60 * minutes) * 1000), normalise(where)
        first, last = (date.fromordinal(self.calendar.day(at)) for at in (since, int(now * 1000)))
        over = self._over(first if start is None else start, last if end is None else end)
        return self._said(rows.recent(over.relation, self.calendar.zone, since, chosen), over)

    def funnel(
        self,
        steps: Sequence[Step],
        start: Day,
        end: Day,
        where: Where | None = None,
        within: Within = None,
        by: str | None = None,
        whole_visits: bool = False,
    ) -> pd.DataFrame:
        """One row a step: step (from 1), name, visitors, visits (those in which it was taken), from_first and
        from_previous (share of the visitors of that step), dropped (visitors lost since the previous step), seconds
        (median of their quickest ways from the first step to this one).

        A step is `"page:/pricing"`, `"page:/blog/*"` (`*` is any text), `"event:Signup"`, or a dict of page,
        hostname, event and prop:KEY that must all hold, with a `name` if you like. Steps are taken in this order,
        anything may lie between, and one event takes one step. Events of visits that began in the days count.

        `within` is None or "visit" (all steps in one visit), or seconds or a timedelta from the first step to the
        last, over several visits. Such a window ends where the visitor's id does: after one day, unless
        FOOTFALL_SALT_ROTATION says otherwise. Visitors are distinct ids. `by` splits by the value of a dimension at
        the first step. Filters on page, hostname, event and properties choose the events that can take a step; with
        `whole_visits` they choose the visits that hold such an event, and any event of these can take a step.
        """
        asked, window, chosen = funnel.steps_of(steps), funnel.window_of(within), normalise(where)
        if by is not None:
            check_dimension(by, "by")
        over = self._over(start, end)
        frame = self._said(funnel.funnel(over.relation, over.days, chosen, asked, window, by, whole_visits), over)
        life = f", and within the life of a visitor's id: {self._life}"
        told = "within one visit" if window is None else f"within {window / 1000:.12g} s of the first step{life}"
        frame.attrs["exactness"] = f"exact {told}"
        return frame

    def transitions(
        self,
        start: Day,
        end: Day,
        where: Where | None = None,
        limit: int | None = None,
        self_transitions: bool = True,
        ends: bool = False,
    ) -> pd.DataFrame:
        """One row a pair of pageviews that follow each other in a visit, most frequent first: from, to, count, share.

        Of whole visits that began in the days. `self_transitions=False` leaves out a page that follows itself;
        `ends=True` adds rows from `(entry)` and to `(exit)`. Filters on page, hostname, event and properties keep
        pairs of which either pageview is chosen. Shares are of all rows, before `limit` cuts the list.
        """
        over, chosen = self._over(start, end), normalise(where)
        frame = transitions.transitions(over.relation, over.days, chosen, self_transitions, ends)
        return self._said(frame if limit is None else frame.head(limit), over)

    def retention(self, start: Day, end: Day, grain: str = "day", where: Where | None = None) -> pd.DataFrame:
        """One row a cohort and age: cohort (when its day, week or month begins), age (how many of them later),
        visitors, share (of the cohort), returning (visitors with two visits or more at that age), visits.

        A cohort is the visitors whose first visit of the days was then. Ids change with FOOTFALL_SALT_ROTATION, and
        nothing links two of them. With daily salts there is therefore age 0 alone: who came again on the same day.
        Weekly and monthly salts give ages within their week or month; what no id lives to see is left out.
        """
        chosen, over = normalise(where), self._over(start, end)
        rotation = self._settings.salt_rotation
        frame = retention.retention(over.relation, self.calendar, over.days, chosen, grain, rotation)
        self._said(frame, over)
        frame.attrs["exactness"] = (
            f"exact within the life of a visitor's id: {self._life}; who comes again after that is counted as new, "
            "and so is at the start of the days whoever came before in the same period"
        )
        return frame

    @property
    def _life(self) -> str:
        return _LIFE[self._settings.salt_rotation]

    @cached_property
    def _composer(self) -> Composers:
        cache = self._settings.data / "cache" / "derived"
        return Composers(self.client, self.archive, self.reader, self.calendar, cache)

    @cached_property
    def _narrowed(self) -> Narrowed:
        return Narrowed()

    def _over(self, start: Day, end: Day) -> Over:
        days = self._days(start, end)
        around = range(days[0], days[-1] + 1)
        return Over(days, Relation(lambda: self._composer.parts(around)))

    def _sums(self, over: Over, where: Mapping[str, list[str]]) -> Sums:
        return self._narrowed.sums(over.relation, self.calendar, over.days, where)

    def _days(self, start: Day, end: Day) -> list[int]:
        first, last = _ordinal(start, "start"), _ordinal(end, "end")
        if first > last:
            raise ValueError(f"start={keys.iso(first)} lies after end={keys.iso(last)}")
        return list(range(first, last + 1))

    def _said(self, frame: pd.DataFrame, over: Over | None = None) -> pd.DataFrame:
        frame.attrs.update(self._about(over))
        return frame

    def _about(self, over: Over | None = None) -> dict[str, object]:
        """Where an answer came from: rollups, unless it is over events; and whether all its days were there."""
        about: dict[str, object] = {"site": self.site, "zone": self.calendar.zone, "exact": True, "exactness": _EXACT}
        if over is None:
            about |= {"answered_by": "rollups", "sources": ["rollups"], "complete": True, "missing": []}
            return about | self._without(self.reader.away)
        missing = self._missing(over)
        sources = list(over.relation.parts.sources)
        return (
            about
            | {
                "answered_by": "raw events",
                "sources": sources,
                "complete": not missing,
                "missing": missing,
            }
            | self._without(getattr(over.relation.parts, "away", {}))
        )

    def _without(self, away: Mapping[Shard, str]) -> dict[str, object]:
        """What is to be said where some shards could not be asked."""
        if not away:
            return {"away": []}
        told = f"without {len(away)} of {len(self.reader.shards)} shards, whose nodes of the cluster do not answer"
        return {"away": [shard.number for shard in away], "complete": False, "exact": False, "exactness": told}

    def _missing(self, over: Over) -> list[str]:
        """Days of which rollups know events that are no longer there."""
        held = over.relation.parts.held
        counted = self.reader.days([day for day in over.days if day not in held])
        return [keys.iso(day) for day, found in counted.items() if tables.total({day: found}, "class")[EVENTS]]


def check_dimension(dimension: str, name: str) -> None:
    """Raises ValueError, naming the argument, where there is no such dimension."""
    if dimension not in DIMENSIONS and not dimension.startswith("prop:"):
        raise ValueError(f"{name}={dimension!r}: expected one of {', '.join(DIMENSIONS)} or prop:KEY")


def _ordinal(day: Day, name: str) -> int:
    try:
        return pd.Timestamp(day).date().toordinal()
    except (ValueError, TypeError) as error:
        raise ValueError(f"{name}={day!r}: expected a day such as 2026-11-24") from error
