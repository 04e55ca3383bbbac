"""Days and filters in, what people did on single pages out: how far down they got, and where they clicked at all."""

from __future__ import annotations

import pandas as pd

from common.deep import Day, Deep
from common.depth.clicks import clicks
from common.depth.scroll import scroll
from common.filters import Where, normalise


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
