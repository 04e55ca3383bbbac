"""Counts of batches that never came and the events of days in, a frame by day out; and what may be the reason."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import numpy as np
import pandas as pd

from common.loss import Counts

#: What loses batches on their way; the estimate is of the first four.
REASONS = {
    "network": "the visitor's network failed while the page was being left, when nobody could try again",
    "outage": "the collector could not be reached, or answered 429 or 503, until the page was closed",
    "overflow": "a page that could not reach the collector kept 20 batches and let older ones go",
    "refused": "a proxy or firewall between browser and collector refused or dropped requests",
    "blocked": "not in the estimate: of a page whose script or every request is blocked nothing is ever known",
}
#: Drop reasons of what arrived and was not counted: known, and no part of the estimate.
KNOWN = ("old", "too_many", "invalid", "no_visit")


def loss_frame(days: list[int], counts: Mapping[int, tuple[Counts, bool]], events: Mapping[int, float]) -> pd.DataFrame:
    """One row a day; see `Traffic.loss`. `events` of each day are shared out among the batches that came."""
    rows = []
    for day in days:
        some, settled = counts.get(day, (Counts(), False))
        lost = some.lost
        per_batch = min(events.get(day, 0.0) / some.batches, 100.0) if some.batches else 0.0
        rows.append((date.fromordinal(day), some.batches, some.missing, lost, lost * per_batch, some.rate, settled))
    columns = ["day", "batches", "missing", "lost", "events", "rate", "settled"]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.astype({"batches": np.int64, "missing": np.int64, "lost": float, "events": float, "settled": bool})


def overall(counts: Mapping[int, tuple[Counts, bool]]) -> float:
    """The share of batches that was lost over all days, 0 to 1; NaN where none can be told of."""
    total = Counts()
    for some, _ in counts.values():
        total = total.plus(some)
    return total.rate
