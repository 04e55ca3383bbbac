"""Request bytes in, `RawEvent`s and drop reasons out. Nothing here trusts the sender.

The usual body is decoded and validated in one go. When that fails, every event is looked at by itself, so that a bad
one costs only itself: it is dropped as `invalid`, and its field is named where no event of the body is usable.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec

MOST_EVENTS = 100
MOST_BYTES = 65_536


class BadBody(ValueError):
    """Not one event of the body can be used; the message names the field."""


class Revenue(msgspec.Struct):
    """Money of a custom event."""

    amount: float | str
    currency: str


class RawEvent(msgspec.Struct):
    """An event as the sender wrote it; unknown fields are ignored. product names and units: docs/http.md."""

    type: str = "pageview"
    pathname: str | None = None
    hostname: str | None = None
    site: str | None = None
    referrer: str | None = None
    timestamp: str | None = None
    age: float | None = None
    title: str | None = None
    screen: tuple[float, float] | None = None
    timezone: str | None = None
    language: str | None = None
    sessionId: Any = None
    props: dict[str, Any] | None = None
    interactive: bool = True
    revenue: Revenue | None = None
    engaged: float | None = None
    scroll: float | None = None
    x: float | None = None
    y: float | None = None
    target: str | None = None


class _Body(RawEvent):
    """A batch or a single event: which one shows when `events` is there."""

    batch: str | int | None = None
    events: list[RawEvent] | None = None


class Body(NamedTuple):
    """What a request asks for: the batch's site and id where given, usable events, and dropped ones by reason."""

    site: str | None
    batch: str | None
    events: list[RawEvent]
    dropped: dict[str, int]


class Form(NamedTuple):
    """How bodies of one kind of event are decoded."""

    event: type[RawEvent]
    decode_object: Callable[[bytes], Any]
    decode_list: Callable[[bytes], Any]


_USUAL = Form(RawEvent, msgspec.json.Decoder(_Body).decode, msgspec.json.Decoder(list[RawEvent]).decode)


def parse(data: bytes, form: Form = _USUAL) -> Body:
    """Decode a body; raises `BadBody` when it is no JSON or no event in it is usable."""
    try:
        if data.lstrip()[:1] == b"[":
            return _limit(Body(None, None, form.decode_list(data), {}))
        body = form.decode_object(data)
        if body.events is None:
            return Body(None, None, [body], {})
        return _limit(Body(body.site, _batch_id(body.batch), body.events, {}))
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return _one_by_one(_lenient(data), form.event)


def _limit(body: Body) -> Body:
    if not body.events:
        raise BadBody("events: expected at least one event")
    extra = len(body.events) - MOST_EVENTS
    if extra <= 0:
        return body
    return body._replace(events=body.events[:MOST_EVENTS], dropped={"too_many": extra})


def _lenient(data: bytes) -> Any:
    """JSON with what msgspec refuses (NaN, lone surrogates, bad UTF-8), so that only the event that has it is lost."""
    try:
        return json.loads(data.decode("utf-8", "replace"), parse_constant=_NotANumber)
    except (ValueError, RecursionError) as error:
        raise BadBody(f"body: expected JSON, {str(error)[:100] or 'nested too deep'}") from None


class _NotANumber:
    """Stands for NaN and Infinity: no field takes it."""

    def __init__(self, name: str) -> None:
        self.name = name


def _one_by_one(body: Any, event: type[RawEvent]) -> Body:
    site = batch = None
    if isinstance(body, dict) and "events" in body:
        found = body["events"]
        site = body.get("site") if isinstance(body.get("site"), str) else None
        batch = _batch_id(body.get("batch"))
        if not isinstance(found, list):
            raise BadBody("events: expected an array of events")
    else:
        found = body if isinstance(body, list) else [body]
    events, problems = _usable(found[:MOST_EVENTS], lambda item: msgspec.convert(item, event))
    if not events:
        raise BadBody(problems[0] if problems else "events: expected at least one event")
    dropped = {"invalid": len(problems), "too_many": max(0, len(found) - MOST_EVENTS)}
    return Body(site, batch, events, {reason: count for reason, count in dropped.items() if count})


def _usable(found: list[Any], convert: Callable[[Any], RawEvent]) -> tuple[list[RawEvent], list[str]]:
    events, problems = [], []
    for item in found:
        try:
            events.append(convert(item))
        except (msgspec.ValidationError, RecursionError) as error:
            problems.append(_named(str(error)))
        except UnicodeEncodeError:  # a lone surrogate as a field's name, or where a number belongs
            problems.append("event: expected Unicode text")
    return events, problems


def _named(message: str) -> str:
    """`Expected str, got int - at $.age` as `age: expected str, got int`."""
    text, _, path = message.partition(" - at `$")
    name = path.strip("`.") or "event"
    return f"{name}: {text[:1].lower()}{text[1:200]}"


def _batch_id(value: object) -> str | None:
    return str(value)[:64] if isinstance(value, str | int) and not isinstance(value, bool) and value != "" else None
