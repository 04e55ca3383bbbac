"""URL query parameters in, a `View` (site, days, filters, grain) out, and back again: what a shared link says. Pure.

`?site=example.com&period=28d&f=page:/pricing&f=country:DE&grain=week`, or `from=2026-11-01&to=2026-11-23` in place
of a period. Every filter is one `f=DIMENSION:VALUE`; two of one dimension mean either. An operator stands behind the
dimension, `f=page__contains:/blog`. In `prop:KEY:VALUE` colons and per cents of the key are percent-encoded.
`compare` is what the view is compared with. Whatever else a page lets choose is a parameter of its own name, kept in
`choices`. What cannot be read is left out, never an error.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from urllib.parse import quote, unquote

from common.events import CLASSES, EVENT_DIMENSIONS
from common.filters import normalise, split
from common.frames import DIMENSIONS, GRAINS

CUSTOM = "custom"
#: Period as the URL says it -> as the reader sees it.
PERIODS = {
    "today": "Today",
    "yesterday": "Yesterday",
    "7d": "Last 7 days",
    "28d": "Last 28 days",
    "90d": "Last 90 days",
    "month": "This month",
    CUSTOM: "Custom range",
}
DEFAULT_PERIOD = "28d"
#: What a view can be compared with; a span of days as `2026-10-01..2026-10-28` is one more.
COMPARISONS = {
    "previous": "Days before",
    "year": "A year before",
    "none": "Nothing",
}
#: Names of parameters that are no page's own.
_OURS = ("site", "period", "from", "to", "f", "grain", "compare")
MOST_CHOICES, MOST_CHOICE = 40, 2_000
FIRST_DAY = date(2000, 1, 1)
MOST_FILTERS = 20
MOST_VALUE = 600
#: A chart holds at most this many bars.
MOST_BARS = 750
_BARS_A_DAY = {"15min": 96.0, "hour": 24.0, "day": 1.0, "week": 1 / 7, "month": 1 / 30}

#: Days of a year of whole weeks.
_YEAR = 364
_NAME = re.compile(r"^[a-z][a-z0-9_]{0,30}$")

#: A dimension, with an operator where there is one, and a value.
Filter = tuple[str, str]


@dataclass(frozen=True)
class View:
    """What is looked at. Days are inclusive and in the site's zone; `grain` "" picks itself."""

    site: str
    period: str
    start: date
    end: date
    filters: tuple[Filter, ...] = ()
    grain: str = ""
    compare: str = "previous"
    choices: tuple[tuple[str, str], ...] = ()  #: what pages of their own let choose, by name

    @property
    def days(self) -> int:
        """How many days are looked at."""
        return (self.end - self.start).days + 1

    @property
    def where(self) -> dict[str, list[str]]:
        """The filters as `Traffic` takes them."""
        chosen: dict[str, list[str]] = {}
        for dimension, value in self.filters:
            chosen.setdefault(dimension, []).append(value)
        return chosen

    @property
    def previous(self) -> tuple[date, date]:
        """The days just before, as many."""
        return self.start - timedelta(days=self.days), self.start - timedelta(days=1)

    @property
    def compared(self) -> tuple[date, date] | None:
        """The days that this view is compared with; None for nothing. A year before has the same weekdays."""
        if self.compare == "none":
            return None
        if self.compare == "year":
            years = -(-self.days // _YEAR)
            return self.start - timedelta(days=_YEAR * years), self.end - timedelta(days=_YEAR * years)
        return span_of(self.compare) or self.previous

    def choice(self, name: str, default: str = "") -> str:
        """What was chosen on a page under a name of its own."""
        return dict(self.choices).get(name, default)

    def choosing(self, name: str, value: str) -> View:
        """With another choice of a page; "" takes it back."""
        others = tuple(kept for kept in self.choices if kept[0] != name)
        return replace(self, choices=(*others, (name, value[:MOST_CHOICE])) if value else others)

    @property
    def bars(self) -> str:
        """The grain to draw: the chosen one where it fits, else the one that picks itself."""
        return self.grain if self.grain in grains(self.days) else pick_grain(self.days)

    def adding(self, dimension: str, value: str) -> View:
        """With one filter more: a drill-down."""
        if (dimension, value) in self.filters or len(self.filters) >= MOST_FILTERS:
            return self
        return replace(self, filters=(*self.filters, (dimension, value)))

    def without(self, unwanted: Filter) -> View:
        """With one filter less."""
        return replace(self, filters=tuple(kept for kept in self.filters if kept != unwanted))

    def of_class(self, class_: str) -> View:
        """Of humans, bots or AI agents alone."""
        others = tuple(kept for kept in self.filters if kept[0] != "class")
        return replace(self, filters=others if class_ == "human" else (*others, ("class", class_)))

    def over(self, start: date, end: date) -> View:
        """Over other days."""
        return replace(self, period=CUSTOM, start=start, end=end, grain="")

    def during(self, period: str, today: date) -> View:
        """Over a named period; the custom one keeps the days."""
        if period == CUSTOM:
            return replace(self, period=CUSTOM)
        start, end = days_of(period, today)
        return replace(self, period=period, start=start, end=end, grain="")


def days_of(period: str, today: date) -> tuple[date, date]:
    """First and last day of a named period; today belongs to all but yesterday."""
    if period == "yesterday":
        return today - timedelta(days=1), today - timedelta(days=1)
    if period == "month":
        return today.replace(day=1), today
    return today - timedelta(days=int(period[:-1]) - 1 if period.endswith("d") else 0), today


def pick_grain(days: int) -> str:
    """Hours for up to two days, then days, weeks from ten of them on, months after a year."""
    return "hour" if days <= 2 else "day" if days <= 92 else "week" if days <= 400 else "month"


def grains(days: int) -> list[str]:
    """Grains that give a chart of two bars or more, and not too many."""
    fitting = [grain for grain in GRAINS if 1.5 <= days * _BARS_A_DAY[grain] <= MOST_BARS]
    return fitting or ["month"]


def encode(view: View) -> dict[str, str | list[str]]:
    """The query parameters of a view."""
    params: dict[str, str | list[str]] = {"site": view.site}
    if view.period == CUSTOM:
        params |= {"from": view.start.isoformat(), "to": view.end.isoformat()}
    else:
        params["period"] = view.period
    if view.filters:
        params["f"] = [encode_filter(chosen) for chosen in view.filters]
    if view.grain:
        params["grain"] = view.grain
    if view.compare != "previous":
        params["compare"] = view.compare
    return params | dict(view.choices)


def decode(params: Mapping[str, Sequence[str]], site: str, today: date) -> View:
    """The view that query parameters name."""
    found = [decode_filter(text) for text in params.get("f", ())]
    filters = tuple(dict.fromkeys(chosen for chosen in found if chosen))[:MOST_FILTERS]
    grain = _last(params, "grain")
    start, end = _day(_last(params, "from")), _day(_last(params, "to"))
    period = _last(params, "period")
    if start or end:
        period = CUSTOM
        start, end = sorted(_within(day, today) for day in (start or end or today, end or start or today))
    else:
        period = period if period in PERIODS and period != CUSTOM else DEFAULT_PERIOD
        start, end = days_of(period, today)
    compare = _last(params, "compare")
    compare = compare if compare in COMPARISONS or span_of(compare) else "previous"
    others = [(name, _last(params, name)[:MOST_CHOICE]) for name in params if name not in _OURS and _NAME.match(name)]
    choices = tuple((name, value) for name, value in others if value)[:MOST_CHOICES]
    return View(site, period, start, end, filters, grain if grain in GRAINS else "", compare, choices)


def span_of(text: str) -> tuple[date, date] | None:
    """`2026-10-01..2026-10-28` as its first and last day; None for anything else."""
    first, last = map(_day, (*text.split(".."), "", "")[:2])
    return (min(first, last), max(first, last)) if first and last else None


def encode_filter(chosen: Filter) -> str:
    """One filter as the URL holds it."""
    dimension, value = chosen
    if dimension.startswith("prop:"):
        dimension = f"prop:{quote(dimension[5:], safe=' /')}"
    return f"{dimension}:{value}"


def decode_filter(text: str) -> Filter | None:
    """One filter of the URL; None for one that names no dimension or no value."""
    dimension, _, value = text.partition(":")
    if dimension == "prop":
        key, _, value = value.partition(":")
        dimension = f"prop:{unquote(key)}" if key else ""
    elif split(dimension)[0] not in DIMENSIONS or (dimension == "class" and value not in CLASSES):
        return None
    if not dimension or not value:
        return None
    chosen = dimension, value[:MOST_VALUE]
    try:
        normalise({chosen[0]: chosen[1]})
    except ValueError:
        return None  # a regular expression that is none
    return chosen


def opposite(chosen: Filter) -> Filter:
    """The filter that takes away what this one keeps."""
    dimension, operator = split(chosen[0])
    turned = operator.removeprefix("not").removeprefix("_") if operator.startswith("not") else f"not_{operator}"
    turned = turned.rstrip("_")
    return (f"{dimension}__{turned}" if turned else dimension, chosen[1])


def overlapping(dimension: str) -> bool:
    """Whether one visit can be in several of the dimension's rows."""
    return split(dimension)[0] in EVENT_DIMENSIONS or dimension.startswith("prop:")


def _last(params: Mapping[str, Sequence[str]], name: str) -> str:
    values = params.get(name) or ("",)
    return values[-1]


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _within(day: date, today: date) -> date:
    return min(max(day, FIRST_DAY), today)
