"""HTTP requests with a token in, answers of `Traffic` as JSON or CSV out: the read-only API beside the pages.

A token speaks for one site (`python -m explorer tokens`). An unknown site and a wrong token look alike.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import redis
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from common import store, tokens
from common.frames import Traffic
from common.settings import Settings, load, site_name
from common.store import StoreError
from explorer import exports
from explorer.endpoints import ENDPOINTS, Endpoint, Refused, asked
from explorer.openapi import PREFIX, description

_MOST_SITES = 300
_RETRY = {"retry-after": "5"}
_ASK = {"www-authenticate": "Bearer"}


class Locked(Traffic):
    """Traffic that one request at a time asks."""

    def __init__(self, *, site: str, client: redis.Redis, settings: Settings) -> None:
        super().__init__(site=site, client=client, settings=settings)
        self.lock = threading.RLock()


class Sites:
    """One `Traffic` a site, each asked by one request at a time; opened when first asked for."""

    def __init__(self, settings: Callable[[], Settings] = load) -> None:
        self._settings, self._lock = settings, threading.Lock()
        self._client: redis.Redis | None = None
        self._traffic: dict[str, Locked] = {}

    @property
    def client(self) -> redis.Redis:
        """The connection of this process."""
        with self._lock:
            if self._client is None:
                self._client = store.connect(None, self._settings(), timeout=15.0, purpose="read")
            return self._client

    def ask(self, site: str, endpoint: Endpoint, given: dict[str, list[str]]) -> Any:
        """The answer; raises `Refused`, ValueError, StoreError, redis.RedisError."""
        traffic = self.traffic(site)
        with traffic.lock:
            return getattr(traffic, endpoint.name)(**asked(endpoint, given, traffic.today()))

    def traffic(self, site: str) -> Locked:
        """The site's figures; a changed zone makes them anew."""
        client = self.client
        fresh = Locked(site=site, client=client, settings=self._settings())
        with self._lock:
            kept = self._traffic.get(site)
            if kept is None or kept.zone != fresh.zone:
                if len(self._traffic) >= _MOST_SITES:
                    self._traffic.clear()
                kept = self._traffic[site] = fresh
            return kept


#: Of this process.
SITES = Sites()


def routes(sites: Sites | None = None) -> list[BaseRoute]:
    """All routes of the API."""
    asking = sites or SITES
    paths = [Route(f"{PREFIX}/{each.name}", partial(_answer, asking, each), name=each.name) for each in ENDPOINTS]
    return [Route("/api/v1/openapi.json", _describe), *paths]


async def _describe(request: Request) -> Response:
    return JSONResponse(description())


async def _answer(sites: Sites, endpoint: Endpoint, request: Request) -> Response:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        return _error(401, "a token is needed: Authorization: Bearer TOKEN", _ASK)
    given = {name: request.query_params.getlist(name) for name in request.query_params}
    return await run_in_threadpool(_respond, sites, endpoint, request.path_params["site"], token.strip(), given)


def _respond(sites: Sites, endpoint: Endpoint, named: str, token: str, given: dict[str, list[str]]) -> Response:
    try:
        site = site_name(named)
        if tokens.check(sites.client, site, token, tokens.READ) is None:
            return _error(403, "the token is not one of this site")
        form = given.pop("format", ["json"])[-1]
        if form not in ("json", "csv"):
            raise Refused(f"format={form}: expected json or csv")
        found = sites.ask(site, endpoint, given)
        return _csv(found, endpoint.name) if form == "csv" else Response(encoded(found), media_type="application/json")
    except ValueError as error:
        return _error(400, str(error))
    except (StoreError, redis.RedisError, OSError) as error:
        told = error if isinstance(error, StoreError) else store.explain(error, "")
        return _error(503, str(told), _RETRY)


def frame_of(found: Any) -> pd.DataFrame:
    """Any answer as a frame: totals have one row, a number and a list one column."""
    if isinstance(found, pd.DataFrame):
        frame = found.copy()
    elif isinstance(found, pd.Series):
        frame = found.to_frame().T.infer_objects()
        frame.attrs = dict(found.attrs)
    else:
        frame = pd.DataFrame({"value": found if isinstance(found, list) else [found]})
    for name in ("visitor", "visit"):
        if name in frame and frame[name].dtype.kind in "iu" and name == "visitor":
            # Numbers of 64 bits are more than a number of JSON holds.
            frame[name] = [f"{number:016x}" for number in frame[name].to_numpy().astype(np.uint64).tolist()]
    return frame


def encoded(found: Any) -> str:
    """`{"data": [rows], "about": {...}}`; no number is null, times are ISO 8601."""
    frame = frame_of(found)
    rows = frame.to_json(orient="records", date_format="iso", double_precision=10)
    about = json.dumps({str(name): value for name, value in frame.attrs.items()}, default=str)
    return f'{{"data":{rows},"about":{about}}}'


def _csv(found: Any, name: str) -> Response:
    headers = {"content-disposition": f'attachment; filename="{name}.csv"'}
    return Response(exports.csv(frame_of(found)), media_type="text/csv; charset=utf-8", headers=headers)


def _error(status: int, told: str, headers: dict[str, str] | None = None) -> Response:
    return JSONResponse({"error": told}, status, headers)
