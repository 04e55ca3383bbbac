"""Raw events and filters in, sums of what they choose out: answers for any combination of dimensions.

Filters on page, hostname, event and properties choose events; the others choose visits. Pageviews, events, visitors
and engagement count what is chosen, on its own day; visits, bounces and duration are of whole visits that hold at
least one chosen event, on the day they began.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from common.calendars import STEP, Calendar
from common.events import (
    ENGAGEMENT,
    EVENT_DIMENSIONS,
    NONE,
    PAGEVIEW,
    PATH_DIMENSIONS,
    SIGNALS,
    VISIT_DIMENSIONS,
    Event,
)
from common.filters import chooses_events
from common.rollups import METRICS
from common.sessions import assign

_OWN = ("time", "type", "visitor", "page", "hostname", "title", "interactive", "props", "engaged", "scroll")
_MORE = ("amount", "currency", "x", "y", "target")


class Visited(NamedTuple):
    """Events with the number of their visit, and the visits: what all filters over the same days share."""

    events: pd.DataFrame
    visits: pd.DataFrame


def visited(events: Iterable[Event], classes: Sequence[str]) -> Visited:
    """Find the visits of the events of some classes."""
    frame = _frame(*assign([event for event in events if event.class_ in classes]))
    return Visited(frame, _visits(frame))


class Slice:
    """Events of some days, with their visits, under filters."""

    def __init__(self, base: Visited, calendar: Calendar, days: Sequence[int], where: Mapping[str, list[str]]) -> None:
        self._calendar, self._days, self._where = calendar, days, where
        self._start, self._end = calendar.start(days[0]), calendar.start(days[-1] + 1)
        self._all, self.visits = base

    @cached_property
    def _chosen(self) -> pd.DataFrame:
        """All chosen events and signals, whatever their day."""
        mask = np.ones(len(self._all), dtype=bool)
        visit_mask = np.ones(len(self.visits), dtype=bool)
        for dimension, values in self._where.items():
            if dimension == "class":
                continue
            if chooses_events(dimension):
                mask &= self._values(dimension).isin(values).to_numpy()
            else:
                visit_mask &= self.visits[dimension].isin(values).to_numpy()
        number = self._all["visit"].to_numpy()
        if not visit_mask.all():
            mask &= (number >= 0) & np.append(visit_mask, False)[number]
        return self._all[mask]

    def _values(self, dimension: str) -> pd.Series:
        if dimension == "event":
            return self._all["type"]
        if dimension in EVENT_DIMENSIONS:
            return self._all[dimension].replace("", NONE)
        return self._property(dimension).fillna(NONE)

    def _property(self, dimension: str) -> pd.Series:
        """Values of a property, missing where the event does not carry it."""
        key = dimension.partition(":")[2]
        found = [(props or {}).get(key) for props in self._all["props"]]
        return pd.Series(found, index=self._all.index, dtype=object).replace("", NONE)

    def _in_days(self, times: pd.Series) -> npt.NDArray[np.bool_]:
        inside: npt.NDArray[np.bool_] = ((times >= self._start) & (times < self._end)).to_numpy()
        return inside

    @cached_property
    def _events(self) -> pd.DataFrame:
        """Chosen events and live signals of the days."""
        chosen = self._chosen
        return chosen[self._in_days(chosen["time"]) & (chosen["visit"] >= 0).to_numpy()]

    @cached_property
    def _chosen_visits(self) -> pd.DataFrame:
        """Visits that began in the days and hold a chosen event."""
        chosen = self._chosen
        holding = chosen.loc[~chosen["type"].isin(SIGNALS), "visit"].unique()
        visits = self.visits.loc[holding]
        return visits[self._in_days(visits["time"])].sort_index()

    def totals(self) -> npt.NDArray[np.int64]:
        """Sums, columns as METRICS."""
        key = pd.Series(0, index=self._events.index)
        visit_key = pd.Series(0, index=self._chosen_visits.index)
        sums = self._sum(key, visit_key)
        return sums.to_numpy()[0] if len(sums) else np.zeros(len(METRICS), dtype=np.int64)

    def by_value(self, dimension: str) -> pd.DataFrame:
        """Sums, one row a value; columns as METRICS."""
        events, visits = self._events, self._chosen_visits
        if not chooses_events(dimension):
            key = self.visits[dimension].reindex(events["visit"]).set_axis(events.index)
            return self._sum(key, visits[dimension])
        by_property = dimension.startswith("prop:")
        values = self._property(dimension) if by_property else self._values(dimension)
        key = values.reindex(events.index)
        if by_property or dimension == "event":
            key = key.where(~events["type"].isin(SIGNALS))
        sums = self._sum(key, None)
        held = values.reindex(self._chosen.index)
        pairs = pd.DataFrame({"value": held, "visit": self._chosen["visit"]})
        pairs = pairs[~self._chosen["type"].isin(SIGNALS) & pairs["visit"].isin(visits.index)].dropna()
        counts = pairs.drop_duplicates().groupby("value")["visit"].count()
        index = sums.index.union(counts.index)
        return sums.reindex(index, fill_value=0).assign(visits=counts.reindex(index, fill_value=0))

    def bars(self, days: Sequence[int], grain: str) -> pd.DataFrame:
        """Sums, one row for every bar of the days, indexed by the ms it begins; columns as METRICS."""
        starts = np.array(self._bar_starts(days, grain), dtype=np.int64)

        def bar(times: pd.Series) -> pd.Series:
            places = np.searchsorted(starts, times.to_numpy(), side="right") - 1
            return pd.Series(starts[places], index=times.index)

        sums = self._sum(bar(self._events["time"]), bar(self._chosen_visits["time"]))
        return sums.reindex(starts, fill_value=0)

    def _bar_starts(self, days: Sequence[int], grain: str) -> list[int]:
        if grain not in ("15min", "hour"):
            return [self._calendar.start(day) for day in days]
        starts = []
        for day in days:
            bars = set(self._calendar.hours(day)) if grain == "hour" else range(self._calendar.steps(day))
            starts += [self._calendar.start(day) + step * STEP for step in sorted(bars)]
        return starts

    def _sum(self, key: pd.Series, visit_key: pd.Series | None) -> pd.DataFrame:
        events, visits = self._events, self._chosen_visits
        signal = events["type"].isin(SIGNALS)
        own = events[~signal]
        own_key = key[~signal]
        starts = np.array([self._calendar.start(day) for day in self._days], dtype=np.int64)
        day = pd.Series(np.searchsorted(starts, events["time"].to_numpy(), side="right"), index=events.index)
        distinct = pd.DataFrame({"key": own_key, "day": day[~signal], "visitor": own["visitor"]}).drop_duplicates()
        engaged = events[events["type"] == ENGAGEMENT]
        depths = engaged[engaged["scroll"] >= 0]
        places = [key, depths["visit"], depths["page"], day]
        deepest = depths["scroll"].groupby([place.reindex(depths.index) for place in places]).max()
        parts: dict[str, pd.Series] = {
            "pageviews": (own["type"] == PAGEVIEW).groupby(own_key).sum(),
            "events": own_key.groupby(own_key).count(),
            "visitors": distinct.groupby("key")["visitor"].count(),
            "engaged": engaged["engaged"].groupby(key.reindex(engaged.index)).sum(),
            "scroll": deepest.groupby(level=0).sum(),
            "scrolled": deepest.groupby(level=0).count(),
            "revenue": own["amount"].groupby(own_key).sum(),
        }
        if visit_key is not None:
            grouped = visits.groupby(visit_key)
            parts["visits"] = grouped["events"].count()
            parts["bounces"] = grouped["bounce"].sum()
            parts["duration"] = grouped["duration"].sum()
        frame = pd.DataFrame(parts).reindex(columns=list(METRICS)).fillna(0).astype("int64")
        return frame[(frame != 0).any(axis=1)]

    def chosen_events(self) -> pd.DataFrame:
        """See `Traffic.events`."""
        chosen = self._chosen
        events = chosen[self._in_days(chosen["time"])].reset_index(drop=True)
        place = self.visits.reindex(events["visit"]).reset_index(drop=True)
        for name in (*VISIT_DIMENSIONS, *PATH_DIMENSIONS):
            events[name] = place[name].to_numpy()
        events["time"] = self._local(events["time"])
        return events.rename(columns={"type": "event"}).assign(type=events["type"])

    def chosen_visits(self) -> pd.DataFrame:
        """See `Traffic.visits`."""
        visits = self._chosen_visits.reset_index(names="visit")
        visits["start"] = self._local(visits.pop("time"))
        visits["duration"] = visits["duration"] / 1000
        visits["engagement"] = visits.pop("engaged") / 1000
        first = ["visit", "start", "visitor", "duration", "pageviews", "events", "bounce", "engagement"]
        return visits[[*first, *(name for name in visits.columns if name not in first)]]

    def _local(self, times: pd.Series) -> pd.Series:
        return pd.to_datetime(times, unit="ms", utc=True).dt.tz_convert(self._calendar.zone)


def _frame(ordered: Sequence[Event], numbers: Sequence[int]) -> pd.DataFrame:
    columns = {name: [getattr(event, name) for event in ordered] for name in (*_OWN, *_MORE, *VISIT_DIMENSIONS)}
    frame = pd.DataFrame(columns)
    frame["visitor"] = frame["visitor"].astype("uint64")
    frame["own_referrer"] = frame["referrer"]
    frame["class"] = [event.class_ for event in ordered]
    frame["visit"] = np.array(numbers, dtype=np.int64)
    return frame


def _visits(events: pd.DataFrame) -> pd.DataFrame:
    """One row a visit, indexed by its number: time of its first event and what it is made of."""
    live = events[events["visit"] >= 0]
    own = live[~live["type"].isin(SIGNALS)]
    grouped = own.groupby("visit")
    visits = grouped[["time", "visitor", "class", *VISIT_DIMENSIONS]].first()
    views = own[own["type"] == PAGEVIEW].groupby("visit")
    visits["entry_page"] = views["page"].first().reindex(visits.index)
    visits["exit_page"] = views["page"].last().reindex(visits.index)
    names = [*PATH_DIMENSIONS, *VISIT_DIMENSIONS]
    visits[names] = visits[names].fillna(NONE).replace("", NONE)
    visits["pageviews"] = views["page"].count().reindex(visits.index, fill_value=0)
    visits["events"] = grouped["time"].count()
    custom = own[own["type"] != PAGEVIEW]
    interactive = custom["interactive"].groupby(custom["visit"]).any().reindex(visits.index, fill_value=False)
    visits["bounce"] = (visits["pageviews"] == 1) & ~interactive.astype(bool)
    visits["duration"] = grouped["time"].last() - grouped["time"].first()
    visits["engaged"] = live["engaged"].groupby(live["visit"]).sum().reindex(visits.index, fill_value=0)
    return visits


__all__ = ["Slice"]
