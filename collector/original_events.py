"""Entries of the original list of events in, hits or why there is none out: JSON under names it may have had. Pure."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import msgspec

from collector.logs import Hit
from common.bodies import RawEvent, Revenue

#: What an event's fields may be called, the first that says something counts.
_NAMES: dict[str, tuple[str, ...]] = {
    "type": ("type", "event", "name", "event_type"),
    "pathname": ("pathname", "path", "page", "url"),
    "hostname": ("hostname", "host", "domain"),
    "referrer": ("referrer", "referer", "ref"),
    "title": ("title",),
    "timezone": ("timezone", "tz"),
    "language": ("language", "lang", "locale"),
    "target": ("target",),
}
_TIMES = ("timestamp", "time", "ts", "date", "createdAt", "created_at")
_VISITORS = ("visitorId", "visitor_id", "visitor", "userId", "user_id", "sessionId", "session_id", "session", "uid")
_AGENTS = ("userAgent", "user_agent", "ua")
_ADDRESSES = ("ip", "address", "remoteAddr", "remote_addr")
_COUNTRIES = ("country", "countryCode", "country_code")
#: A number below this is of seconds, one above of ms: the year 2286 and the spring of 1970.
_SECONDS = 10_000_000_000


def hit_of(number: int, data: bytes, site: str) -> Hit | str:
    """What an entry tells, or in a few words why it is no event."""
    try:
        found = json.loads(data.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return "no JSON"
    if not isinstance(found, dict):
        return "no JSON object"
    time = _time(_first(found, _TIMES))
    if time is None:
        return "no time"
    texts = {name: _text(_first(found, names)) for name, names in _NAMES.items()}
    if not texts["pathname"]:
        return "no path"
    texts["pathname"], host = _path(texts["pathname"])
    raw = RawEvent()
    for name, text in texts.items():
        if text:
            setattr(raw, name, text)
    raw.hostname = raw.hostname or host or None
    raw.screen = _screen(found)
    raw.props = found["props"] if isinstance(found.get("props"), dict) else None
    raw.interactive = found.get("interactive") is not False
    for name in ("engaged", "scroll", "x", "y"):
        if isinstance(value := found.get(name), int | float) and not isinstance(value, bool):
            setattr(raw, name, float(value))
    try:
        raw.revenue = msgspec.convert(found["revenue"], Revenue) if found.get("revenue") else None
    except msgspec.ValidationError:
        raw.revenue = None
    agent = _first(found, _AGENTS)
    return Hit(
        number,
        site,
        time,
        raw,
        _text(_first(found, _ADDRESSES)),
        _text(agent)[:1_000] if agent else None,
        visitor=_text(_first(found, _VISITORS))[:200],
        country=_text(_first(found, _COUNTRIES)),
    )


def _first(found: dict[str, Any], names: tuple[str, ...]) -> Any:
    return next((found[name] for name in names if found.get(name) not in (None, "")), None)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else str(value) if isinstance(value, int | float) else ""


def _path(text: str) -> tuple[str, str]:
    """Path with its query, and host, of what may be a whole address."""
    scheme, slashes, rest = text.partition("://")
    if not slashes or "/" in scheme:
        return (text if text.startswith("/") else f"/{text}"), ""
    host, slash, path = rest.partition("/")
    return f"/{path}" if slash else "/", host


def _time(value: Any) -> int | None:
    """Ms of a number of s or ms, or of ISO 8601, UTC without an offset."""
    if isinstance(value, str) and value.replace(".", "", 1).isdigit():
        value = float(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        if not 0 < value < 1e15:
            return None
        return round(value * 1000) if value < _SECONDS else round(value)
    try:
        moment = datetime.fromisoformat(value)
        return round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)
    except (TypeError, ValueError, OverflowError):
        return None


def _screen(found: dict[str, Any]) -> tuple[float, float] | None:
    """Width and height of [1920, 1080], "1920x1080", or {"width": .., "height": ..}."""
    value = found.get("screen") or found.get("screenSize") or found.get("viewport")
    if isinstance(value, str):
        value = value.lower().split("x")
    elif isinstance(value, dict):
        value = [value.get("width"), value.get("height")]
    try:
        width, height = value  # type: ignore[misc]
        return float(width), float(height)
    except (TypeError, ValueError):
        return None
