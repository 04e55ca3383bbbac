"""`POST /api/event` as Plausible's scripts and Events API send it in; events of ours, and Plausible's answers, out."""

from __future__ import annotations

import ipaddress
from typing import Any, NamedTuple
from urllib.parse import SplitResult, urlsplit

import msgspec
from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse, PlainTextResponse, Response

from collector.accept import Acceptor
from collector.adapters.facts import Caller, body_of
from collector.adapters.pages import custom, host_of, pathname
from collector.answers import Answer
from common.bodies import MOST_EVENTS, Body, RawEvent, Revenue
from common.enrich.user_agent import agent
from common.events import ENGAGEMENT, PAGEVIEW
from common.settings import Settings, site_name

CORS = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "X-Plausible-Dropped, Retry-After"}
_NO_JSON = {"request": ["Unable to parse request body as json"]}
_NO_ENGAGEMENT = "engagement event requires a valid integer value for at least one of 'sd' or 'e' fields"
_LONG_PROPS = "keys should have at most 300 bytes and values 2000 bytes"
_MOST_PROPS = 30
_MOST_URL = 2_000
_MONTH = 30 * 86_400_000
#: Events whose prop `path` is the page's where the script gives none.
_OF_A_PATH = frozenset({"404", "Form: Submission", "WP Form Completions"})


class Sent(NamedTuple):
    """A request's event and the sites it is for, in the order given."""

    sites: list[str]
    event: RawEvent


class Invalid(ValueError):
    """A request that Plausible refuses: its errors by field."""

    def __init__(self, errors: dict[str, list[str]]) -> None:
        super().__init__(errors)
        self.errors = errors


async def event(request: HttpRequest, acceptor: Acceptor, settings: Settings) -> Response:
    """Answer a request: 202 `ok` once the event is durable, or was dropped."""
    caller = Caller(request, acceptor, settings)
    if caller.has_unknown_key:
        return _refused(401, {"authorization": ["unknown key"]})
    data = await body_of(request)
    try:
        sent = read(data)
    except Invalid as error:
        acceptor.count(Answer(400, {}))
        return _refused(400, error.errors)
    facts = caller.facts
    if caller.may_state(sent.sites):
        facts = facts._replace(address=_first_address(request) or facts.address, stated=True)
    if request.headers.get("x-debug-request") == "true":
        return PlainTextResponse(facts.address, 200, CORS)
    events = [msgspec.structs.replace(sent.event, site=site) for site in sent.sites[:MOST_EVENTS] if site]
    taken = acceptor.count(await acceptor.take(Body(None, None, events, {}), facts)) if events else None
    counted = taken.body.get("accepted", 0) if taken and agent(facts.user_agent or "").class_ == "human" else 0
    return answer(taken, len(sent.sites) - counted)


def answer(taken: Answer | None, dropped: int) -> Response:
    """Plausible's answer. `dropped` counts the sites without an event of a human; bots are kept apart here."""
    if taken and taken.status != 202:
        extra = {name.decode(): value.decode() for name, value in taken.headers}
        return _refused(taken.status, {"request": [taken.body["error"]]}, extra)
    headers = {"x-plausible-dropped": str(dropped)} if dropped else {}
    return PlainTextResponse("ok", 202, {**CORS, **headers})


def read(data: bytes | None) -> Sent:
    """The event of a body; raises `Invalid`. None stands for a body that is too large to be read."""
    try:
        body = msgspec.json.decode(data or b"")
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        body = None
    if not isinstance(body, dict):
        raise Invalid(_NO_JSON)
    errors: dict[str, list[str]] = {}
    name, url = _name(body, errors), _url(body, errors)
    sites = _sites(body, url, errors)
    hashed = _integer(body, "h", "hashMode", errors) == 1
    page = pathname(url.path or "/", url.query, url.fragment if hashed else "") if url else "/"
    made = RawEvent(
        type=name if name in {PAGEVIEW, ENGAGEMENT} else custom(name),
        pathname=page,
        hostname=(site_name(host_of(url)) if url else "") or "(none)",
        referrer=_text(body, "r", "referrer")[:2_000] or None,
        interactive=body.get("i", body.get("interactive")) is not False,
    )
    props = _props(body, name, page, errors)
    if name == ENGAGEMENT:
        made.scroll, made.engaged = _depth(body.get("sd")), _engaged(body.get("e"))
        if made.scroll is None and not made.engaged:
            errors.setdefault("event_name", []).append(_NO_ENGAGEMENT)
    else:
        made.props, made.revenue = props, _revenue(_first(body, "$", "revenue"))
    if isinstance(width := body.get("w"), int) and not isinstance(width, bool):
        made.screen = (width, 0)
    if errors:
        raise Invalid(errors)
    return Sent(sites, made)


def _refused(status: int, errors: dict[str, list[str]], headers: dict[str, str] | None = None) -> Response:
    return JSONResponse({"errors": errors}, status, {**CORS, **(headers or {})})


def _first(body: dict[str, Any], *names: str) -> Any:
    """Short and long name stand for each other; null and false count as not given."""
    return next((body[name] for name in names if body.get(name) not in (None, False)), None)


def _text(body: dict[str, Any], *names: str) -> str:
    value = _first(body, *names)
    return value if isinstance(value, str) else ""


def _name(body: dict[str, Any], errors: dict[str, list[str]]) -> str:
    name = _first(body, "n", "name")
    if name is None or (isinstance(name, str) and not name.strip()):
        errors["event_name"] = ["can't be blank"]
    elif isinstance(name, bool) or not isinstance(name, str | int):
        errors["event_name"] = ["is invalid"]
    elif len(str(name)) > 120:
        errors["event_name"] = ["should be at most 120 character(s)"]
    else:
        return str(name)
    return ""


def _url(body: dict[str, Any], errors: dict[str, list[str]]) -> SplitResult | None:
    text = _first(body, "u", "url")
    if text is None:
        errors["url"] = ["is required"]
        return None
    try:
        if isinstance(text, str) and len(text.encode("utf-8", "surrogatepass")) <= _MOST_URL:
            url = urlsplit(text)
            if url.scheme != "data":
                return url
            errors["url"] = ["scheme is not allowed"]
            return None
    except ValueError:
        pass
    errors["url"] = ["must be a valid url"]
    return None


def _sites(body: dict[str, Any], url: SplitResult | None, errors: dict[str, list[str]]) -> list[str]:
    """The sites of `d`, else the host's. An empty one in the list is dropped, as an unknown one is."""
    listed = _first(body, "d", "domain")
    if not isinstance(listed, str):
        listed = host_of(url) if url else ""
    if not listed.strip():
        errors["domain"] = ["can't be blank"]
    return [site_name(part) for part in listed.split(",")]


def _integer(body: dict[str, Any], short: str, long: str, errors: dict[str, list[str]]) -> int | None:
    value = _first(body, short, long)
    if value is None:
        return None
    found = _whole(value)
    if found is None:
        errors["hash_mode"] = ["is invalid"]
    return found


def _whole(value: object) -> int | None:
    if isinstance(value, str):
        digits = value.removeprefix("-")
        return int(value) if digits.isascii() and digits.isdigit() and len(digits) < 16 else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _depth(value: object) -> int | None:
    depth = _whole(value)
    return None if depth is None or depth < 0 else min(depth, 100)


def _engaged(value: object) -> int:
    """Old scripts sent months by mistake: as good as nothing."""
    engaged = _whole(value)
    return 0 if engaged is None or not 0 <= engaged < _MONTH else engaged


def _object(value: object) -> dict[str, Any]:
    """An object, or the JSON of one."""
    if isinstance(value, str):
        try:
            value = msgspec.json.decode(value)
        except (msgspec.DecodeError, RecursionError, UnicodeError):
            return {}
    return value if isinstance(value, dict) else {}


def _props(body: dict[str, Any], name: str, page: str, errors: dict[str, list[str]]) -> dict[str, Any] | None:
    found = {
        key: value
        for key, value in _object(_first(body, "m", "meta", "p", "props")).items()
        if not isinstance(value, list | dict | None) and key.strip() and str(value).strip()
    }
    if name in _OF_A_PATH and "path" not in found:
        found = {"path": page.partition("?")[0], **found}
    kept = dict(list(found.items())[:_MOST_PROPS])
    if any(len(key.encode()) > 300 or len(str(value).encode()) > 2_000 for key, value in kept.items()):
        errors["props"] = [_LONG_PROPS]
    return kept or None


def _revenue(value: object) -> Revenue | None:
    """Money; what is none is left out."""
    found = _object(value)
    amount, currency = found.get("amount"), found.get("currency")
    if isinstance(amount, bool) or not isinstance(amount, int | float | str) or not isinstance(currency, str):
        return None
    return Revenue(amount, currency)


def _first_address(request: HttpRequest) -> str:
    """The first address that a back end forwards."""
    for part in request.headers.get("x-forwarded-for", "").split(","):
        try:
            return str(ipaddress.ip_address(part.strip()))
        except ValueError:
            continue
    return ""
