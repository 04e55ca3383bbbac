"""Sums of two spans by value in, contributions to the change between them out, which add up to it. Pure.

A count changes by what each value's count changed. A rate is a sum of shares times rates: value by value its change is
*rate* (the value's own rate changed, at its mean share) plus *mix* (its share changed, at the distance of its mean rate
from that of all). Both add up exactly. Where values overlap, or not everything has one, `(rest)` holds the remainder.
"""

from __future__ import annotations

import math
import re
from collections.abc import Hashable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from common.depth.funnel import Step, steps_of
from common.filters import Where, split
from common.rollups import METRICS

Numbers = npt.NDArray[np.float64]
#: The row that makes a dimension add up: what stands in several rows, taken off again, or in none.
REST = "(rest)"


class Measure(NamedTuple):
    """How a metric is made of sums: `part`, or `part` / `whole` / `scale`."""

    part: str
    whole: str = ""
    scale: float = 1.0
    of_goal: bool = False  #: whether the part is counted of what reaches a goal


MEASURES = {
    "visitors": Measure("visitors"),
    "visits": Measure("visits"),
    "pageviews": Measure("pageviews"),
    "events": Measure("events"),
    "views_per_visit": Measure("pageviews", "visits"),
    "bounce_rate": Measure("bounces", "visits"),
    "visit_duration": Measure("duration", "visits", 1000),
    "engagement": Measure("engaged", "visits", 1000),
    "converters": Measure("visitors", of_goal=True),
    "conversions": Measure("events", of_goal=True),
    "conversion_rate": Measure("visitors", "visitors", of_goal=True),
}
#: Sums that are kept for visits alone: no event has them.
_WHOLE_VISITS = ("bounces", "duration")
#: Standard deviations.
_BY_CHANCE = 2.0
#: What is looked at where nobody says by what.
BY_VISIT = ("channel", "source", "referrer", "utm_campaign", "country", "city", "device", "browser", "os", "language",
            "entry_page")  # fmt: skip
BY_EVENT = ("page", "hostname", "event")


class Side(NamedTuple):
    """One span: sums by value, and of everything. `whole` is empty for a count."""

    part: pd.Series
    whole: pd.Series
    total_part: int
    total_whole: int


def goal_filters(goal: Step) -> dict[str, list[str]]:
    """Filters that choose what reaches a goal, which is written as a funnel's step; raises ValueError."""
    filters = {}
    for dimension, texts in steps_of([goal])[0].values.items():
        if any("*" in text for text in texts):
            forms = [".*".join(map(re.escape, text.split("*"))) for text in texts]
            filters[f"{dimension}__matches"] = [f"^(?:{'|'.join(forms)})$"]
        else:
            filters[dimension] = texts
    return filters


def measure_of(metric: str, goal: Step | None) -> Measure:
    """How the metric is made; raises ValueError where there is no such metric, or no goal for it."""
    found = MEASURES.get(metric)
    if found is None:
        raise ValueError(f"metric={metric!r}: expected one of {', '.join(MEASURES)}")
    if found.of_goal and not goal:
        raise ValueError(f"metric={metric!r} needs a goal, such as goal='event:Signup'")
    return found


def dimensions_of(measure: Measure, by: str | Sequence[str] | None) -> list[str]:
    """The dimensions to look at; raises ValueError for one whose values have no such metric."""
    if by is None:
        return [*BY_VISIT, *(BY_EVENT if not measure.whole else ())]
    named = [by] if isinstance(by, str) else list(by)
    for name in named:
        if measure.part in _WHOLE_VISITS and (name in BY_EVENT or name.startswith("prop:")):
            raise ValueError(
                f"by={name!r}: whole visits alone have this metric; by='entry_page' tells where they began"
            )
    return named


def both(where: Where | None, goal: Where | None) -> dict[str, list[str]]:
    """Filters that hold where both do; raises ValueError where no single filter says that."""
    chosen = {key: _listed(values) for key, values in (where or {}).items()}
    for key, values in (goal or {}).items():
        operator, listed = split(key)[1], _listed(values)
        if key not in chosen:
            chosen[key] = listed
        elif operator.startswith("not"):
            chosen[key] = [*dict.fromkeys([*chosen[key], *listed])]
        elif operator and set(listed) != set(chosen[key]):
            raise ValueError(f"{key} is filtered twice, by {chosen[key]} and {listed}: leave one out")
        else:
            chosen[key] = [value for value in chosen[key] if value in listed]
    return chosen


def frame(measure: Measure, dimension: str, before: Side, after: Side) -> pd.DataFrame:
    """One row a value: dimension, value, before, after, contribution; `excess`, what it contributes beyond its part of
    a change of all alike; of a rate `mix`, `rate`, and what it is a rate of: base_before, base_after.
    """
    values = before.part.index.union(after.part.index).union(before.whole.index).union(after.whole.index)
    made = _rates(measure, values, before, after) if measure.whole else _counts(values, before, after)
    made.insert(0, "dimension", dimension)
    return made


def total(measure: Measure, side: Side) -> float:
    """The metric over everything."""
    if not measure.whole:
        return float(side.total_part)
    return side.total_part / side.total_whole / measure.scale if side.total_whole else math.nan


def ranked(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """All rows, those that contribute most on top."""
    joined = pd.concat(frames, ignore_index=True)
    size = -joined["contribution"].abs().fillna(-1.0).to_numpy()
    return joined.iloc[np.argsort(size, kind="stable")].reset_index(drop=True)


def by_dimension(rows: pd.DataFrame) -> pd.DataFrame:
    """One row a dimension, the most telling on top: dimension, values, told (how far its values moved apart, beyond
    what chance does to counts of their size: half the sum of |excess|), rest.
    """
    parts = rows[rows["value"] != REST]
    beyond = (parts["excess"].abs() - _BY_CHANCE * _noise(parts, rows.attrs)).clip(lower=0)
    names = parts["dimension"]
    size, told = names.groupby(names, sort=False).size(), beyond.groupby(names, sort=False).sum()
    found = pd.DataFrame({"values": size, "told": told / 2})
    rest = rows[rows["value"] == REST].set_index("dimension")["contribution"]
    found["rest"] = rest.reindex(found.index).fillna(0.0)
    ordered: pd.DataFrame = found.iloc[np.argsort(-found["told"].to_numpy(), kind="stable")]
    return ordered.rename_axis("dimension").reset_index()


def _noise(parts: pd.DataFrame, attrs: Mapping[Hashable, Any]) -> pd.Series:
    """Roughly one standard deviation of what a value moves by chance: counts as Poisson's are, rates up to one as those
    of yes and no, and other means as wide as they are high.
    """
    if "mix" not in parts:
        grown = float(attrs.get("after", 0)) / (float(attrs.get("before", 0)) or 1.0)
        noise: pd.Series = (parts["after"] + grown**2 * parts["before"]) ** 0.5
        return noise
    bases = parts[["base_before", "base_after"]].astype("float64")
    shares = bases / bases.groupby(parts["dimension"]).transform("sum")
    level = parts[["before", "after"]].mean(axis=1).fillna(0.0)
    spread = (level * (1 - level)).clip(lower=0) ** 0.5 if level.max() <= 1 else level
    noise = shares.mean(axis=1) * spread * (1 / bases.clip(lower=1.0)).sum(axis=1) ** 0.5
    return noise


def _counts(values: pd.Index, before: Side, after: Side) -> pd.DataFrame:
    first, last = (side.part.reindex(values, fill_value=0).astype("int64") for side in (before, after))
    made = pd.DataFrame({"value": values.astype(str), "before": first.to_numpy(), "after": last.to_numpy()})
    rest = (before.total_part - int(first.sum()), after.total_part - int(last.sum()))
    if any(rest):
        made = pd.concat(
            [made, pd.DataFrame({"value": [REST], "before": rest[:1], "after": rest[1:]})], ignore_index=True
        )
    made["contribution"] = made["after"] - made["before"]
    change = after.total_part - before.total_part
    alike = made["before"] * (change / before.total_part) if before.total_part else 0.0
    made["excess"] = made["contribution"] - alike
    return made


def _rates(measure: Measure, values: pd.Index, before: Side, after: Side) -> pd.DataFrame:
    part0, part1, whole0, whole1 = (
        series.reindex(values, fill_value=0).to_numpy(dtype="float64")
        for series in (before.part, after.part, before.whole, after.whole)
    )
    rate0, rate1 = _ratio(part0, whole0), _ratio(part1, whole1)
    made = pd.DataFrame({"value": values.astype(str), "before": rate0, "after": rate1})
    all0, all1 = total(measure, before) * measure.scale, total(measure, after) * measure.scale
    share0, share1 = whole0 / (before.total_whole or math.nan), whole1 / (after.total_whole or math.nan)
    mean = (all0 + all1) / 2
    # Shares add up to one on both sides: whatever the mean is, what it takes off adds up to nothing.
    whole_change = part1 / (after.total_whole or math.nan) - part0 / (before.total_whole or math.nan)
    contribution = whole_change - mean * (share1 - share0)
    own = np.where((whole0 > 0) & (whole1 > 0), (share0 + share1) / 2 * (rate1 - rate0), 0.0)
    made = made.assign(contribution=contribution, mix=contribution - own, rate=own)
    made["base_before"], made["base_after"] = whole0.astype("int64"), whole1.astype("int64")
    sums = (before.total_part, after.total_part, before.total_whole, after.total_whole)
    if any(each.sum() != whole for each, whole in zip((part0, part1, whole0, whole1), sums, strict=True)):
        rest = all1 - all0 - float(contribution.sum())
        bases = (before.total_whole - int(whole0.sum()), after.total_whole - int(whole1.sum()))
        row = dict(zip(made.columns, (REST, math.nan, math.nan, rest, rest, 0.0, *bases), strict=True))
        made = pd.concat([made, pd.DataFrame([row])], ignore_index=True)
    held = made["base_before"] / (before.total_whole or math.nan) + made["base_after"] / (after.total_whole or math.nan)
    made.insert(4, "excess", made["contribution"] - held / 2 * (all1 - all0))
    scaled = ["before", "after", "contribution", "excess", "mix", "rate"]
    made[scaled] = made[scaled] / measure.scale
    return made


def _ratio(parts: Numbers, wholes: Numbers) -> Numbers:
    unknown: Numbers = np.full(len(parts), math.nan)
    np.divide(parts, wholes, out=unknown, where=wholes > 0)
    return unknown


def _listed(values: str | Sequence[str]) -> list[str]:
    return [values] if isinstance(values, str) else list(values)


def side(sums: pd.DataFrame, wholes: pd.DataFrame, measure: Measure, totals: Mapping[str, int],
         whole_totals: Mapping[str, int]) -> Side:  # fmt: skip
    """One span of sums by value as METRICS, of what is counted and of what it is counted in."""
    if not set(sums.columns) >= set(METRICS):
        raise ValueError("sums: expected the columns of METRICS")
    if not measure.whole:
        return Side(sums[measure.part], pd.Series(dtype="int64"), int(totals[measure.part]), 0)
    whole = wholes[measure.whole]
    return Side(sums[measure.part], whole, int(totals[measure.part]), int(whole_totals[measure.whole]))
