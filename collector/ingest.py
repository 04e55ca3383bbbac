"""A request's events and facts in, enriched events or drop reasons out: the list of named steps every event takes.

Live requests and imported files go through the same steps; only where the visitor's salt comes from differs.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache, partial
from types import MappingProxyType
from typing import Any, NamedTuple

from collector.sender import Identity, Origin, Request, Salted, Sender
from common.bodies import RawEvent, Revenue
from common.calendars import Calendar
from common.currencies import EXPONENTS, HUNDREDTHS
from common.enrich.error_text import error_text
from common.enrich.geo import Geo
from common.enrich.spam import is_spam
from common.enrich.text import clean
from common.enrich.user_agent import Agent
from common.events import CLICK, ENGAGEMENT, ERROR, PAGEVIEW, SIGNALS, VITALS, Event
from common.signals import MESSAGE
from common.vitals import measured

MOST_PATH = 512
MOST_NAME = 120
MOST_TITLE = 200
MOST_PROPS = 30
#: In main units: the sum of any day stays a whole number that all parts can hold.
MOST_MONEY = 10**7
_MOST_MS = 86_400_000
#: What happened within this many ms before its receipt is not before the site's yesterday, whatever clocks do.
_SURE = 22 * 3_600_000


class Draft:
    """An event on its way through the steps."""

    __slots__ = (
        "agent",
        "day",
        "event",
        "origin",
        "path",
        "props",
        "query",
        "raw",
        "request",
        "seq",
        "site",
        "time",
        "type",
    )

    def __init__(self, raw: RawEvent, request: Request, site: str, seq: int) -> None:
        self.raw, self.request, self.site, self.seq = raw, request, site, seq
        self.type = self.path = self.query = ""
        self.time = self.day = 0
        self.agent: Agent | None = None  #: where the source says it: else the user agent does
        self.origin: Origin | None = None
        self.props: dict[str, str] | None = None
        self.event: Event | None = None


class Dropped(NamedTuple):
    """Why an event is not counted: a reason of DROP_REASONS, and the field where one is to blame."""

    reason: str
    problem: str = ""


class Steps:
    """The steps with what they need: a calendar, salts, a place for addresses. With `past` no event is too old."""

    def __init__(
        self,
        salts: Salted,
        geo: Geo,
        calendar: Calendar,
        past: bool = False,
        hostnames: Mapping[str, frozenset[str]] = MappingProxyType({}),
    ) -> None:
        self._sender, self._calendar, self._past = Sender(salts, geo, calendar), calendar, past
        self._hostnames = hostnames
        #: What the last event shares with the next one of its sender, and whose that is.
        self._like: tuple[Origin, Identity, Event] | None = None

    def take(self, draft: Draft) -> Event | Dropped:
        """Run all steps; the first one that drops ends it."""
        dropped = (
            self.what(draft)
            or self.where(draft)
            or self.when(draft)
            or self.whence(draft)
            or self.properties(draft)
            or self.enrich(draft)
        )
        if dropped:
            return dropped
        assert draft.event is not None  # noqa: S101 - the last step made it
        return draft.event

    def what(self, draft: Draft) -> Dropped | None:
        """The event's type: pageview, a signal or a name of the sender's own."""
        draft.type = _kept(draft.raw.type, MOST_NAME, _name)
        return None if draft.type else Dropped("invalid", "type: expected a name")

    def where(self, draft: Draft) -> Dropped | None:
        """Split the path from its query, which is read here and not kept: it carries addresses and tokens."""
        text = draft.raw.pathname
        if text is None or not text.startswith("/"):
            return Dropped("invalid", "pathname: expected a path that begins with /")
        if "?" in text or "#" in text:
            text, _, query = text.partition("#")[0].partition("?")
            draft.query = query[:4_000]
        draft.path = _kept(text, MOST_PATH, _path)
        return None

    def when(self, draft: Draft) -> Dropped | None:
        """Receipt less `age`, else `timestamp`, never ahead of receipt, never before the site's yesterday."""
        now, raw = draft.request.now, draft.raw
        if raw.age is not None:
            draft.time = now - int(raw.age if 0.0 <= raw.age <= 1e13 else max(0.0, min(raw.age, 1e13)))
        elif raw.timestamp:
            try:
                moment = datetime.fromisoformat(raw.timestamp)
                draft.time = int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)
            except (ValueError, OverflowError):
                return Dropped("invalid", "timestamp: expected ISO 8601 such as 2026-11-24T09:30:00Z")
        else:
            draft.time = now
        draft.time = min(draft.time, now)
        sure = self._past or draft.time >= now - _SURE
        if not sure and draft.time < self._calendar.start(self._calendar.day(now) - 1):
            return Dropped("old")
        draft.day = self._calendar.day(draft.time)
        return None

    def whence(self, draft: Draft) -> Dropped | None:
        """Host, source and channel; a host the site does not list, or a spam referrer, ends here.

        A log is a record of what was served: its spam is counted.
        """
        origin = draft.origin = self._sender.origin(draft.request, draft.site, draft.raw, draft.query, draft.agent)
        if self._hostnames:
            allowed = self._hostnames.get(draft.site)
            if allowed and origin.hostname not in allowed:
                return Dropped("hostname")
        if origin.came.referrer and not self._past and is_spam(origin.came.referrer):
            return Dropped("spam")
        return None

    def properties(self, draft: Draft) -> Dropped | None:
        """Flat properties as text; nested ones are left out."""
        if draft.raw.props:
            kept = {}
            for key, value in list(draft.raw.props.items())[:MOST_PROPS]:
                name = clean(str(key), 100).replace("=", "_")
                if name and isinstance(value, str | int | float | bool) and value != "":
                    kept[name] = clean(_text(value), 500)
            draft.props = kept or None
        return None

    def enrich(self, draft: Draft) -> Dropped | None:
        """The finished event: who it was, and what is known of it."""
        raw, request, origin = draft.raw, draft.request, draft.origin
        assert origin is not None  # noqa: S101 - an earlier step looked it up
        class_ = origin.agent.class_
        try:
            identity = self._sender.identity(request, draft.site, draft.time, draft.day, class_)
        except KeyError:  # yesterday's salt is 48 h old an hour before today's end, where today has 25 hours
            return Dropped("old")
        like = self._like
        if like is None or like[0] is not origin or like[1] is not identity:
            like = self._like = (origin, identity, _shared(origin, identity))
        event = draft.event = _copy(like[2])
        event.time, event.seq, event.type, event.page = draft.time, draft.seq, draft.type, draft.path
        if raw.title:
            event.title = _kept(raw.title, MOST_TITLE, _title)
        if not raw.interactive:
            event.interactive = draft.type == PAGEVIEW
        event.props = draft.props
        if raw.revenue and (money := _revenue(raw.revenue)):
            event.amount, event.currency = money
        if draft.type in SIGNALS:
            return _signal(event, raw)
        return None


_copy: Callable[[Event], Event] = Event.__copy__  # type: ignore[attr-defined]


def _shared(origin: Origin, identity: Identity) -> Event:
    """What an event shares with the next one of its sender."""
    visitor, before, local = identity
    event = Event(0, 0, visitor, before, "", origin.agent.class_, "", origin.hostname, *origin.came, *origin.visitor)
    event.salt_local = local
    return event


def _signal(event: Event, raw: RawEvent) -> Dropped | None:
    """What only signals tell."""
    if event.type == ENGAGEMENT:
        event.engaged = _whole(raw.engaged, _MOST_MS)
        event.scroll = -1 if raw.scroll is None else _whole(raw.scroll, 100)
    elif event.type == CLICK:
        event.x = -1 if raw.x is None else _whole(raw.x, 100_000)
        event.y = -1 if raw.y is None else _whole(raw.y, 1_000_000)
        event.target = clean(raw.target, 120) if raw.target else ""
        event.width = _about(raw.screen[0]) if raw.screen else 0
        if raw.props:
            event.across, event.down = _percent(raw.props.get("across")), _percent(raw.props.get("down"))
            event.props = {key: text for key, text in (event.props or {}).items() if key not in _ON_TARGET} or None
    elif event.type == VITALS:
        event.props = measured(raw.props or {}) or None
        if event.props is None:
            return Dropped("invalid", "props: expected lcp, inp, fcp or ttfb in ms, or cls")
    elif event.type == ERROR:
        event.props = _of_error(raw.props or {})
    return None


#: Where on its target a click fell; these properties have columns of their own.
_ON_TARGET = frozenset({"across", "down"})
#: A release's name may look like an id, and says nothing of a person.
_RELEASE = "release"


def _of_error(props: Mapping[str, Any]) -> dict[str, str]:
    """What is kept of an error, before the journal: nothing else is ever written. Read whole: what is cut in two looks
    like something else.
    """
    message, release = props.get(MESSAGE), props.get(_RELEASE)
    told = {MESSAGE: error_text(message) if isinstance(message, str) else ""}
    return told | ({_RELEASE: clean(release, 100)} if isinstance(release, str) else {})


def _percent(value: object) -> int:
    known = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 100
    return int(value) if known else -1  # type: ignore[call-overload]


def _about(width: float) -> int:
    """A viewport's width, so that places on it stay within a hundredth or two, and windows of odd sizes are not known
    again by theirs.
    """
    step = 10 if width < 768 else 20
    return round(_whole(width, 20_000) / step) * step


def _revenue(revenue: Revenue) -> tuple[int, str] | None:
    """Minor units and currency; None for what is no money."""
    currency, text = revenue.currency.strip().upper(), str(revenue.amount)
    if len(currency) != 3 or not (currency.isascii() and currency.isalpha()) or len(text) > 40:
        return None
    try:
        amount = Decimal(text)
        # Compared before it becomes an int: 1e999999 would be one of a million digits.
        if not abs(amount) < MOST_MONEY:
            return None
        return int(amount.scaleb(EXPONENTS.get(currency, HUNDREDTHS)).to_integral_value()), currency
    except ArithmeticError:
        return None


def _whole(value: float | None, most: int) -> int:
    return 0 if value is None or math.isnan(value) else int(max(0, min(value, most)))


def _text(value: str | int | float | bool) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else str(value)


#: Most events repeat a path, a name and a title.
_path = lru_cache(16_384)(partial(clean, limit=MOST_PATH))
_name = lru_cache(4_096)(partial(clean, limit=MOST_NAME))
_title = lru_cache(16_384)(partial(clean, limit=MOST_TITLE))


def _kept(text: str, limit: int, remembered: Callable[[str], str]) -> str:
    """A text as events keep it. Longer ones are made by nobody honest, and take no room in the cache."""
    return remembered(text) if len(text) <= limit else clean(text, limit)
