"""Days and filters in, what happened on single pages out: how far down people got, clicks, web vitals, errors."""

from __future__ import annotations

import pandas as pd

from common.deep import Day, Deep, check_dimension
from common.depth import errors, heatmap, vitals
from common.depth.clicks import clicks
from common.depth.scroll import scroll
from common.events import CLASSES, OTHER
from common.filters import Where, is_plain, normalise


class OnPage(Deep):
    """Answers about what happened on a page, from events."""

    def scroll(self, page: str, start: Day, end: Day, where: Where | None = None) -> pd.DataFrame:
        """How far down a page visits got, one row a depth of 0, 10 ... 100 percent: depth, visits (whose greatest depth
        was at least that), share (of those at depth 0, which are all whose depth is known).

        Of whole visits that began in the days; filters on page, hostname, event and properties choose visits that hold
        such an event. `.attrs["viewed"]`: visits with a pageview of the page, of which some never told a depth.
        """
        over, chosen = self._over(start, end), normalise(where)
        frame, viewed = scroll(over.relation, over.days, page, chosen)
        self._said(frame, over).attrs["viewed"] = viewed
        return frame

    def clicks(
        self, start: Day, end: Day, where: Where | None = None, by: str = "page", limit: int | None = None
    ) -> pd.DataFrame:
        """What was clicked, most clicks first: page (or target, `by="target"`: the element as the tracker names it),
        clicks, visitors (the sum of days), share.

        Filters on page and hostname choose what was clicked there; `screen` is the class of the window at the click,
        where that is known. Shares are of all rows, before `limit` cuts them.
        """
        over, chosen = self._over(start, end), normalise(where)
        frame = self._said(clicks(over.relation, over.days, chosen, by), over)
        return frame if limit is None else frame.head(limit)

    def vitals(
        self, start: Day, end: Day, where: Where | None = None, by: str | None = None, limit: int | None = None
    ) -> pd.DataFrame:
        """What browsers measured, one row a metric that anybody sent: metric (LCP, INP, CLS, FCP, TTFB), p50, p75, p90
        and p95 (ms; CLS has no unit), count, good, needs_improvement and poor (shares, by the limits of web.dev).

        `by` (page, hostname or a dimension of visits) gives a row a value and metric, what was measured most often
        first, or by "day" in order of time; `limit` keeps so many values. Filters on page and hostname choose what was
        measured there; those on event and properties, visits that hold such an event. Percentiles are of buckets,
        within 5 %.
        """
        if by not in (None, vitals.DAY):
            check_dimension(str(by), "by")
        if by == "class" and "class" not in (where or {}):
            where = {**(where or {}), "class": CLASSES}
        chosen, over = normalise(where), None
        if by in (None, vitals.DAY) and is_plain(chosen) == ["human"]:
            days = self._days(start, end)
            if by is None:
                found = vitals.of_rollups(self.reader.summed(days).frame("vitals"))
            else:
                found = vitals.by_day({day: self.reader.summed([day]).frame("vitals") for day in days})
        else:
            over = self._over(start, end)
            found = vitals.of_rows(over.relation, over.days, chosen, by, limit)
        frame = self._said(found, over)
        if frame.attrs["exact"]:
            frame.attrs["exactness"] = vitals.EXACTNESS
        return frame

    def errors(self, start: Day, end: Day, where: Where | None = None, affected: bool = False) -> pd.DataFrame:
        """Errors in pages, most frequent first: message, events, visits, visitors (the sum of days), first_seen and
        last_seen (days, among those asked for), pages (a list, where it happened most often first; at most 10).

        Without filters rollups answer, which know no visits, visitors and pages (NA, None), and sum messages beyond
        200 a day in `(other)`; `affected` asks raw events all the same. Filters choose as those of `vitals` do;
        `prop:release` is that of errors which tell one.
        """
        chosen, over = normalise(where), None
        if not affected and is_plain(chosen) == ["human"]:
            found = errors.of_rollups(self.reader.days(self._days(start, end)))
        else:
            over = self._over(start, end)
            found = errors.of_rows(over.relation, over.days, chosen)
        frame = self._said(found, over)
        if over is None and OTHER in set(found["message"]):
            frame.attrs |= {"exact": False, "exactness": f"messages beyond 200 a day are in {OTHER}"}
        return frame

    def heatmap(
        self,
        page: str,
        start: Day,
        end: Day,
        where: Where | None = None,
        cell: int = 20,
        mode: str = "px",
        parts: int = 20,
    ) -> pd.DataFrame:
        """Clicks on a page by cells of a grid, most clicks first: where the cell begins, clicks, visitors, share.

        `mode` says how places are told. "px": x and y in px from the page's left and top, squares of `cell` px; windows
        of different widths overlap, so filter by `screen`. "page": viewport (its class), x as a share of the viewport's
        width (0-1, in `parts` parts) and y in px (in steps of `cell`). "element": target, across and down in percent of
        it (in `parts` parts each). `screen` is here the class of the viewport at the click, where that is known.
        `.attrs["left_out"]`: clicks that tell no such place.
        """
        over, chosen = self._over(start, end), normalise(where)
        frame, left_out = heatmap.heatmap(over.relation, over.days, page, chosen, cell, mode, parts)
        self._said(frame, over).attrs["left_out"] = left_out
        return frame
