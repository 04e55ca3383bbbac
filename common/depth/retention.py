"""Derived rows, days and the life of visitor ids in, cohorts of visitors and when they came again out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
import pyarrow as pa

from common.calendars import Calendar
from common.depth import where as sql
from common.depth.relation import Relation
from common.visitors import period

#: Grain of the cohorts, and the rotation whose periods are as long.
GRAINS = {"day": "daily", "week": "weekly", "month": "monthly"}
_COLUMNS = ["cohort", "age", "visitors", "share", "returning", "visits"]


def retention(
    relation: Relation,
    calendar: Calendar,
    days: Sequence[int],
    where: Mapping[str, list[str]],
    grain: str,
    rotation: str,
) -> pd.DataFrame:
    """One row a cohort and age; see `Traffic.retention`. Ages that outlive every id of the cohort are left out."""
    buckets = buckets_of(days, grain)
    chosen = sql.conditions(where)
    table = pa.table({"day": pa.array(days, pa.int32()), "bucket": pa.array(buckets, pa.int32())})
    statement = f"""
        WITH came AS (
            SELECT visitor, bucket, count(*) AS visits
            FROM {{rows}} JOIN buckets USING (day) WHERE {sql.visits_of(chosen)} GROUP BY ALL),
        aged AS (SELECT *, min(bucket) OVER (PARTITION BY visitor) AS cohort FROM came)
        SELECT cohort, bucket - cohort AS age, count(*) AS visitors,
            count(*) FILTER (visits > 1) AS "returning", sum(visits)::BIGINT AS visits
        FROM aged GROUP BY ALL"""
    found = relation.ask(statement, {**chosen.params, **sql.span(days)}, buckets=table)
    seen = set(zip(found["cohort"].tolist(), found["age"].tolist(), strict=True))
    every = sorted(lasting(tellable(days, buckets, rotation), seen, buckets))
    index = pd.MultiIndex.from_tuples(every, names=["cohort", "age"])
    frame = found.set_index(["cohort", "age"]).reindex(index, fill_value=0).reset_index().astype("int64")
    first = frame["visitors"].where(frame["age"] == 0).groupby(frame["cohort"]).transform("max")
    frame["share"] = (frame["visitors"] / first).where(first > 0)
    begins = [calendar.start(day) for place, day in enumerate(days) if buckets[place] not in buckets[:place]]
    moments = pd.to_datetime(frame["cohort"].map(dict(enumerate(begins))), unit="ms", utc=True)
    frame["cohort"] = moments.dt.tz_convert(calendar.zone)
    return frame[_COLUMNS]


def buckets_of(days: Sequence[int], grain: str) -> list[int]:
    """For each day the number of its day, week (from Monday) or month among those of the range."""
    if grain not in GRAINS:
        raise ValueError(f"grain={grain!r}: expected one of {', '.join(GRAINS)}")
    places: dict[str, int] = {}
    return [places.setdefault(period(day, GRAINS[grain]), len(places)) for day in days]


def tellable(days: Sequence[int], buckets: Sequence[int], rotation: str) -> set[tuple[int, int]]:
    """Cohorts and ages that some visitor id of the cohort lives to see."""
    of: dict[str, set[int]] = {}
    for day, bucket in zip(days, buckets, strict=True):
        of.setdefault(period(day, rotation), set()).add(bucket)
    return {(one, other - one) for places in of.values() for one in places for other in places if other >= one}


def lasting(told: set[tuple[int, int]], seen: set[tuple[int, int]], buckets: Sequence[int]) -> set[tuple[int, int]]:
    """Those that are told, and of cohorts with visitors who were seen later than that, such as imported files name
    them, all ages up to the last.
    """
    last = max(buckets)
    longer = {cohort for cohort, _ in seen - told}
    return told | {(cohort, age) for cohort in longer for age in range(last - cohort + 1)}
