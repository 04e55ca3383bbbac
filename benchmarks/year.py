"""A number of events in, a year of made-up traffic out as one CSV that `import` reads: the data of the long benchmarks.

Sizes follow what sites show: visits of two to three events, pages by Zipf, a few hundred sources, a hundred countries,
a weekly and a daily rhythm. Deterministic.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv as pacsv

SITE = "year.example"
DAYS = 365
COLUMNS = (
    "timestamp", "name", "user_id", "hostname", "pathname", "referrer", "utm_source", "utm_campaign", "country_code",
    "screen_size", "browser", "operating_system",
)  # fmt: skip
_PAGES = [f"/{kind}/{n}" for n in range(1_000) for kind in ("blog", "docs", "shop")]
_SOURCES = [
    "", "https://www.google.com/", "https://duckduckgo.com/", "https://news.ycombinator.com/", "https://t.co/",
    *(f"https://site{n}.example/" for n in range(300)),
]  # fmt: skip
_COUNTRIES = [a + b for a in "DEFGIJNPUS" for b in "EARBTPLUSK"]
_BROWSERS = ("Chrome", "Safari", "Firefox", "Edge", "Samsung Internet", "Opera")
_SYSTEMS = ("Windows", "iOS", "Android", "macOS", "Linux")
_DEVICES = ("Mobile", "Desktop", "Laptop", "Tablet")
_CAMPAIGNS = [("", ""), *(("newsletter", f"week-{n}") for n in range(40))]


def write(path: Path, events: int, last: date) -> None:
    """Write a year that ends on `last`, with about `events` events, ordered by time."""
    draw = np.random.default_rng(1)
    visits = round(events / 2.4)
    weights = np.array([1.2 if day % 7 < 5 else 0.7 for day in range(DAYS)]) * np.linspace(0.8, 1.2, DAYS)
    days = np.sort(draw.choice(DAYS, visits, p=weights / weights.sum()))
    starts = days * 86_400 + np.minimum(draw.normal(14 * 3_600, 4 * 3_600, visits).clip(0, 86_000), 86_000).astype(int)
    lengths = np.minimum(draw.geometric(1 / 2.4, visits), 30)
    visitors = draw.integers(0, max(visits // 4, 1), visits)
    facts = {
        "source": _zipf(draw, len(_SOURCES), visits, 1.3),
        "country": _zipf(draw, len(_COUNTRIES), visits, 1.2),
        "browser": _zipf(draw, len(_BROWSERS), visits, 1.1),
        "system": _zipf(draw, len(_SYSTEMS), visits, 0.7),
        "device": _zipf(draw, len(_DEVICES), visits, 0.8),
        "campaign": np.where(draw.random(visits) < 0.1, _zipf(draw, len(_CAMPAIGNS), visits, 0.5), 0),
    }
    visit = np.repeat(np.arange(visits), lengths)
    place = np.arange(len(visit)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    times = starts[visit] + place * 37
    pages = _zipf(draw, len(_PAGES), len(visit), 1.05)
    custom = draw.random(len(visit)) < 0.05
    order = np.argsort(times, kind="stable")
    v = visit[order]
    source, campaign = facts["source"][v], facts["campaign"][v]
    seconds = np.datetime64(last - timedelta(DAYS - 1), "s") + times[order].astype("timedelta64[s]")
    columns = [
        pa.array(seconds).cast(pa.string()),
        _picked(("pageview", "Signup"), (custom & (place > 0))[order].astype(int)),
        pa.array(visitors[v]).cast(pa.string()),
        _picked((SITE,), np.zeros(len(v), dtype=int)),
        _picked(_PAGES, pages[order]),
        _picked(_SOURCES, np.where(campaign > 0, 0, source)),
        _picked([medium for medium, _ in _CAMPAIGNS], campaign),
        _picked([name for _, name in _CAMPAIGNS], campaign),
        _picked(_COUNTRIES, facts["country"][v]),
        _picked(_DEVICES, facts["device"][v]),
        _picked(_BROWSERS, facts["browser"][v]),
        _picked(_SYSTEMS, facts["system"][v]),
    ]
    options = pacsv.WriteOptions(quoting_style="none", quoting_header="none")
    pacsv.write_csv(pa.table(columns, names=list(COLUMNS)), path, options)


def _picked(texts: Sequence[str], places: npt.NDArray[np.int64]) -> pa.Array:
    return pa.array(list(texts), pa.string()).take(pa.array(places))


def _zipf(draw: np.random.Generator, kinds: int, size: int, slope: float) -> npt.NDArray[np.int64]:
    weights = 1 / np.arange(1, kinds + 1) ** slope
    return draw.choice(kinds, size, p=weights / weights.sum())
