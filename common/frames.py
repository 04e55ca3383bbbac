"""Site, days and filters in, tidy pandas frames out: the library of explorer and notebooks alike."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import date
from functools import partial

import numpy as np
import pandas as pd
import redis

from common import store, tables, trends
from common.calendars import STEP, Calendar, calendar
from common.conversions import GRAINS, Conversions
from common.deep import DIMENSIONS, Day, check_dimension
from common.depth.loss import KNOWN, REASONS, loss_frame, overall
from common.depth.nested import Nested
from common.depth.trend import Trend
from common.events import CLASSES, NONE, OTHER
from common.explained import Explained
from common.filters import Where, chooses_events, is_plain, normalise
from common.intake import Intake
from common.known import Known, all_sites, one_site
from common.on_page import OnPage
from common.rollups import EVENTS, METRICS
from common.settings import Settings, load, site_name
from common.sharded import Sharded
from common.zones import in_use

#: Ordinal of 1970-01-01.
_EPOCH = 719_163


class Traffic(Conversions, Explained, Intake, OnPage):
    """Traffic of one site.

    `Traffic(site="example.com")` reads FOOTFALL_REDIS_URL, else the embedded server;
    `Traffic("redis://...", site=...)` any other. Days are inclusive, of the zone that the site has when this is made.
    Figures are of humans unless `where` names a `class`. Raises `StoreError` when Redis cannot be used, `ValueError`
    naming a bad argument.

    `where` maps dimensions to a value or a list of them, all of which must hold. `page`, `hostname`, `event` and
    `prop:KEY` choose events, the others choose visits. An operator may stand behind a dimension: `page__not`,
    `page__contains` and `page__not_contains` (case does not matter), `page__matches` and `page__not_matches` (regular
    expressions of RE2, anywhere in the value). Of several values any may hold; of the `not` ones none may.

    `.attrs` of every frame: `answered_by` (rollups or raw events), `sources` (rollups; or raw events, archive),
    `complete` and `missing` (days whose events are gone, so that they are not in the answer), `away` (shards of the
    site whose nodes of a cluster did not answer: the answer is without them, and not complete), `exact` (False if
    values beyond a day's cap are in `(other)`) and `exactness`, in words.
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
        self.client = client or store.connect(url, self._settings, purpose="read")
        self.site = site_name(site)
        known = one_site(self.client, self.site)
        self.reader = Sharded(self.client, self.site, lambda: self.archive, known or Known())
        self.calendar: Calendar = calendar(in_use(self._settings, self.site, known))

    @property
    def zone(self) -> str:
        """IANA name of the site's time zone."""
        return self.calendar.zone

    def totals(self, start: Day, end: Day, where: Where | None = None) -> pd.Series:
        """Totals of the days: visitors, visits, pageviews, events, views_per_visit, bounce_rate (0-1),
        visit_duration (s) and engagement (s visible and focused per visit). Visitors are the sum of days.
        """
        days, chosen = self._days(start, end), normalise(where)
        over = None
        if (of := is_plain(chosen)) is not None:
            sums = self.reader.totals(days, of).sum(axis=0)
        else:
            over = self._over(start, end)
            sums = self._sums(over, chosen).totals()
        totals = tables.rates(pd.DataFrame([sums], columns=list(METRICS))).iloc[0].rename(None)
        totals.attrs.update(self._about(over))
        return totals

    def series(self, start: Day, end: Day, grain: str = "day", where: Where | None = None) -> pd.DataFrame:
        """One row a bar, empty bars too: time (its start, in the site's zone) and the metrics of `totals`.

        `grain` is 15min, hour, day, week (from Monday) or month. Visitors are distinct within a bar up to a day.
        """
        if grain not in GRAINS:
            raise ValueError(f"grain={grain!r}: expected one of {', '.join(GRAINS)}")
        days, chosen = self._days(start, end), normalise(where)
        of, over = is_plain(chosen), None
        if of is None:
            over = self._over(start, end)
            bars = self._sums(over, chosen).bars(days, grain)
        elif grain in ("15min", "hour"):
            bars = tables.steps(self.reader.days(days), self.calendar, of, grain)
        else:
            starts = [self.calendar.start(day) for day in days]
            bars = pd.DataFrame(self.reader.totals(days, of), columns=list(METRICS), index=starts)
        frame = tables.rates(tables.by_calendar(bars, self.zone, grain))
        frame.insert(0, "time", pd.to_datetime(frame.index, unit="ms", utc=True).tz_convert(self.zone))
        return self._said(frame.reset_index(drop=True), over)

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
        check_dimension(dimension, "dimension")
        if dimension == "class" and "class" not in (where or {}):
            where = {**(where or {}), "class": CLASSES}
        days, chosen = self._days(start, end), normalise(where)
        of, over = is_plain(chosen), None
        answered = of == ["human"] or (of is not None and dimension == "class")
        entries = None
        if answered and dimension == "class":
            # Of classes closed months keep every day: no need of the archive where a month is cut.
            sums = tables.by_value(self.reader.days(days).values(), dimension, of)
        elif answered:
            found = self.reader.summed(days)
            sums, entries = found.frame(dimension), found.frame("entry_page") if dimension == "page" else None
        else:
            over = self._over(start, end)
            part = self._sums(over, chosen)
            sums = part.by_value(dimension)
            entries = part.by_value("entry_page") if dimension == "page" else None
        said = self._said(tables.ranked(sums, entries, dimension, sort, limit), over)
        if answered:
            said.attrs["exact"] = OTHER not in sums.index
        return said

    def trend(
        self,
        dimension: str,
        start: Day,
        end: Day,
        values: Sequence[str] | None = None,
        where: Where | None = None,
        grain: str | None = None,
        metric: str = "visitors",
    ) -> pd.DataFrame:
        """One row a value and bar, empty bars too: the value of `dimension`, time (the bar's start) and the metric.

        `values` are those that are wanted, in their order; None: all that `breakdown` lists, which are many by page.
        `grain` as of `series`; None: days, of more than 92 of them months. The values of a bar of a day and those of
        `breakdown` are the same, and add up over bars as its do. 15min and hour are answered from raw events. The
        metric is any of `totals`, with the meaning it has in `breakdown`.
        """
        check_dimension(dimension, "dimension")
        trends.check_metric(metric)
        days = self._days(start, end)
        grain = trends.pick_grain(grain, len(days))
        if grain not in GRAINS:
            raise ValueError(f"grain={grain!r}: expected one of {', '.join(GRAINS)}")
        if dimension == "class" and "class" not in (where or {}):
            where = {**(where or {}), "class": CLASSES}
        chosen, bars = normalise(where), trends.bars(days, self.calendar, grain)
        of, over = is_plain(chosen), None
        by_rollups = grain not in ("15min", "hour") and (of == ["human"] or (of is not None and dimension == "class"))
        asked = (dimension, "entry_page") if dimension == "page" and metric in trends.OF_ENTRIES else (dimension,)
        if by_rollups:
            only = trends.among(values, of if dimension == "class" else None)
            found = [trends.summed(self.reader.by_value(days, name, grain == "month"), only) for name in asked]
        else:
            over = self._over(start, end)
            only = None if values is None else list(values)
            trend = partial(Trend, over.relation, self.calendar, days, chosen)
            found = [trend({} if only is None else {name: only}).by_bar(name, grain) for name in asked]
        if grain not in ("15min", "hour"):
            found = [trends.by_start(sums, bars) for sums in found]
        starts = sorted({start for listed in bars.values() for start in listed})
        frame = trends.tidy(found[0], found[1] if len(found) > 1 else None, dimension, metric, values, starts)
        frame["time"] = pd.to_datetime(frame["time"], unit="ms", utc=True).dt.tz_convert(self.zone)
        return self._said(frame, over)

    def nested(self, dimensions: Sequence[str], start: Day, end: Day, where: Where | None = None) -> pd.DataFrame:
        """One row a combination of values, such as a channel, a source in it and a campaign of that: the values, and
        the metrics of `totals`; most visits first. `dimensions` are of visits, so that visits and pageviews of the rows
        that share a value add up to its own; a visitor with several visits a day may stand in several rows.
        """
        names = [dimensions] if isinstance(dimensions, str) else list(dict.fromkeys(dimensions))
        for name in names:
            check_dimension(name, "dimensions")
        if not names or any(chooses_events(name) for name in names):
            raise ValueError(f"dimensions={dimensions!r}: expected one or more that a visit has one value of")
        over, chosen = self._over(start, end), normalise(where)
        found = tables.rates(Nested(over.relation, self.calendar, over.days, chosen).by_values(names)).reset_index()
        order = [False, False, *[True] * len(names)]
        return self._said(found.sort_values(["visits", "pageviews", *names], ascending=order, ignore_index=True), over)

    def activity(self, start: Day, end: Day, where: Where | None = None) -> pd.DataFrame:
        """One row an hour of the week: weekday (0 is Monday), hour (0-23, on the wall), and the sums of all such hours
        in the days: visitors (distinct within an hour), visits (that began then), pageviews, events.
        """
        hours = self.series(start, end, "hour", where)
        counts = hours[["visitors", "visits", "pageviews", "events"]]
        sums = counts.groupby([hours["time"].dt.day_of_week, hours["time"].dt.hour]).sum()
        week = pd.MultiIndex.from_product([range(7), range(24)], names=["weekday", "hour"])
        frame = sums.reindex(week, fill_value=0).reset_index()
        frame.attrs.update(hours.attrs)
        return frame

    def live(self, now: float | None = None) -> int:
        """Distinct human visitors with an event in the last five minutes."""
        return self.reader.live(int((time.time() if now is None else now) * 1000))

    def dropped(self, start: Day, end: Day) -> pd.DataFrame:
        """What was not counted: reason, events."""
        sums = tables.by_value(self.reader.days(self._days(start, end)).values(), "dropped", None)
        frame = sums[["events"]].rename_axis("reason").reset_index()
        return self._said(frame.sort_values("events", ascending=False).reset_index(drop=True))

    def loss(self, start: Day, end: Day, now: float | None = None) -> pd.DataFrame:
        """What was lost between browser and collector, estimated from gaps in the numbers of batches. One row a UTC
        day: day, batches (that came), missing (of which later ones of the same page came), lost (estimated, with last
        batches and whole pages), events (estimated in them), rate (0-1; NaN: not known), settled (False: may change).

        `.attrs`: `rate` over all days, `reasons` (what may lose them), `dropped` (reason -> events that arrived and
        were not counted: known, and no part of the estimate).
        """
        days = self._days(start, end)
        found = self.reader.lost([day - _EPOCH for day in days], None if now is None else int(now * 1000))
        counts = {day + _EPOCH: some for day, some in found.items()}
        rows = self.reader.days(days)
        events = {day: float(tables.total({day: rows[day]}, "class")[EVENTS]) for day in days}
        frame = self._said(loss_frame(days, counts, events))
        gone = tables.by_value(rows.values(), "dropped", None)["events"]
        known = {reason: int(gone[reason]) for reason in KNOWN if reason in gone.index}
        frame.attrs.update({"rate": overall(counts), "reasons": REASONS, "dropped": known})
        return frame

    def over_counted(self, start: Day, end: Day) -> int:
        """Events hashed with a collector's own salt while Redis was away: their visitors are counted too high."""
        return int(tables.total(self.reader.days(self._days(start, end)), "salt")[EVENTS])

    def first_day(self) -> date | None:
        """The first day with any traffic, or None."""
        day = self.reader.first_day()
        return None if day is None else date.fromordinal(day)

    def today(self, now: float | None = None) -> date:
        """The current day in the site's zone."""
        return date.fromordinal(self.calendar.day(int((time.time() if now is None else now) * 1000)))


def sites(client: redis.Redis) -> pd.DataFrame:
    """Known sites: site, zone, since (UTC time of the first event, NaT while it waits)."""
    rows = [(name, known.zone, known.since or np.nan) for name, known in all_sites(client).items()]
    frame = pd.DataFrame(rows, columns=["site", "zone", "since"])
    frame["since"] = pd.to_datetime(frame["since"], unit="ms", utc=True)
    return frame


__all__ = ["DIMENSIONS", "GRAINS", "NONE", "STEP", "Traffic", "sites"]
