"""What was found in a file's lines in, the table of a site's raw events out, and its parts by local day.

Page views in columns are enriched at once, hits one by one; both ways tell the same.
"""

from __future__ import annotations

from collections import Counter

import numpy as np
import pyarrow as pa

from collector.found import Found
from collector.ingest import Draft, Steps
from collector.past_columns import PastColumns
from collector.sender import Request, Salted
from common.calendars import Calendar
from common.columns import RAW, table_of
from common.enrich.geo import Geo
from common.events import Event
from common.visit_columns import days_of


class Past:
    """Takes what was found through the steps, for sites of one zone."""

    def __init__(self, salts: Salted, geo: Geo, calendar: Calendar) -> None:
        self._steps = Steps(salts, geo, calendar, past=True)
        self._columns = PastColumns(salts, geo, calendar)

    def events(self, site: str, found: Found, now: int) -> tuple[pa.Table, Counter[str]]:
        """Raw events in the order of the lines, and how many hits were dropped, by reason."""
        dropped: Counter[str] = Counter()
        parts = [self._columns.table(site, found.views, now)] if found.views else []
        if events := self._one_by_one(site, found, now, dropped):
            parts.append(table_of(events))
        if len(parts) < 2:
            return (parts[0] if parts else RAW.empty_table()), dropped
        both = pa.concat_tables(parts).unify_dictionaries().combine_chunks()
        return both.take(pa.array(np.argsort(both["seq"].to_numpy(), kind="stable"))), dropped

    def _one_by_one(self, site: str, found: Found, now: int, dropped: Counter[str]) -> list[Event]:
        events = []
        for hit in found.hits:
            hit.raw.age = float(now - hit.time)
            request = Request(now, hit.address, hit.user_agent, "", hit.country, hit.visitor)
            draft = Draft(hit.raw, request, site, hit.number)
            if hit.agent:
                draft.agent = hit.agent
            taken = self._steps.take(draft)
            if isinstance(taken, Event):
                for name, value in (hit.given or {}).items():
                    setattr(taken, name, value)
                events.append(taken)
            else:
                dropped[taken.reason] += 1
        return events


def by_day(events: pa.Table, calendar: Calendar) -> dict[int, pa.Table]:
    """The events of each local day, in their order."""
    days = days_of(events["time"].to_numpy(), calendar)
    if (np.diff(days) < 0).any():
        order = np.argsort(days, kind="stable")
        events, days = events.take(pa.array(order)), days[order]
    found, begins = np.unique(days, return_index=True)
    lengths = np.diff(begins, append=len(days))
    parts = zip(found.tolist(), begins.tolist(), lengths.tolist(), strict=True)
    return {day: events.slice(begin, length) for day, begin, length in parts}
