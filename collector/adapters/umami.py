"""`POST /api/send` and `/api/batch` as Umami's scripts send them in; events of ours, and Umami's answers, out."""

from __future__ import annotations

import base64
import ipaddress
import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urljoin, urlsplit

import msgspec
from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse, Response

from collector.accept import Acceptor
from collector.adapters.facts import Caller, body_of
from collector.adapters.pages import custom, host_of, pathname
from collector.adapters.umami_form import Invalid, checked
from collector.answers import Answer
from collector.grouping import Placed, take
from collector.sender import Request
from common.bodies import Body, RawEvent, Revenue
from common.enrich.user_agent import agent
from common.events import ENGAGEMENT, PAGEVIEW, VITALS
from common.settings import Settings, site_name, valid_site
from common.vitals import VITALS_METRICS, measured

CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Headers": "*",
    "Access-Control-Allow-Methods": "GET, DELETE, POST, PUT",
    "Access-Control-Max-Age": "86400",
}
#: Umami's scripts are told ids of their visitor. Here no id leaves the collector.
NOBODY = "00000000-0000-0000-0000-000000000000"
#: Paths are resolved against this; no page's host is.
_BASE = "https://page.invalid/"
_SIZE = re.compile(r"(\d{1,5})x(\d{1,5})")
_CODES = {400: "bad-request", 401: "unauthorized", 413: "payload-too-large", 429: "too-many-requests"}
_MESSAGES = {400: "Bad request", 401: "Unauthorized", 413: "Payload too large", 429: "Too many requests"}


async def send(request: HttpRequest, acceptor: Acceptor, settings: Settings) -> Response:
    """Answer one item."""
    caller = Caller(request, acceptor, settings)
    body = await _json(request, caller)
    if isinstance(body, Response):
        return body
    ((status, answer),) = await answers([body], caller, acceptor, settings)
    headers = {"Retry-After": str(answer.pop("retry"))} if "retry" in answer else {}
    return JSONResponse(answer, status, {**CORS, **headers})


async def batch(request: HttpRequest, acceptor: Acceptor, settings: Settings) -> Response:
    """Answer an array of items: 200, and which of them were refused."""
    caller = Caller(request, acceptor, settings)
    body = await _json(request, caller)
    if isinstance(body, Response):
        return body
    if not isinstance(body, list):
        return JSONResponse(_error(400, errors=["Invalid input: expected array"]), 400, CORS)
    found = await answers(body, caller, acceptor, settings)
    refused = [(index, status, answer) for index, (status, answer) in enumerate(found) if status != 200]
    wait = next((answer["retry"] for _, _, answer in refused if "retry" in answer), None)
    details = [
        {"index": index, "response": {name: value for name, value in answer.items() if name != "retry"}}
        for index, _, answer in refused
    ]
    told: dict[str, Any] = {"size": len(body), "processed": len(body) - len(refused), "errors": len(refused)}
    told |= {"details": details, "cache": next((answer["cache"] for _, answer in found if "cache" in answer), None)}
    return JSONResponse(told, 200, {**CORS, **({"Retry-After": str(wait)} if wait else {})})


async def _json(request: HttpRequest, caller: Caller) -> Any:
    """The body; an answer where there is no use in reading it. What is no JSON is refused as nothing."""
    if caller.has_unknown_key:
        return JSONResponse(_error(401), 401, CORS)
    data = await body_of(request)
    if data is None:
        return JSONResponse(_error(413), 413, CORS)
    try:
        return msgspec.json.decode(data)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None


async def answers(
    items: list[Any], caller: Caller, acceptor: Acceptor, settings: Settings
) -> list[tuple[int, dict[str, Any]]]:
    """Status and answer of every item, in order; what has to be durable is."""
    found: dict[int, tuple[int, dict[str, Any]]] = {}
    placed: list[Placed] = []
    at: list[int] = []
    for index, item in enumerate(items):
        try:
            kind, payload = checked(item)
        except Invalid as error:
            acceptor.count(Answer(400, {}))
            found[index] = (400, _error(400, **error.tree))
            continue
        site = site_of(payload, settings.umami_sites)
        if not valid_site(site) or not settings.knows(site):
            acceptor.count(Answer(400, {"dropped": {"site": 1}}))
            found[index] = (400, _error(400, message="Website not found."))
            continue
        facts = sender(payload, caller, site)
        found[index] = (200, _accepted(payload, facts))
        made = event(kind, payload, site, facts.now)
        if made:
            placed.append(Placed(site, facts, made))
            at.append(index)
        elif kind == "performance":
            acceptor.count(await acceptor.take(Body(site, None, [], {"unsupported": 1}), facts))
    for places, taken in await take(acceptor, placed):
        acceptor.count(taken)
        for place in places:
            found[at[place]] = _outcome(taken, found[at[place]])
    return [found[index] for index in range(len(items))]


def site_of(payload: Mapping[str, Any], sites: Mapping[str, str]) -> str:
    """The site of a website id by FOOTFALL_UMAMI_SITES; where that is not set, by the page's host; "" for none."""
    named = str(payload.get("website") or payload.get("link") or payload.get("pixel")).lower()
    if sites:
        return sites.get(named, "")
    return site_name(payload.get("hostname") or host_of(urlsplit(payload.get("url", ""))))


def sender(payload: Mapping[str, Any], caller: Caller, site: str) -> Request:
    """Who sent it. Address and user agent in the payload count with a key for the site only."""
    facts = caller.facts
    if not caller.may_state([site]):
        return facts
    address, named = payload.get("ip") or "", payload.get("userAgent")
    try:
        ipaddress.ip_address(address)
    except ValueError:
        address = facts.address
    return facts._replace(address=address, user_agent=named[:1_000] if named else facts.user_agent, stated=True)


def event(kind: str, payload: Mapping[str, Any], site: str, now: int) -> RawEvent | None:
    """The event of a payload. None for `identify`, since no visitor is known by name here, and for a measurement of
    nothing that is known here.
    """
    if kind == "identify" or (kind == "performance" and not measured(payload)):
        return None
    url = urlsplit(urljoin(_BASE, payload.get("url", "")))
    host = "" if url.netloc == urlsplit(_BASE).netloc else host_of(url)
    route = url.fragment if url.fragment.startswith(("/", "!/")) else ""
    made = RawEvent(
        pathname=pathname(url.path or "/", url.query, route),
        hostname=payload.get("hostname") or host,
        site=site,
        referrer=payload.get("referrer"),
        title=payload.get("title"),
        language=payload.get("language"),
    )
    if size := _SIZE.fullmatch(payload.get("screen", "")):
        made.screen = (int(size[1]), int(size[2]))
    if "timestamp" in payload:
        made.age = float(now - int(payload["timestamp"]) * 1_000)
    if kind == "performance":
        made.type, made.interactive = VITALS, False
        made.props = {name: payload[name] for name in VITALS_METRICS if name in payload}
    elif kind == "engagement":
        made.type, made.engaged = ENGAGEMENT, payload.get("engagement")
    else:
        made.type = custom(payload["name"].strip()) if payload.get("name", "").strip() else PAGEVIEW
        made.revenue, made.props = _data(payload)
    return made


def _data(payload: Mapping[str, Any]) -> tuple[Revenue | None, dict[str, Any] | None]:
    """Revenue and properties: nested objects with dotted names, arrays as their JSON, as Umami has them."""
    data = dict(payload.get("data") or {})
    revenue = None
    amount, currency = data.get("revenue"), data.get("currency")
    if isinstance(amount, int | float | str) and not isinstance(amount, bool) and isinstance(currency, str):
        revenue = Revenue(amount, currency)
        del data["revenue"], data["currency"]
    props = dict(_flat(data))
    if payload.get("tag"):
        props.setdefault("tag", payload["tag"])
    return revenue, props or None


def _flat(data: Mapping[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for name, value in data.items():
        if isinstance(value, dict):
            found += _flat(value, f"{prefix}{name}.")
        elif value is not None:
            found.append((prefix + name, json.dumps(value) if isinstance(value, list) else value))
    return found


def _accepted(payload: Mapping[str, Any], facts: Request) -> dict[str, Any]:
    """A script keeps `cache` and sends it again; it tells nothing but the website. A bot is counted as a bot."""
    if agent(facts.user_agent or "").class_ != "human":
        return {"beep": "boop"}
    head, claims = {"alg": "none", "typ": "JWT"}, {"websiteId": payload.get("website"), "type": "cache"}
    token = ".".join(
        base64.urlsafe_b64encode(msgspec.json.encode(part)).rstrip(b"=").decode() for part in (head, claims)
    )
    return {"cache": f"{token}.", "sessionId": NOBODY, "visitId": NOBODY}


def _outcome(taken: Answer, usual: tuple[int, dict[str, Any]]) -> tuple[int, dict[str, Any]]:
    """An item's answer once its group was taken."""
    if taken.status == 202:
        if "site" in taken.body["dropped"]:
            return 400, _error(400, message="Website not found.")
        return usual
    wait = next((value.decode() for name, value in taken.headers if name == b"retry-after"), None)
    told = _error(taken.status, message=taken.body["error"])
    return taken.status, told | ({"retry": wait} if wait else {})


def _error(status: int, **more: Any) -> dict[str, Any]:
    message, code = _MESSAGES.get(status, "Server error"), _CODES.get(status, "server-error")
    return {"error": {"message": message, "code": code, "status": status, **more}}
