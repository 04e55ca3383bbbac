"""Hours of the past weeks in, what is unusual about the last whole one out: spikes and drops. Pure."""

from __future__ import annotations

from statistics import median
from typing import Literal, NamedTuple

import pandas as pd

#: Weeks before, of which the same hour of the same weekday is looked at; and as many of them must have been counted.
WEEKS, LEAST_WEEKS = 8, 3
#: Below so many nobody is woken: a hundred per cent of nothing is nothing.
LEAST = 20.0
#: A week's hours differ: what lies within so many mean absolute deviations is usual, however small the per cents.
_SPREAD = 4.0


class Finding(NamedTuple):
    """The last whole hour beside the hours it is compared with."""

    hour: pd.Timestamp
    value: float
    usual: float
    kind: Literal["spike", "drop", "usual", "unknown"]

    @property
    def change(self) -> float:
        """In per cent of what is usual."""
        return (self.value - self.usual) / self.usual * 100 if self.usual else float("inf")


def find(
    hours: pd.DataFrame, metric: str, now: pd.Timestamp, spike: float, drop: float, least: float = LEAST
) -> Finding:
    """What the last whole hour before `now` is, against the median of the same hour of the same weekday.

    `hours` is what `Traffic.series(grain="hour")` says. `spike` and `drop` are per cents above and below.
    """
    whole = hours[hours["time"] + pd.Timedelta(hours=1) <= now]
    if whole.empty:
        return Finding(now.floor("h"), 0.0, 0.0, "unknown")
    last = whole.iloc[-1]
    hour, value = last["time"], float(last[metric])
    same = whole[
        (whole["time"].dt.day_of_week == hour.day_of_week)
        & (whole["time"].dt.hour == hour.hour)
        & (whole["time"] < hour)
    ].tail(WEEKS)
    before = [float(number) for number in same[metric]]
    if len(before) < LEAST_WEEKS:
        return Finding(hour, value, median(before) if before else 0.0, "unknown")
    usual = median(before)
    spread = _SPREAD * sum(abs(number - usual) for number in before) / len(before)
    if value >= max(usual * (1 + spike / 100), usual + spread, least) and value > usual:
        return Finding(hour, value, usual, "spike")
    if usual >= least and value <= min(usual * (1 - drop / 100), usual - spread):
        return Finding(hour, value, usual, "drop")
    return Finding(hour, value, usual, "usual")


def told(site: str, metric: str, finding: Finding) -> str:
    """In a sentence."""
    hour = f"{finding.hour:%a %-d %b %Y, %H:%M}"
    if finding.kind == "unknown":
        return f"{site}: {metric} at {hour} were {finding.value:,.0f}; fewer than {LEAST_WEEKS} weeks to compare with."
    usual = f"{finding.value:,.0f} {metric} in the hour from {hour}, usually {finding.usual:,.0f}"
    change = f" ({finding.change:+,.0f} %)" if finding.usual else ""
    word = {"spike": "Spike", "drop": "Drop", "usual": "As usual"}[finding.kind]
    return f"{site}: {word}: {usual}{change}."
