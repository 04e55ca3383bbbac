"""Days, goals and filters in, conversions, money of events and paths of visits out: what events of one's own are for.

The part of `Traffic` behind the pages of goals and journeys; common/depth answers all of it from events.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from common import tables
from common.deep import Day, Deep, check_dimension
from common.depth import conversion
from common.depth import paths as depth_paths
from common.depth.funnel import Step, steps_of
from common.events import CLASSES, OTHER
from common.filters import Where, is_plain, normalise

GRAINS = ("15min", "hour", "day", "week", "month")


class Conversions(Deep):
    """Answers about goals, money and paths."""

    def conversions(
        self,
        goal: Step | Sequence[Step],
        start: Day,
        end: Day,
        by: str | None = None,
        where: Where | None = None,
        grain: str | None = None,
    ) -> pd.DataFrame:
        """One row a goal: goal (its name), visitors, converters (those of them who reached it), conversions (how often
        it was reached) and rate (converters / visitors, NaN where there are none).

        A goal is written as a funnel's step is: `"event:Signup"`, `"page:/thanks*"`, or a dict of page, hostname,
        event and prop:KEY that must all hold, with a `name` if you like; several are a list. `by` gives a row a value
        of any dimension, most converters first; by page, hostname, event and prop those events count that have the
        value themselves. `grain` (15min, hour, day, week, month) gives a row a bar, with its `time`.

        Visitors and converters are of the events that `where` chooses, distinct within a bar up to a day, and summed
        over days. To follow people from one page to another, ask for a `funnel`.
        """
        goals = steps_of([goal] if isinstance(goal, str) or hasattr(goal, "keys") else list(goal))  # type: ignore[list-item]
        if by is not None:
            check_dimension(by, "by")
        if grain is not None and (by is not None or grain not in GRAINS):
            raise ValueError(f"grain={grain!r}: expected one of {', '.join(GRAINS)}, and no `by`")
        if by == "class" and "class" not in (where or {}):
            where = {**(where or {}), "class": CLASSES}
        chosen, over = normalise(where), self._over(start, end)
        if grain is None:
            return self._said(conversion.conversions(over.relation, over.days, chosen, goals, by), over)
        return self._said(conversion.over_time(over.relation, self.calendar, over.days, chosen, goals, grain), over)

    def revenue(self, start: Day, end: Day, where: Where | None = None, by: str | None = None) -> pd.DataFrame:
        """Money of custom events: event, currency, events, amount (minor units), largest first; currencies are never
        summed. `by` gives a row a value of any dimension too.
        """
        if by is not None:
            check_dimension(by, "by")
        days, chosen = self._days(start, end), normalise(where)
        if by is not None or is_plain(chosen) != ["human"]:
            over = self._over(start, end)
            return self._said(conversion.revenue(over.relation, over.days, chosen, by), over)
        sums = tables.by_value(self.reader.days(days).values(), "revenue", None)
        cells = [name.split(".", 1) if "." in name else [OTHER, name] for name in map(str, sums.index)]
        frame = pd.DataFrame([cell[::-1] for cell in cells], columns=["event", "currency"])
        frame = frame.assign(events=sums["events"].to_numpy(), amount=sums["revenue"].to_numpy())
        return self._said(frame.sort_values("amount", ascending=False).reset_index(drop=True))

    def properties(self, start: Day, end: Day, where: Where | None = None) -> list[str]:
        """Keys of custom properties seen in the days, as dimensions `prop:KEY`; by name, or under filters the most
        frequent first.
        """
        if where:
            over = self._over(start, end)
            return [f"prop:{key}" for key in conversion.keys(over.relation, over.days, normalise(where))]
        found = self.reader.spans(self._days(start, end))
        return sorted({name for rows in found for name in rows if name.startswith("prop:")})

    def paths(
        self,
        start: Day,
        end: Day,
        at: Step | None = None,
        back: bool = False,
        steps: int = 3,
        top: int = 8,
        where: Where | None = None,
        self_transitions: bool = True,
        events: bool = False,
    ) -> pd.DataFrame:
        """One row a step and pair of pages that follow each other: step (from 1), from, to, visits, share (of the
        step), most frequent first.

        Of visits that began in the days, each counted once: from its first page on; from the first time it took `at`,
        which is written as a funnel's step is; or, with `back`, what led to its last page or to the last time it took
        `at`. Step 1 is the pair nearest to where paths begin. A visit that ends goes to `(exit)`, or comes from
        `(entry)`. At each step the `top` values have rows, the rest are `(other pages)`. `self_transitions=False`
        takes a page that follows itself for one; `events=True` makes every custom event a step too. Filters on page,
        hostname, event and properties choose the visits that hold such an event.
        """
        asked, chosen, over = steps_of([at])[0] if at else None, normalise(where), self._over(start, end)
        frame = depth_paths.paths(over.relation, over.days, chosen, asked, back, steps, top, self_transitions, events)
        return self._said(frame, over)


__all__ = ["GRAINS", "Conversions"]
