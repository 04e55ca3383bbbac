"""A body of events with a key in, an answer out: who visited is what the back end with the key says.

The body is that of every other request to /api/track. Without a key the visitor's facts in it are ignored.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

import msgspec

from collector.accept import Acceptor
from collector.answers import Answer
from collector.api_keys import speaks_for
from collector.grouping import Placed, take, together
from collector.sender import Request
from common.bodies import BadBody, Form, RawEvent, parse
from common.settings import Settings, site_name

_UNKNOWN = Answer(401, {"error": "authorization: unknown key"}, ((b"www-authenticate", b"Bearer"),))


class StatedEvent(RawEvent):
    """An event with its visitor's facts; each goes before that of the batch."""

    address: str | None = None
    userAgent: str | None = None
    visitor: str | None = None
    country: str | None = None


class _Batch(StatedEvent):
    """A batch or a single event."""

    batch: str | int | None = None
    events: list[StatedEvent] | None = None


class _Facts(msgspec.Struct):
    """What a batch says of all its events."""

    address: str | None = None
    userAgent: str | None = None
    visitor: str | None = None
    country: str | None = None
    language: str | None = None


_FORM = Form(StatedEvent, msgspec.json.Decoder(_Batch).decode, msgspec.json.Decoder(list[StatedEvent]).decode)
_decode_facts = msgspec.json.Decoder(_Facts).decode


async def accept(
    acceptor: Acceptor, settings: Settings, token: str, data: bytes, headers: Iterable[tuple[bytes, bytes]], peer: str
) -> Answer:
    """Answer a body of events: 202 once what was accepted is durable; 401 for an unknown key."""
    sites = speaks_for(token, settings.api_keys)
    if not sites:
        return acceptor.count(_UNKNOWN)
    try:
        body = parse(data, _FORM)
        facts = _facts(data)
    except BadBody as error:
        return acceptor.count(Answer(400, {"error": str(error)}))
    placed: list[Placed] = []
    foreign, dropped, problem = 0, dict(body.dropped), ""
    base = acceptor.request_of(headers, peer)
    requests: dict[tuple[str | None, ...], Request] = {}
    for event in body.events:
        site = _site(body.site, event, sites)
        about = _about(event, facts)
        try:
            request = requests.get(about) or requests.setdefault(about, _request(base, *about))
        except ValueError as error:
            problem = problem or str(error)
            dropped["invalid"] = dropped.get("invalid", 0) + 1
            continue
        if site in sites:
            event.language = event.language or facts.language
            placed.append(Placed(site, request, event))
        else:
            foreign += 1
    answer = together(await take(acceptor, placed, body.batch, dropped))
    if answer.status == 202 and not placed:
        answer = Answer(400, {"error": problem}) if problem and not foreign else Answer(202, _nothing(dropped))
    if answer.status == 202 and foreign:
        counts = answer.body["dropped"]
        counts["site"] = counts.get("site", 0) + foreign
    return acceptor.count(answer)


def _nothing(dropped: dict[str, int]) -> dict[str, object]:
    return {"accepted": 0, "dropped": dropped}


def _facts(data: bytes) -> _Facts:
    """The facts of the batch; an array of events has none."""
    if data.lstrip()[:1] == b"[":
        return _Facts()
    try:
        return _decode_facts(data)
    except msgspec.ValidationError as error:
        text, _, path = str(error).partition(" - at `$.")
        raise BadBody(f"{path.strip('`')}: {text[:1].lower()}{text[1:200]}") from None
    except (msgspec.DecodeError, RecursionError):
        return _Facts()  # JSON that only the lenient way reads: its events have their own


def _site(site: str | None, event: RawEvent, sites: frozenset[str]) -> str:
    """The batch's site, else the event's, else the only one of the key, else the host name's."""
    named = site or event.site or (next(iter(sites)) if len(sites) == 1 else event.hostname)
    return site_name(named or "")


def _about(event: RawEvent, facts: _Facts) -> tuple[str | None, ...]:
    assert isinstance(event, StatedEvent)  # noqa: S101 - the form made it
    return (
        event.address or facts.address,
        event.userAgent or facts.userAgent,
        event.visitor or facts.visitor,
        event.country or facts.country,
    )


def _request(
    base: Request, address: str | None, user_agent: str | None, visitor: str | None, country: str | None
) -> Request:
    """The visitor as the caller knows it. Nothing of the back end's own request is its, but for an address that is not
    given; a user agent that is not given proves nothing.
    """
    if address:
        try:
            ipaddress.ip_address(address)
        except ValueError:
            raise ValueError("address: expected an IP address") from None
    return Request(
        base.now,
        address or base.address,
        user_agent[:1_000] if user_agent else None,
        "",
        (country or "")[:8],
        (visitor or "")[:200],
        stated=True,
    )
