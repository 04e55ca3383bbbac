"""Site, days and filters in, tidy pandas frames out: the library of explorer and notebooks alike."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
import pandas as pd
import redis

from common import keys, store, tables
from common.calendars import STEP, Calendar, calendar
from common.events import CLASSES, EVENT_DIMENSIONS, NONE, OTHER, PATH_DIMENSIONS, VISIT_DIMENSIONS, Event
from common.filters import Where, is_plain, normalise
from common.known import all_sites, one_site
from common.reader import Reader
from common.rollups import EVENTS, METRICS
from common.sessions import FARTHEST, unbroken
from common.settings import Settings, load, site_name
from common.slices import Slice, Visited, visited

Day = str | date | pd.Timestamp
GRAINS = ("15min", "hour", "day", "week", "month")
#: Ranges whose visits are kept: the range that is looked at and the one it is compared with.
_KEPT = 3
DIMENSIONS = (*EVENT_DIMENSIONS, *PATH_DIMENSIONS, *VISIT_DIMENSIONS, "class")


class Traffic:
    """Traffic of one site.

    `Traffic(site="example.com")` reads FOOTFALL_REDIS_URL, else the embedded server;
    `Traffic("redis://...", site=...)` any other. Days are inclusive and in the site's zone. Figures are of humans
    unless `where` names a `class`. Raises `StoreError` when Redis cannot be used, `ValueError` naming a bad argument.

    `where` maps dimensions to a value or a list of them, all of which must hold. `page`, `hostname`, `event` and
    `prop:KEY` choose events, the others choose visits. Every frame says in `.attrs["answered_by"]` whether rollups or
    raw events answered.
    """

    def __init__(
        self,
        url: str | None = None,
        *,
        site: str,
        client: redis.Redis | None = None,
        settings: Settings | None = None,
    ) -> None:
        self._settings = settings or load()
        self.client = client or store.connect(url, self._settings)
        self.site = site_name(site)
        self.reader = Reader(self.client, self.site)
        self.calendar: Calendar = calendar(self._zone())
        self._kept: OrderedDict[object, Visited] = OrderedDict()

    @property
    def zone(self) -> str:
        """IANA name of the site's time zone."""
        return self.calendar.zone

    def totals(self, start: Day, end: Day, where: Where | None = None) -> pd.Series:
        """Totals of the days: visitors, visits, pageviews, events, views_per_visit, bounce_rate (0-1),
        visit_duration (s) and engagement (s visible and focused per visit). Visitors are the sum of days.
        """
        days, chosen = self._days(start, end), normalise(where)
        if (of := is_plain(chosen)) is not None:
            sums = tables.total(self.reader.days(days), "class", of)
        else:
            sums = self._slice(days, chosen).totals()
        totals = tables.rates(pd.DataFrame([sums], columns=list(METRICS))).iloc[0].rename(None)
        totals.attrs.update(self._about(of is not None))
        return totals

    def series(self, start: Day, end: Day, grain: str = "day", where: Where | None = None) -> pd.DataFrame:
        """One row a bar, empty bars too: time (its start, in the site's zone) and the metrics of `totals`.

        `grain` is 15min, hour, day, week (from Monday) or month. Visitors are distinct within a bar up to a day.
        """
        if grain not in GRAINS:
            raise ValueError(f"grain={grain!r}: expected one of {', '.join(GRAINS)}")
        days, chosen = self._days(start, end), normalise(where)
        of = is_plain(chosen)
        if of is None:
            bars = self._slice(days, chosen).bars(days, grain)
        elif grain in ("15min", "hour"):
            bars = tables.steps(self.reader.days(days), self.calendar, of, grain)
        else:
            found = self.reader.days(days)
            sums = [tables.total({day: found[day]}, "class", of) for day in days]
            bars = pd.DataFrame(sums, columns=list(METRICS), index=[self.calendar.start(day) for day in days])
        frame = tables.rates(tables.by_calendar(bars, self.zone, grain))
        frame.insert(0, "time", pd.to_datetime(frame.index, unit="ms", utc=True).tz_convert(self.zone))
        return self._said(frame.reset_index(drop=True), of is not None)

    def breakdown(
        self,
        dimension: str,
        start: Day,
        end: Day,
        where: Where | None = None,
        limit: int | None = None,
        sort: str = "visitors",
    ) -> pd.DataFrame:
        """One row a value of `dimension`, largest first: the value and the metrics of `totals`.

        By page, bounce_rate and visit_duration are those of visits that entered there, and `scroll` is the mean
        greatest depth in percent; by hostname, event and prop they are NaN. Values beyond a day's cap are summed in
        `(other)`, unset ones are `(none)`. `limit` only cuts the list.
        """
        if dimension not in DIMENSIONS and not dimension.startswith("prop:"):
            raise ValueError(f"dimension={dimension!r}: expected one of {', '.join(DIMENSIONS)} or prop:KEY")
        if dimension == "class" and "class" not in (where or {}):
            where = {**(where or {}), "class": CLASSES}
        days, chosen = self._days(start, end), normalise(where)
        of = is_plain(chosen)
        answered = of == ["human"] or (of is not None and dimension == "class")
        if answered:
            found = self.reader.days(days)
            sums = tables.by_value(found, dimension, of if dimension == "class" else None)
            entries = tables.by_value(found, "entry_page", None) if dimension == "page" else None
        else:
            part = self._slice(days, chosen)
            sums = part.by_value(dimension)
            entries = part.by_value("entry_page") if dimension == "page" else None
        frame = tables.rates(sums, entries, dimension)
        if sort not in frame.columns:
            raise ValueError(f"sort={sort!r}: expected one of {', '.join(frame.columns)}")
        frame = frame.rename_axis(dimension).reset_index()
        frame = frame.sort_values([sort, "pageviews", "events", dimension], ascending=[False, False, False, True])
        return self._said((frame if limit is None else frame.head(limit)).reset_index(drop=True), answered)

    def events(self, start: Day, end: Day, where: Where | None = None, limit: int | None = None) -> pd.DataFrame:
        """Raw events, newest last: time, type, visitor, visit, page, hostname, the visit's dimensions, props and more.

        Dimensions of the visit are those of its first event; `own_referrer` is the event's own. Signals that found
        no visit have visit -1. `limit` keeps the newest.
        """
        frame = self._slice(self._days(start, end), normalise(where)).chosen_events()
        return self._said(frame if limit is None else frame.tail(limit), False)

    def visits(self, start: Day, end: Day, where: Where | None = None, limit: int | None = None) -> pd.DataFrame:
        """One row a visit that began in the days: start, visitor, duration (s), pageviews, events, bounce,
        engagement (s), entry_page, exit_page and the visit's dimensions. `limit` keeps the newest.
        """
        frame = self._slice(self._days(start, end), normalise(where)).chosen_visits()
        return self._said(frame if limit is None else frame.tail(limit), False)

    def live(self, now: float | None = None) -> int:
        """Distinct human visitors with an event in the last five minutes."""
        return self.reader.live(int((time.time() if now is None else now) * 1000))

    def properties(self, start: Day, end: Day) -> list[str]:
        """Keys of custom properties seen in the days, as dimensions `prop:KEY`."""
        found = self.reader.days(self._days(start, end))
        return sorted({name for rows in found.values() for name in rows if name.startswith("prop:")})

    def dropped(self, start: Day, end: Day) -> pd.DataFrame:
        """What was not counted: reason, events."""
        sums = tables.by_value(self.reader.days(self._days(start, end)), "dropped", None)
        frame = sums[["events"]].rename_axis("reason").reset_index()
        return self._said(frame.sort_values("events", ascending=False).reset_index(drop=True), True)

    def over_counted(self, start: Day, end: Day) -> int:
        """Events hashed with a collector's own salt while Redis was away: their visitors are counted too high."""
        return int(tables.total(self.reader.days(self._days(start, end)), "salt")[EVENTS])

    def shapes(self, start: Day, end: Day) -> pd.DataFrame:
        """Visits by pageviews (0, 1, 2, 3+), engaged (<1, <10, <30, 30+ s) and interactive event (y, n): the
        histogram from which any definition of a bounce can be counted.
        """
        sums = tables.by_value(self.reader.days(self._days(start, end)), "shape", None)
        cells = [str(name).split(".") for name in sums.index]
        frame = pd.DataFrame(cells, columns=["pageviews", "engaged", "interactive"])
        return self._said(frame.assign(visits=sums["visits"].to_numpy()), True)

    def revenue(self, start: Day, end: Day) -> pd.DataFrame:
        """Money of custom events: event, currency, events, amount (minor units)."""
        sums = tables.by_value(self.reader.days(self._days(start, end)), "revenue", None)
        cells = [name.split(".", 1) if "." in name else [OTHER, name] for name in map(str, sums.index)]
        frame = pd.DataFrame([cell[::-1] for cell in cells], columns=["event", "currency"])
        frame = frame.assign(events=sums["events"].to_numpy(), amount=sums["revenue"].to_numpy())
        return self._said(frame.sort_values("amount", ascending=False).reset_index(drop=True), True)

    def first_day(self) -> date | None:
        """The first day with any traffic, or None."""
        day = self.reader.first_day()
        return None if day is None else date.fromordinal(day)

    def today(self, now: float | None = None) -> date:
        """The current day in the site's zone."""
        return date.fromordinal(self.calendar.day(int((time.time() if now is None else now) * 1000)))

    def _zone(self) -> str:
        known = one_site(self.client, self.site)
        return known.zone if known else self._settings.zone(self.site)

    def _days(self, start: Day, end: Day) -> list[int]:
        first, last = _ordinal(start, "start"), _ordinal(end, "end")
        if first > last:
            raise ValueError(f"start={keys.iso(first)} lies after end={keys.iso(last)}")
        return list(range(first, last + 1))

    def _slice(self, days: Sequence[int], where: Mapping[str, list[str]]) -> Slice:
        return Slice(self._visited(days, where["class"]), self.calendar, days, where)

    def _visited(self, days: Sequence[int], classes: Sequence[str]) -> Visited:
        """Events and visits around the days, kept for the next question while no day of them changes."""
        around = range(days[0] - FARTHEST, days[-1] + 3)
        revisions = self.reader.revisions(around)
        key = (around, tuple(classes), tuple(revisions.values()))
        if key not in self._kept:
            self._kept[key] = visited(self._events_around(days, classes), classes)
        self._kept.move_to_end(key)
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return self._kept[key]

    def _events_around(self, days: Sequence[int], classes: Sequence[str]) -> list[Event]:
        first = days[0] - 1
        while days[0] - first < FARTHEST:
            before = (event for event in self.reader.events([first]) if event.class_ in classes)
            if not unbroken(before, self.calendar.start(first), self.calendar.start(first + 1)):
                break
            first -= 1
        # A visit of the last day may reach over a day of 23 hours.
        return self.reader.events(range(first, days[-1] + 3))

    def _said(self, frame: pd.DataFrame, rollups: bool) -> pd.DataFrame:
        frame.attrs.update(self._about(rollups))
        return frame

    def _about(self, rollups: bool) -> dict[str, str]:
        return {"answered_by": "rollups" if rollups else "raw events", "site": self.site, "zone": self.zone}


def sites(client: redis.Redis) -> pd.DataFrame:
    """Known sites: site, zone, since (UTC time of the first event, NaT while it waits)."""
    rows = [(name, known.zone, known.since or np.nan) for name, known in all_sites(client).items()]
    frame = pd.DataFrame(rows, columns=["site", "zone", "since"])
    frame["since"] = pd.to_datetime(frame["since"], unit="ms", utc=True)
    return frame


def _ordinal(day: Day, name: str) -> int:
    try:
        return pd.Timestamp(day).date().toordinal()
    except (ValueError, TypeError) as error:
        raise ValueError(f"{name}={day!r}: expected a day such as 2026-11-24") from error


__all__ = ["DIMENSIONS", "GRAINS", "NONE", "STEP", "Traffic", "sites"]
