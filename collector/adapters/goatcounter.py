"""`/count` as GoatCounter's script asks for it in; events of ours, and GoatCounter's answers, out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from collector.accept import Acceptor
from collector.adapters.facts import Caller
from collector.adapters.pages import custom, pathname
from collector.answers import Answer
from collector.assets import PIXEL
from common.bodies import Body, RawEvent
from common.events import PAGEVIEW
from common.settings import Settings, site_name

HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Content-Type": "image/gif",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Cache-Control": "no-store",
}
#: From here on `b` names what drives a browser: phantom, nightmare, selenium, webdriver.
FIRST_BOT = 150
_TRUE = {"true": True, "1": True, "on": True, "false": False, "0": False, "off": False, "": False}
#: Campaign parameters that GoatCounter knows and we do not, by ours.
_CAMPAIGN = {"src": "source", "campaign": "utm_campaign"}
_NUMBER = re.compile(r"-?\d{1,9}")


class Hit(NamedTuple):
    """A page that was looked at, or something that happened there."""

    event: RawEvent
    bot: bool


class Invalid(ValueError):
    """A hit that GoatCounter refuses; the message is its reason."""


async def count(request: HttpRequest, acceptor: Acceptor, settings: Settings) -> Response:
    """Answer a request: always with a picture, 200 once the hit is durable or was left out, reason in X-Goatcounter."""
    if request.method == "HEAD" or is_prefetch(request.headers):
        return gif(200)
    try:
        hit = read(request.query_params, request.headers)
    except Invalid as error:
        acceptor.count(Answer(400, {}))
        return gif(400, str(error))
    site, page = site_of(request.headers, settings.goatcounter_sites), page_host(request.headers)
    hit.event.hostname = page or site
    facts = Caller(request, acceptor, settings).facts
    if hit.bot:
        facts = facts._replace(user_agent="")  # which makes it one
    return answer(acceptor.count(await acceptor.take(Body(site or None, None, [hit.event], {}), facts)))


def answer(taken: Answer) -> Response:
    """GoatCounter's answer. What is dropped here for a reason that it has not is accepted, with the reason."""
    if taken.status != 202:
        wait = {name.decode(): value.decode() for name, value in taken.headers}
        return gif(taken.status, str(taken.body["error"]), wait)
    dropped = taken.body["dropped"]
    if "site" in dropped:
        return gif(400, "no site at this domain")
    return gif(202, f"ignored because of {', '.join(dropped)}") if dropped else gif(200)


def gif(status: int, reason: str = "", extra: Mapping[str, str] | None = None) -> Response:
    """A picture with a reason."""
    told = {"X-Goatcounter": reason.encode("ascii", "replace").decode()} if reason else {}
    return Response(PIXEL, status, {**HEADERS, **told, **(extra or {})})


def is_prefetch(headers: Mapping[str, str]) -> bool:
    """A browser that fetches a page before anybody has asked for it."""
    words = (headers.get(name, "") for name in ("x-moz", "x-purpose", "purpose", "sec-purpose"))
    return any(word.startswith(("prefetch", "preview")) for word in words)


def page_host(headers: Mapping[str, str]) -> str:
    """Host of the page that asked, "" where the browser does not tell."""
    for name in ("origin", "referer"):
        try:
            url = urlsplit(headers.get(name, ""))
        except ValueError:
            continue
        if url.scheme in {"http", "https"} and url.netloc:
            return url.netloc.rpartition("@")[2]
    return ""


def site_of(headers: Mapping[str, str], sites: Mapping[str, str]) -> str:
    """The site of the host name that was asked, by FOOTFALL_GOATCOUNTER_SITES; else the page's host; else that name."""
    asked = headers.get("host", "").lower()
    named = sites.get(asked) or sites.get(asked.partition(":")[0])
    return named or site_name(page_host(headers) or asked)


def read(query: Mapping[str, str], headers: Mapping[str, str]) -> Hit:
    """The hit of a query string; raises `Invalid`."""
    happened = _TRUE.get(query.get("e", "").lower())
    if happened is None:
        raise Invalid("error decoding parameters: e: not a boolean")
    bot = query.get("b") or "0"
    if not _NUMBER.fullmatch(bot):
        raise Invalid("error decoding parameters: b: not a number")
    if 0 < int(bot) < FIRST_BOT:
        raise Invalid(f"wrong value: b={int(bot)}")
    try:
        here = urlsplit(headers.get("referer", "")).path
    except ValueError:
        here = ""
    made = hit(query.get("p", ""), happened, query.get("t", ""), query.get("r", ""), query.get("q", ""), here)
    made.screen = size(query.get("s", ""))
    return Hit(made, int(bot) >= FIRST_BOT)


def hit(path: str, happened: bool, title: str, referrer: str, query: str, here: str = "/") -> RawEvent:
    """An event by GoatCounter's rules; raises `Invalid`. `here` is the page of what happened, which is not told."""
    path = path.strip()
    if happened:
        path = path.lstrip("/")
    if not path:
        raise Invalid("not valid: path: must be set.")
    for name, text, most in (("path", path, 2_048), ("title", title, 1_024), ("ref", referrer, 2_048)):
        if len(text) > most:
            raise Invalid(f"not valid: {name}: must be shorter than {most} characters.")
    if happened:
        made = RawEvent(type=custom(path), pathname=pathname(here or "/", campaign(query)))
    else:
        own, _, asked = path.partition("#")[0].partition("?")
        made = RawEvent(type=PAGEVIEW, pathname=pathname(own, "&".join(filter(None, (campaign(query), asked)))))
    made.title, made.referrer = title or None, referrer or None
    return made


def campaign(query: str) -> str:
    """A query string in which the campaign has the names that are read here."""
    query = query.removeprefix("?")[:4_000]
    pairs = parse_qsl(query)
    renamed = [(_CAMPAIGN[name], value) for name, value in pairs if name in _CAMPAIGN]
    return f"{query}&{urlencode(renamed)}" if renamed else query


def size(text: str) -> tuple[float, float] | None:
    """`1920`, or `1920,1080,2` of older scripts."""
    try:
        width, *rest = (float(part) for part in text.split(","))
    except ValueError:
        return None
    return (width, rest[0] if rest else 0.0)
