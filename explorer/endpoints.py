"""The table of the read-only API: one row for each question, its parameters and how they are read. Pure.

Routes, their description in OpenAPI and the docs all loop over `ENDPOINTS`; a name is a method of `Traffic`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from common.frames import DIMENSIONS, GRAINS
from explorer.view import decode_filter

MOST_ROWS = 100_000


class Refused(ValueError):
    """A parameter that cannot be used; the message names it."""


class Param(NamedTuple):
    """One parameter of a question, beside days and filters."""

    name: str
    about: str
    read: Callable[[str, str], Any]
    schema: Mapping[str, Any]
    default: Any = None
    required: bool = False
    many: bool = False  #: it may come several times, in order


class Endpoint(NamedTuple):
    """One question."""

    name: str
    about: str
    params: tuple[Param, ...] = ()
    dated: bool = True
    filtered: bool = True


def _text(name: str, text: str) -> str:
    if not text:
        raise Refused(f"{name} is empty")
    return text


def _count(name: str, text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= MOST_ROWS:
        raise Refused(f"{name}={text}: expected a whole number from 1 to {MOST_ROWS:,}")
    return int(text)


def _switch(name: str, text: str) -> bool:
    if text not in ("0", "1", "true", "false"):
        raise Refused(f"{name}={text}: expected true or false")
    return text in ("1", "true")


def _within(name: str, text: str) -> str | int:
    return text if text == "visit" else _count(name, text)


_INTEGER = {"type": "integer", "minimum": 1, "maximum": MOST_ROWS}
_LIMIT = Param("limit", "Rows at most.", _count, _INTEGER, 1_000)
_DIMENSION = Param(
    "dimension", f"One of {', '.join(DIMENSIONS)}, or prop:KEY.", _text, {"type": "string"}, required=True
)

ENDPOINTS = (
    Endpoint("totals", "Visitors, visits, pageviews, events, bounce rate, duration, engagement of the days."),
    Endpoint(
        "series",
        "The same for each bar.",
        (Param("grain", "Length of a bar.", _text, {"type": "string", "enum": list(GRAINS)}, "day"),),
    ),
    Endpoint(
        "breakdown",
        "The same for each value of a dimension, largest first.",
        (_DIMENSION, _LIMIT, Param("sort", "Metric that decides the order.", _text, {"type": "string"}, "visitors")),
    ),
    Endpoint("activity", "Sums of each hour of the week."),
    Endpoint("events", "Raw events, the newest last.", (_LIMIT,)),
    Endpoint("visits", "Visits, the newest last.", (_LIMIT,)),
    Endpoint(
        "funnel",
        "Visitors who took steps in order.",
        (
            Param("steps", "A step, page:/path* or event:Name; several in order.", _text, {"type": "string"},
                  required=True, many=True),
            Param("within", "`visit`, or s from the first step to the last.", _within, {"type": "string"}),
            Param("by", "Dimension that splits it.", _text, {"type": "string"}),
        ),
    ),
    Endpoint(
        "transitions",
        "Pairs of pageviews that follow each other in a visit.",
        (_LIMIT, Param("ends", "Entries and exits, too.", _switch, {"type": "boolean"}, default=False)),
    ),
    Endpoint(
        "retention",
        "Who came again, by cohort.",
        (Param("grain", "day, week or month.", _text, {"type": "string", "enum": ["day", "week", "month"]}, "day"),),
    ),
    Endpoint(
        "conversions",
        "Visitors who reached a goal, their share of all, how often; by a dimension if one is named.",
        (Param("goal", "A goal, event:Name or page:/path*.", _text, {"type": "string"}, required=True),
         Param("by", "Dimension that splits it.", _text, {"type": "string"})),
    ),
    Endpoint(
        "vitals",
        "Percentiles of web vitals.",
        (Param("by", "page, hostname, a dimension of visits, or day.", _text, {"type": "string"}), _LIMIT),
    ),
    Endpoint("errors", "Errors in pages."),
    Endpoint(
        "clicks",
        "What was clicked.",
        (Param("by", "page or target.", _text, {"type": "string", "enum": ["page", "target"]}, "page"), _LIMIT),
    ),
    Endpoint("revenue", "Money of custom events."),
    Endpoint("shapes", "Visits by pageviews, engaged time and interaction: for any bounce rule.", filtered=False),
    Endpoint("properties", "Keys of custom properties.", filtered=False),
    Endpoint("loss", "An estimate of what was lost on the way from browsers, by day.", filtered=False),
    Endpoint("dropped", "What was not counted, by reason.", filtered=False),
    Endpoint("live", "Visitors of the last five minutes.", dated=False, filtered=False),
)  # fmt: skip


def asked(endpoint: Endpoint, given: Mapping[str, Sequence[str]], today: date) -> dict[str, Any]:
    """The arguments of `Traffic`'s method that query parameters name; raises `Refused` naming the first bad one."""
    known = {param.name for param in endpoint.params} | {"format"}
    known |= {"from", "to"} if endpoint.dated else set()
    known |= {"f"} if endpoint.filtered else set()
    for name in given:
        if name not in known:
            raise Refused(f"{name}: no parameter of {endpoint.name}, which takes {', '.join(sorted(known))}")
    options: dict[str, Any] = {}
    if endpoint.dated:
        options["start"] = _day("from", given, today)
        options["end"] = _day("to", given, today)
        if options["start"] > options["end"]:
            raise Refused(f"from={options['start']} lies after to={options['end']}")
    if endpoint.filtered:
        options["where"] = where(given.get("f", ()))
    for param in endpoint.params:
        values = given.get(param.name)
        if not values:
            if param.required:
                raise Refused(f"{param.name} is missing: {param.about}")
            options[param.name] = param.default
        else:
            found = [param.read(param.name, text) for text in values]
            options[param.name] = found if param.many else found[-1]
    return options


def where(filters: Sequence[str]) -> dict[str, list[str]]:
    """Filters as addresses of the explorer hold them; one that cannot be read is refused, not left out."""
    chosen: dict[str, list[str]] = {}
    for text in filters:
        found = decode_filter(text)
        if found is None:
            raise Refused(f"f={text}: expected DIMENSION:VALUE such as country:DE or page__contains:/blog")
        chosen.setdefault(found[0], []).append(found[1])
    return chosen


def _day(name: str, given: Mapping[str, Sequence[str]], today: date) -> date:
    values = given.get(name)
    if not values:
        raise Refused(f"{name} is missing: a day such as {today.isoformat()}")
    try:
        return date.fromisoformat(values[-1])
    except ValueError:
        raise Refused(f"{name}={values[-1]}: expected a day such as {today.isoformat()}") from None
