"""Days in, what came in on each of them out: accepted and dropped events, and where their raw events lie."""

from __future__ import annotations

from typing import cast

import pandas as pd

from common import keys, manifest, tables
from common.deep import Day, Deep
from common.raw import raw_days
from common.rollups import EVENTS

#: Where raw events of a day lie, and what it means that they lie nowhere.
REDIS, ARCHIVE, BOTH, GONE = "redis", "archive", "both", "gone"
_NOTHING = "none"


class Intake(Deep):
    """Answers about the data itself."""

    def intake(self, start: Day, end: Day) -> pd.DataFrame:
        """One row a day and outcome: day, outcome (`human`, `bot` and `ai`: events that were accepted; else the reason
        they were dropped for), events. Days and outcomes without any are left out.
        """
        listed = self._days(start, end)
        rows: list[tuple[pd.Timestamp, str, int]] = []
        for day, found in self.reader.days(listed).items():
            for dimension in ("class", "dropped"):
                sums = tables.by_value([found], dimension, None)["events"]
                rows += [(_midnight(day), str(name), int(count)) for name, count in sums.items() if count]
        frame = pd.DataFrame(rows, columns=["day", "outcome", "events"])
        frame["day"] = pd.to_datetime(frame["day"])
        return self._said(frame.sort_values(["day", "outcome"]).reset_index(drop=True))

    def coverage(self, start: Day, end: Day) -> pd.DataFrame:
        """One row a day: day, events (that rollups count), raw (where its raw events lie: `redis`, `archive`, `both`;
        `gone` where there were some, `none` where there were none). Filters need raw events, totals do not.
        """
        listed = self._days(start, end)
        in_redis, archived = self._raw_in_redis(listed), self._archived()
        counted = {
            day: int(tables.total({day: found}, "class")[EVENTS]) for day, found in self.reader.days(listed).items()
        }
        rows = [(_midnight(day), counted.get(day, 0), _place(day in in_redis, day in archived, counted.get(day, 0)))
                for day in listed]  # fmt: skip
        return self._said(pd.DataFrame(rows, columns=["day", "events", "raw"]))

    def _raw_in_redis(self, days: list[int]) -> set[int]:
        found: set[int] = set()
        for shard in self.reader.shards:
            found |= raw_days(self.client, shard)
            opened = {day.decode() for day in cast("set[bytes]", self.client.smembers(shard.open()))}
            asked = [day for day in days if keys.iso(day) in opened]
            pipe = self.client.pipeline(transaction=False)
            for day in asked:
                pipe.exists(shard.raw(day, 0))
            found |= {day for day, there in zip(asked, pipe.execute(), strict=True) if there}
        return found

    def _archived(self) -> set[int]:
        return {day for shard in self.reader.shards for day in manifest.days_of_events(self.client, shard)}


def _place(in_redis: bool, archived: bool, counted: int) -> str:
    if in_redis and archived:
        return BOTH
    if in_redis or archived:
        return REDIS if in_redis else ARCHIVE
    return GONE if counted else _NOTHING


def _midnight(day: int) -> pd.Timestamp:
    return pd.Timestamp(keys.iso(day))
