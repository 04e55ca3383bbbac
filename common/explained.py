"""Days and filters in; why figures changed, what counts as a bounce, what a rule or a segment would hold, out.

The part of `Traffic` that takes its figures apart, from rollups where they tell, else from events.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

import pandas as pd

from common import changes, tables
from common.bounce import STORED_PAGES, STORED_SECONDS
from common.changes import Measure, Side
from common.deep import Day, Deep, Over, check_dimension
from common.depth import shapes, trial
from common.depth.funnel import Step
from common.events import OTHER
from common.filters import Where, is_plain, normalise
from common.rollups import METRICS

_GRAINS = ("day", "week", "month")


class Explained(Deep):
    """Answers about figures."""

    def changes(
        self,
        metric: str,
        start: Day,
        end: Day,
        against: tuple[Day, Day],
        by: str | Sequence[str] | None = None,
        where: Where | None = None,
        goal: Step | None = None,
    ) -> pd.DataFrame:
        """Why a metric is not what it was in the days of `against`: one row a dimension and value, those that
        contribute most on top: dimension, value, before, after, contribution.

        Within each dimension the contributions add up to the change. `metric` is visitors, visits, pageviews, events,
        views_per_visit, bounce_rate, visit_duration or engagement; or, of a `goal` written as a funnel's step is
        ("event:Signup", "page:/thanks*", filters), converters, conversions or conversion_rate. `excess` is what a
        value contributes beyond its part of the change, had all values changed alike. Of a rate, `rate` is what its own
        rate contributes, at its mean share, and `mix` what its share does; base_before and base_after are the visits
        (or visitors) that it is a rate of. `(rest)` takes off what values that overlap count twice (visitors who are in
        several rows), and adds what has no value at all (events without a property).

        `by` is a dimension or a list of them, by default the usual ones. `.attrs` also holds `metric`, `against`,
        `before`, `after` and `change`.
        """
        measure = changes.measure_of(metric, goal)
        dimensions = changes.dimensions_of(measure, by)
        for dimension in dimensions:
            check_dimension(dimension, "by")
        aim = changes.both(where, changes.goal_filters(goal)) if measure.of_goal and goal else where
        spans = [_Span(self, *days, aim, where) for days in (against, (start, end))]
        made = []
        for dimension in dimensions:
            before, after = (span.side(measure, dimension) for span in spans)
            made.append(changes.frame(measure, dimension, before, after))
        rows = changes.ranked(made)
        first, last = (changes.total(measure, span.side(measure, "")) for span in spans)
        told = {"metric": metric, "against": [str(day) for day in against]}
        rows.attrs.update(_joined(*(self._about(span.over) for span in spans)))
        rows.attrs.update(told, before=first, after=last, change=last - first, exact=not (rows["value"] == OTHER).any())
        return rows

    def shapes(
        self,
        start: Day,
        end: Day,
        grain: str | None = None,
        where: Where | None = None,
        seconds: Sequence[float] | None = None,
        pages: int = STORED_PAGES,
    ) -> pd.DataFrame:
        """Visits by pageviews (0, 1, 2, 3+), engaged (<1, <10, <30, 30+ s) and interactive event (y, n): the
        histogram from which any definition of a bounce can be counted (common/bounce.py).

        `grain` (day, week, month) adds `time`, the start of the bar a visit began in. It is kept for all humans and for
        good. Filters, other `seconds` between which visits are told apart, and more `pages` than 3 are answered from
        raw events.
        """
        if grain is not None and grain not in _GRAINS:
            raise ValueError(f"grain={grain!r}: expected one of {', '.join(_GRAINS)}")
        days, chosen, over = self._days(start, end), normalise(where), None
        edges = sorted({float(edge) for edge in (STORED_SECONDS if seconds is None else seconds) if edge > 0})
        if set(edges) <= set(STORED_SECONDS) and pages <= STORED_PAGES and is_plain(chosen) == ["human"]:
            found, edges, pages = self._stored_shapes(days), [*STORED_SECONDS], STORED_PAGES
        else:
            over = self._over(start, end)
            found = shapes.shapes(over.relation, days, chosen, edges, max(pages, 1))
        by = ["pageviews", "engaged", "interactive"]
        if grain is not None:
            bars = pd.DataFrame({"day": 1}, index=[self.calendar.start(day) for day in days])
            begins = tables.by_calendar(bars, self.calendar.zone, grain).index
            places = begins.searchsorted(bars.index, side="right") - 1
            times = pd.to_datetime(begins[places], unit="ms", utc=True).tz_convert(self.calendar.zone)
            found["time"], by = found["day"].map(dict(zip(days, times, strict=True))), ["time", *by]
        summed = self._said(found.groupby(by)["visits"].sum().reset_index(), over)
        summed.attrs.update(seconds=tuple(edges), pages=pages)
        return summed

    def trial(self, rule: Where, start: Day, end: Day, where: Where | None = None) -> pd.DataFrame:
        """What would be left if every visit that holds an event of `rule` were none of ours: one row each for before,
        matched and after, with the metrics of `totals`. `matched` are whole visits. From raw events; changes nothing.
        """
        chosen, ruled = normalise(where), normalise({**({"class": (where or {}).get("class", "human")}), **rule})
        over = self._over(start, end)
        sums = trial.trial(over.relation, self.calendar, over.days, chosen, ruled)
        frame = tables.rates(pd.DataFrame(list(sums.values()), columns=list(METRICS), index=list(sums)))
        return self._said(frame.rename_axis("which").reset_index(), over)

    def overlap(self, first: Where, second: Where, start: Day, end: Day) -> pd.Series:
        """Visitors of two sets of filters: first, second, both; distinct within a day, and summed over days."""
        over = self._over(start, end)
        sums = trial.overlap(over.relation, over.days, normalise(first), normalise(second))
        found = pd.Series(sums)
        found.attrs.update(self._about(over))
        return found

    def _stored_shapes(self, days: Sequence[int]) -> pd.DataFrame:
        rows = []
        for day, found in self.reader.days(days).items():
            sums = tables.by_value([found], "shape", None)["visits"]
            rows += [(day, *str(name).split("."), visits) for name, visits in sums.items()]
        columns = ["day", "pageviews", "engaged", "interactive", "visits"]
        types = dict.fromkeys(columns[1:4], str) | {"visits": "int64"}
        return pd.DataFrame(rows, columns=columns).astype(types)


class _Span:
    """Some days: sums of what counts, and of what it counts in, by any dimension. Events are opened when needed."""

    def __init__(self, source: Explained, start: Day, end: Day, aim: Where | None, where: Where | None) -> None:
        self._source, self._start, self._end = source, start, end
        self._days = source._days(start, end)
        self._aim, self._where = normalise(aim), normalise(where)

    @cached_property
    def _over(self) -> Over:
        return self._source._over(self._start, self._end)

    @property
    def over(self) -> Over | None:
        """What was opened, if anything was."""
        return self.__dict__.get("_over")

    def side(self, measure: Measure, dimension: str) -> Side:
        """The span's sums by a dimension; by "" of everything alone."""
        part, whole = (self._by(dimension, chosen) for chosen in (self._aim, self._where))
        return changes.side(part, whole, measure, self._totals(self._aim), self._totals(self._where))

    def _by(self, dimension: str, chosen: Mapping[str, list[str]]) -> pd.DataFrame:
        key = (dimension, str(chosen))
        if key not in self._kept:
            self._kept[key] = self._asked(dimension, chosen)
        return self._kept[key]

    @cached_property
    def _kept(self) -> dict[tuple[str, str], pd.DataFrame]:
        return {}

    def _asked(self, dimension: str, chosen: Mapping[str, list[str]]) -> pd.DataFrame:
        source, of = self._source, is_plain(dict(chosen))
        if of is not None and dimension == "":
            sums = source.reader.totals(self._days, of).sum(axis=0)
            return pd.DataFrame([sums], columns=list(METRICS))
        if of is not None and dimension == "class":
            return tables.by_value(source.reader.days(self._days).values(), dimension, of)
        if of == ["human"]:
            return source.reader.summed(self._days).frame(dimension)
        sums_of = source._sums(self._over, chosen)
        if dimension == "":
            return pd.DataFrame([sums_of.totals()], columns=list(METRICS))
        return sums_of.by_value(dimension)

    def _totals(self, chosen: Mapping[str, list[str]]) -> dict[str, int]:
        return {str(name): int(value) for name, value in self._by("", chosen).iloc[0].items()}


def _joined(first: Mapping[str, object], second: Mapping[str, object]) -> dict[str, object]:
    """What is to be said of an answer made of two."""
    missing = sorted({day for each in (first, second) for day in each["missing"]})  # type: ignore[attr-defined]
    sources = list(dict.fromkeys(name for each in (first, second) for name in each["sources"]))  # type: ignore[attr-defined]
    raw = any(each["answered_by"] != "rollups" for each in (first, second))
    return {
        **first,
        "answered_by": "raw events" if raw else "rollups",
        "sources": sources,
        "complete": bool(first["complete"] and second["complete"]),
        "missing": missing,
        "exactness": "contributions add up exactly; visitors are distinct within a day, and summed over days",
    }
