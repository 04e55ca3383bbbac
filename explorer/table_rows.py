"""A breakdown, the same of other days and a trend in, a table's rows, sums and words out. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from explorer import labels
from explorer.view import overlapping

#: Metric -> how its column is called; in the order of a table.
METRICS = {
    "visitors": "Visitors",
    "visits": "Visits",
    "pageviews": "Views",
    "events": "Events",
    "views_per_visit": "Views/visit",
    "bounce_rate": "Bounce rate",
    "visit_duration": "Duration",
    "engagement": "Engaged",
    "scroll": "Scroll",
}
COUNTS = ("visitors", "visits", "pageviews", "events")
#: Rates told in per cent: a change of them is one of percentage points.
SHARES = ("bounce_rate", "scroll")
ORDERS = {
    "": "Largest first",
    "smallest": "Smallest first",
    "rose": "Rose most",
    "fell": "Fell most",
    "name": "By name",
}
#: What is read together.
_BESIDE = {"engagement": ("scroll",), "scroll": ("engagement",)}
NEW, GONE = "new", "gone"
_BEFORE = "_before"
_TWICE = "Who came twice in a day may stand in two rows, so visitors add up to a little more."
_OVERLAP = "Visitors and visits overlap: one visit can be in several rows."


def joined(frame: pd.DataFrame, before: pd.DataFrame | None, dimension: str) -> pd.DataFrame:
    """A breakdown with the figures of other days beside its own, `visitors_before` and so on. Rows that are gone
    stand last, their counts zero.
    """
    if before is None:
        return frame
    metrics = [name for name in METRICS if name in frame and name in before]
    old = before.set_index(dimension)[metrics].add_suffix(_BEFORE)
    table = frame.set_index(dimension).join(old, how="outer").reindex(
        [*frame[dimension], *before.loc[~before[dimension].isin(frame[dimension]), dimension]]
    )  # fmt: skip
    for name in COUNTS:
        for column in (name, name + _BEFORE):
            table[column] = table[column].fillna(0).astype("int64")
    table = table.rename_axis(dimension).reset_index()
    table.attrs = frame.attrs
    return table


def matching(table: pd.DataFrame, dimension: str, text: str) -> pd.DataFrame:
    """The rows whose value, as it is or as it is shown, holds a text; case does not matter."""
    if not text:
        return table
    wanted = text.lower()
    names = [wanted in value.lower() or wanted in labels.value(dimension, value).lower() for value in table[dimension]]
    return table[names]


def ordered(table: pd.DataFrame, dimension: str, by: str, order: str) -> pd.DataFrame:
    """The rows in an order; what is not known comes last."""
    if order == "name":
        names = table[dimension].map(lambda value: labels.value(dimension, value).lower())
        return table.iloc[np.argsort(names.to_numpy(dtype=str), kind="stable")]
    if order in ("rose", "fell") and by + _BEFORE in table:
        keys = table[by].fillna(0) - table[by + _BEFORE].fillna(0)
    else:
        keys = table[by].astype(float)
    rising = order in ("smallest", "fell")
    return table.loc[keys.sort_values(ascending=rising, kind="stable", na_position="last").index]


def change(now: float, before: float, metric: str) -> str:
    """A change in a word: `+12.3%`, `−4.2 pp` of a rate in per cent, `new`, `gone`; "" where nothing can be said."""
    if metric in COUNTS:
        if not before:
            return NEW if now else ""
        if not now:
            return GONE
    if math.isnan(now) or math.isnan(before) or (not before and metric not in SHARES):
        return ""
    if metric in SHARES:
        return _signed((now - before) * (100 if metric == "bounce_rate" else 1), " pp")
    return _signed((now / before - 1) * 100, "%")


def _signed(number: float, unit: str) -> str:
    shown = f"{number:+,.1f}{unit}"
    return "0" + unit if shown[1:] == "0.0" + unit else shown.replace("-", "−")


def shown(
    table: pd.DataFrame,
    dimension: str,
    by: str,
    whole: float,
    trend: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """The columns of a table as they are drawn: name, the metric with its share of the whole, its change and its line
    over time, then all other metrics; rates in per cent.
    """
    drawn = pd.DataFrame({"name": [labels.value(dimension, text) for text in table[dimension]]})
    drawn[by] = _figures(table, by)
    if by in COUNTS:
        drawn["share"] = (table[by] / max(whole, 1.0) * 100).to_numpy()
    if by + _BEFORE in table:
        drawn["change"] = [change(now, before, by) for now, before in zip(table[by], table[by + _BEFORE], strict=True)]
    if trend is not None:
        drawn["trend"] = lines(trend, dimension, by, list(table[dimension]))
    for metric in dict.fromkeys((*_BESIDE.get(by, ()), *METRICS)):
        if metric != by and metric in table and _known(table[metric]):
            drawn[metric] = _figures(table, metric)
    return drawn


def _known(numbers: pd.Series) -> bool:
    """Whether anybody told any of them: of imports and back ends all time engaged is 0, which is not known."""
    return bool(numbers.fillna(0).any()) if numbers.name == "engagement" else not numbers.isna().all()


def _figures(table: pd.DataFrame, metric: str) -> pd.Series:
    return (table[metric] * (100 if metric == "bounce_rate" else 1)).reset_index(drop=True)


def lines(trend: pd.DataFrame, dimension: str, by: str, values: Sequence[str]) -> list[list[float]]:
    """The figures of each value over time; of a rate those that are known."""
    found = {value: some.dropna().tolist() for value, some in trend.groupby(dimension, sort=False)[by]}
    return [found.get(value, []) for value in values]


class Sum(NamedTuple):
    """What all rows add up to, and the total: the same, for what every event or visit is in one row of."""

    metric: str
    rows: int
    total: int


def additive(dimension: str) -> tuple[str, ...]:
    """The metrics whose rows, `(other)` and `(none)` among them, add up to the total."""
    if dimension == "event":
        return ("events",)
    if dimension.startswith("prop:"):
        return ()
    return ("pageviews",) if overlapping(dimension) else ("visits", "pageviews")


def sums(frame: pd.DataFrame, dimension: str, total: Mapping[str, float]) -> list[Sum]:
    """The additive metrics of a breakdown beside their totals."""
    return [Sum(metric, int(frame[metric].sum()), int(total[metric])) for metric in additive(dimension)]


def notes(
    frame: pd.DataFrame, kept: pd.DataFrame, gone: int, dimension: str, total: Mapping[str, float], searched: str = ""
) -> list[str]:
    """What a reader has to know about a table: what its rows add up to, what overlaps, what bracketed rows are.
    `frame` is the breakdown, beside which `gone` rows had figures in other days alone; `kept` is what a search left.
    """
    added = sums(frame, dimension, total)
    told = [f"From {frame.attrs.get('answered_by', 'rollups')}."]
    if searched:
        held = [_some(int(kept[each.metric].sum()), each.metric) for each in added]
        together = f", together {_listed(held)}" if held else ""
        told.append(f"{len(kept):,} of {len(frame) + gone:,} rows hold “{labels.markdown(searched)}”{together}.")
    rows = "The one row is" if len(frame) == 1 else f"{len(frame):,} rows sum to"
    equal = [_some(each.rows, each.metric) for each in added if each.rows == each.total]
    if equal:
        told.append(f"{rows} {_listed(equal)}: the total.")
    told += [
        f"{rows} {_some(each.rows, each.metric)}, and the total is {each.total:,}: run `python -m collector verify`."
        for each in added
        if each.rows != each.total
    ]
    if dimension.startswith("prop:"):
        told.append("Only events that carry this property are in a row.")
    if overlapping(dimension):
        told.append(_OVERLAP)
    elif frame["visitors"].sum() > total["visitors"]:
        told.append(_TWICE)
    if gone:
        rows = "row is" if gone == 1 else "rows are"
        told.append(f"{gone:,} more {rows} gone: figures only in the days that are compared with.")
    return told + [f"{text}." for text in labels.explanations(list(kept[dimension]))]


def _some(number: int, metric: str) -> str:
    return f"{number:,} {metric.removesuffix('s') if number == 1 else metric}"


def _listed(texts: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(texts[:-1]), texts[-1])))
