"""The table of rollups: what is counted per day, under which dimension, with which metrics and which cap.

Writer, rebuild, reader and docs all loop over `ROLLUPS`. One row of a rollup is one field `dimension=value` of the
day's hash and holds a msgpack array of the `METRICS`, in their order, shortened at the end where it is zero.
"""

from __future__ import annotations

from typing import NamedTuple

from common.events import VISIT_DIMENSIONS

#: What a row holds. Sums are integers, so that rebuilt and stored rows can be compared byte for byte.
METRICS = (
    "pageviews",
    "events",
    "visits",
    "visitors",
    "bounces",
    "duration",  # ms
    "engaged",  # ms
    "scroll",  # sum of the greatest depths, in percent
    "scrolled",  # how many depths are in that sum
    "revenue",  # minor units
)
PAGEVIEWS, EVENTS, VISITS, VISITORS, BOUNCES, DURATION, ENGAGED, SCROLL, SCROLLED, REVENUE = range(len(METRICS))

#: Metrics of the event itself, counted on the day and step it happened.
_OF_EVENT = ("pageviews", "events", "visitors", "engaged")
#: Metrics of the whole visit, counted on the day and step it began.
_OF_VISIT = ("visits", "bounces", "duration")


class Rollup(NamedTuple):
    """One rollup: `cap` rows a day at most (0: bounded by nature); what comes later adds to `(other)`."""

    dimension: str
    kind: str  #: what chooses the row: total, step, hour, visit, event, signal or count
    metrics: tuple[str, ...]
    cap: int
    about: str


def _visit(dimension: str, about: str, cap: int = 1_000) -> Rollup:
    return Rollup(dimension, "visit", _OF_EVENT + _OF_VISIT, cap, about)


_ABOUT = {
    "source": "utm_source, source, ref, else the referrer's site, else (direct)",
    "referrer": "external host that linked here",
    "channel": "marketing channel, first match of a decision list",
    "country": "ISO 3166 alpha-2",
    "device": "Desktop, Mobile, Tablet, Other",
    "screen": "size class",
}

ROLLUPS: tuple[Rollup, ...] = (
    Rollup("class", "total", _OF_EVENT + _OF_VISIT, 0, "human, bot, ai: the totals"),
    Rollup("step", "step", _OF_EVENT + _OF_VISIT, 0, "totals of CLASS.N, the N-th 15 minutes of the day"),
    Rollup("hour", "hour", ("visitors",), 0, "visitors of CLASS.N, the hour bar that begins at step N"),
    _visit("entry_page", "page of the visit's first pageview", 2_000),
    _visit("exit_page", "page of the visit's last pageview", 2_000),
    *(_visit(dimension, _ABOUT.get(dimension, dimension.replace("_", " "))) for dimension in VISIT_DIMENSIONS),
    Rollup("page", "event", (*_OF_EVENT, "visits", "scroll", "scrolled"), 2_000, "path without query"),
    Rollup("hostname", "event", (*_OF_EVENT, "visits"), 200, "host without www."),
    Rollup(
        "event",
        "event",
        ("pageviews", "events", "visits", "visitors"),
        500,
        "pageview or a custom event's name",
    ),
    Rollup(
        "prop",
        "event",
        ("pageviews", "events", "visits", "visitors"),
        500,
        "prop:KEY, one dimension for each key",
    ),
    Rollup("revenue", "count", ("events", "revenue"), 500, "CURRENCY.EVENT: money of custom events"),
    Rollup(
        "shape",
        "count",
        ("visits",),
        0,
        "visits by pageviews.engaged.interactive, for other bounce definitions",
    ),
    Rollup(
        "vitals", "signal", ("events",), 0, "METRIC.EDGE: what browsers measured, up to each edge of `vitals.EDGES`"
    ),
    Rollup("error", "count", ("events",), 200, "message of an error in a page, without what may tell of a person"),
    Rollup("salt", "count", ("events",), 0, "local: hashed by a collector of its own while Redis was away"),
    Rollup("dropped", "count", ("events",), 0, "what was not counted, by reason"),
)
BY_DIMENSION = {rollup.dimension: rollup for rollup in ROLLUPS}
#: At most this many property keys a day get rows of their own.
PROP_KEYS = 100

#: Reasons for which an event is not counted; the answer, the daily hash and the explorer use these words.
DROP_REASONS = {
    "site": "the site is not on the list",
    "old": "it happened before the site's yesterday",
    "no_visit": "a signal without a live visit",
    "invalid": "a field has a wrong type or value",
    "too_many": "more than 100 events in one body",
    "unsupported": "another product's script told what is not counted here",
    "spam": "the referrer is known for visits that nobody made",
    "hostname": "the host name is not on the site's list",
    "malformed": "a line of a file that no format explains",
}

#: Buckets of the visit shape: pageviews 0, 1, 2, 3+; engaged under 1, 10, 30 s, and more; interactive event or not.
SHAPE_PAGEVIEWS = ("0", "1", "2", "3+")
SHAPE_ENGAGED = ("<1", "<10", "<30", "30+")


def shape(pageviews: int, engaged: int, interactive: bool) -> str:
    """The histogram cell of a visit, e.g. `1.<10.n`: one pageview, under ten seconds engaged, no interactive event."""
    seconds = 0 if engaged < 1_000 else 1 if engaged < 10_000 else 2 if engaged < 30_000 else 3
    return f"{SHAPE_PAGEVIEWS[min(pageviews, 3)]}.{SHAPE_ENGAGED[seconds]}.{'y' if interactive else 'n'}"


def rollup_of(dimension: str) -> Rollup:
    """The rollup behind a dimension; every `prop:KEY` shares one. Raises KeyError for an unknown one."""
    return BY_DIMENSION["prop" if dimension.startswith("prop:") else dimension]


def cap_of(dimension: str) -> int:
    """Rows a dimension may have per day; 0 where nature bounds it."""
    return rollup_of(dimension).cap


#: Day -> field -> the METRICS to add.
Increments = dict[int, dict[str, list[int]]]


def row(increments: Increments, day: int, name: str) -> list[int]:
    """The row to add to, made when missing."""
    rows = increments.setdefault(day, {})
    values = rows.get(name)
    if values is None:
        values = rows[name] = [0] * len(METRICS)
    return values
