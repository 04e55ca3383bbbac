"""`POST /api/v0/count`, GoatCounter's batch call for back ends, in; events of ours, and GoatCounter's answers, out."""

from __future__ import annotations

import ipaddress
import secrets
from datetime import datetime
from typing import Any

import msgspec
from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse, Response

from collector.accept import Acceptor
from collector.adapters import goatcounter
from collector.adapters.facts import Caller, body_of
from collector.answers import Answer
from collector.grouping import Placed, take, together
from collector.sender import Request
from common.bodies import RawEvent
from common.settings import Settings

MOST_HITS = 500
MOST_BYTES = 1_000_000
_NO_SESSION = "session or browser/IP not set; use no_sessions if you don't want to track unique visits"


class _Hit(msgspec.Struct):
    path: str = ""
    title: str = ""
    event: bool = False
    ref: str = ""
    size: Any = None
    query: str = ""
    bot: int = 0
    user_agent: str = ""
    location: str = ""
    language: str | None = None
    ip: str = ""
    created_at: str | None = None
    session: str = ""


class _Hits(msgspec.Struct):
    no_sessions: bool = False
    filter: list[str] | None = None
    hits: list[_Hit] = []


_decode = msgspec.json.Decoder(_Hits).decode


async def count(request: HttpRequest, acceptor: Acceptor, settings: Settings) -> Response:
    """Answer a batch: 202 once all hits are durable; 400 names those that are not, by their place."""
    caller = Caller(request, acceptor, settings)
    if caller.token is None:
        return JSONResponse({"error": "no Authorization header"}, 401)
    if not caller.sites:
        return JSONResponse({"error": "unknown token"}, 401)
    site = site_of(request, caller, settings)
    data = await body_of(request, MOST_BYTES)
    try:
        body = _decode(data or b"")
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        return JSONResponse({"error": str(error)[:200]}, 400)
    if not body.hits:
        return JSONResponse({"error": "no hits"}, 400)
    if len(body.hits) > MOST_HITS:
        return JSONResponse({"error": f"maximum amount of pageviews in one batch is {MOST_HITS}"}, 400)
    placed, errors = [], dict[str, str]()
    for index, hit in enumerate(body.hits):
        try:
            made = read(hit)
            made.hostname = site
            placed.append(Placed(site, sender(hit, caller.facts, body.no_sessions), made))
        except goatcounter.Invalid as error:
            errors[str(index)] = str(error).removeprefix("not valid: ")
    return answer(acceptor.count(together(await take(acceptor, placed))), errors)


def site_of(request: HttpRequest, caller: Caller, settings: Settings) -> str:
    """The site that the token is for; of several the one that the host name says."""
    if len(caller.sites) == 1:
        return next(iter(caller.sites))
    named = goatcounter.site_of(request.headers, settings.goatcounter_sites)
    return named if named in caller.sites else ""


def answer(taken: Answer, errors: dict[str, str]) -> Response:
    """GoatCounter's answer. What was dropped for a reason that it has not stands in a header."""
    if taken.status != 202:
        extra = {name.decode(): value.decode() for name, value in taken.headers}
        return JSONResponse({"error": taken.body["error"]}, taken.status, extra)
    dropped = taken.body["dropped"]
    if "site" in dropped:
        return JSONResponse({"error": "no site at this domain"}, 400)
    listed = ", ".join(f"{reason}={number}" for reason, number in dropped.items())
    told = {"X-Footfall-Dropped": listed} if listed else {}
    return JSONResponse({"errors": errors}, 400, told) if errors else JSONResponse({"status": "ok"}, 202, told)


def read(hit: _Hit) -> RawEvent:
    """The event of a hit; raises `goatcounter.Invalid`."""
    if 0 < hit.bot < goatcounter.FIRST_BOT:
        raise goatcounter.Invalid(f"wrong value: b={hit.bot}")
    try:
        datetime.fromisoformat(hit.created_at or "2000-01-01")
    except ValueError:
        raise goatcounter.Invalid("created_at: not a date and time") from None
    made = goatcounter.hit(hit.path, hit.event, hit.title, hit.ref, hit.query)
    text = ",".join(map(str, hit.size)) if isinstance(hit.size, list) else str(hit.size or "")
    made.screen = goatcounter.size(text)
    made.timestamp, made.language = hit.created_at, hit.language
    return made


def sender(hit: _Hit, facts: Request, no_sessions: bool) -> Request:
    """Who it was: a session of the caller's, else address and user agent; without either, somebody else each time."""
    if hit.ip:
        try:
            ipaddress.ip_address(hit.ip)
        except ValueError:
            raise goatcounter.Invalid("ip: not an IP address") from None
    visitor = hit.session[:200]
    if not visitor and not (hit.user_agent and hit.ip):
        if not no_sessions:
            raise goatcounter.Invalid(_NO_SESSION)
        visitor = secrets.token_hex(8)
    agent = "" if hit.bot else hit.user_agent[:1_000] or None
    return Request(facts.now, hit.ip, agent, "", hit.location[:2], visitor, stated=True)
