"""An address with a token in, one view of a site for the public out: the page that `snapshot` writes, as of now.

It needs no login and leads nowhere else. What it shows was chosen with the token; small groups are left out.
"""

from __future__ import annotations

import threading
import time
from html import escape
from urllib.parse import parse_qs

import redis
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from common import tokens
from common.settings import site_name
from common.store import StoreError
from explorer import snapshot
from explorer.api import Sites
from explorer.endpoints import Refused, where
from explorer.summary import summary
from explorer.view import decode

#: Groups of fewer visitors are left out unless the token says otherwise.
FLOOR = 5
#: Seconds for which a page is shown as it is: who reloads asks Redis for nothing.
_KEPT, _MOST = 60.0, 200


class Pages:
    """Pages by digest of their token, each made once a minute at most."""

    def __init__(self, sites: Sites) -> None:
        self._sites, self._lock = sites, threading.Lock()
        self._made: dict[str, tuple[float, str]] = {}

    def page(self, site: str, token: str) -> str | None:
        """The page; None for a token that is none. Raises StoreError, redis.RedisError."""
        held = tokens.check(self._sites.client, site, token, tokens.SHARE)
        if held is None:
            return None
        key, now = f"{site} {tokens.digest(token)}", time.time()
        with self._lock:
            if key in self._made and now - self._made[key][0] < _KEPT:
                return self._made[key][1]
            traffic = self._sites.traffic(site)
            given = parse_qs(str(held.contents.get("view", "")))
            view = decode(given, site, traffic.today())
            with traffic.lock:
                made = snapshot.html(summary(traffic, view, now, int(held.contents.get("floor", FLOOR))))
            if len(self._made) >= _MOST:
                self._made.clear()
            self._made[key] = now, made
        return made


def refuse(view: str) -> None:
    """Raises ValueError naming what a view to be shared cannot say."""
    given = parse_qs(view, keep_blank_values=True)
    if unknown := [name for name in given if name not in ("period", "from", "to", "f", "grain", "compare")]:
        raise Refused(f"--share: {unknown[0]}: expected period, from, to, f, grain or compare, as addresses have them")
    where(given.get("f", ()))


def routes(sites: Sites) -> list[BaseRoute]:
    """The one route."""
    pages = Pages(sites)

    async def show(request: Request) -> Response:
        site = site_name(request.path_params["site"])
        try:
            made = await run_in_threadpool(pages.page, site, request.path_params["token"])
        except (StoreError, redis.RedisError, OSError):
            return _word(503, "These figures cannot be read just now. Try again in a minute.")
        if made is None:
            return _word(404, "Nothing is shared under this address.")
        return HTMLResponse(made, headers={"cache-control": "private, max-age=60"})

    return [Route("/share/{site}/{token}", show)]


def _word(status: int, text: str) -> Response:
    style = "font: 16px system-ui; max-width: 40rem; margin: 20vh auto; padding: 1rem"
    page = f'<!doctype html><meta charset="utf-8"><title>Footfall</title><p style="{style}">{escape(text)}</p>'
    return HTMLResponse(page, status)
