"""Files of this folder in; tracker, pixel and demo page as browsers fetch them, headers included, out."""

from __future__ import annotations

import base64
import hashlib
import html
import re
from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from zopfli import gzip

from collector.assemble import Wish, assemble, wish

FOLDER = Path(__file__).parent

#: One transparent pixel.
PIXEL = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAICRAEAOw==")

#: Fetched by pages of other origins, also by those that isolate themselves (COEP).
ANY_ORIGIN = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}
NO_SNIFF = {"X-Content-Type-Options": "nosniff"}
#: Where the tracker sends to, unless its tag says otherwise.
ENDPOINT = "/api/track"
USUAL = wish("")
#: Of zopfli, which packs into any gzip a browser reads what `gzip -9` does in 1 to 2 % more: 15 ms, once a script.
_ITERATIONS = 30


class Asset(NamedTuple):
    """A body ready to be served. An empty `etag` means that no cache may keep it."""

    body: bytes
    gzip: bytes | None
    etag: str
    content_type: str
    headers: Mapping[str, str]


@lru_cache(256)
def tracker(asked: Wish = USUAL, endpoint: str = ENDPOINT) -> Asset:
    """The tracker with the parts that are asked for, sending to `endpoint` on the host it comes from."""
    caching = {"Cache-Control": "public, max-age=3600, must-revalidate"}
    return _asset(assemble(asked, endpoint), "text/javascript", {**caching, **ANY_ORIGIN, **NO_SNIFF})


def tracker_response(request: Request, endpoint: str = ENDPOINT) -> Response:
    """`/tracker.PARTS.js`, or `/tracker.js?with=PARTS`: 404 with their names where one is none."""
    text = request.path_params.get("parts") or request.query_params.get("with", "")
    try:
        return asset_response(tracker(wish(text), endpoint), request)
    except ValueError as error:
        return PlainTextResponse(f"{error}\n", 404, {**ANY_ORIGIN, **NO_SNIFF})


@cache
def demo_script() -> Asset:
    """The demo page's own script, which shows what the tracker sends."""
    source = (FOLDER / "pages" / "demo.js").read_text("utf-8")
    return _asset(source, "text/javascript", {"Cache-Control": "no-cache", **NO_SNIFF})


@cache
def demo_page(explorer: str) -> Asset:
    """The demo page, with a link to the explorer's address."""
    page = (FOLDER / "pages" / "demo.html").read_text("utf-8").replace("{{explorer}}", html.escape(explorer))
    headers = {
        "Cache-Control": "no-cache",
        "Content-Security-Policy": _policy(page),
        "Referrer-Policy": "strict-origin-when-cross-origin",
        "X-Frame-Options": "DENY",
        **NO_SNIFF,
    }
    return _asset(page, "text/html", headers)


@cache
def pixel() -> Asset:
    """The pixel; never cached, since each fetch of it is a pageview."""
    headers = {"Cache-Control": "no-store", **ANY_ORIGIN, **NO_SNIFF}
    return Asset(PIXEL, None, "", "image/gif", headers)


def asset_response(asset: Asset, request: Request) -> Response:
    """The answer to one request: 304 when the browser has this version, gzip when it takes it."""
    headers = dict(asset.headers)
    if asset.etag:
        headers["ETag"] = asset.etag
    if asset.gzip is not None:
        headers["Vary"] = "Accept-Encoding"
    if asset.etag and _matches(request.headers.get("if-none-match", ""), asset.etag):
        return Response(status_code=304, headers=headers)
    headers["Content-Type"] = asset.content_type
    if asset.gzip is not None and _takes_gzip(request.headers.get("accept-encoding", "")):
        headers["Content-Encoding"] = "gzip"
        return Response(asset.gzip, headers=headers)
    return Response(asset.body, headers=headers)


def _asset(text: str, content_type: str, headers: Mapping[str, str]) -> Asset:
    body = text.encode()
    # Weak, because the same tag stands for the plain and the compressed form.
    etag = f'W/"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
    return Asset(body, _zipped(body), etag, f"{content_type}; charset=utf-8", headers)


def _zipped(body: bytes) -> bytes:
    packed: bytes = gzip.compress(body, numiterations=_ITERATIONS)  # type: ignore[no-untyped-call]
    return packed


def _policy(page: str) -> str:
    """A policy that lets the page load from its own origin alone; its style block is allowed by digest."""
    styles = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    digests = (base64.b64encode(hashlib.sha256(style.encode()).digest()).decode() for style in styles)
    return "; ".join(
        [
            "default-src 'none'",
            "script-src 'self'",
            "connect-src 'self'",
            "img-src 'self' data:",
            " ".join(["style-src", *(f"'sha256-{digest}'" for digest in digests)]),
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        ]
    )


def _matches(if_none_match: str, etag: str) -> bool:
    known = [tag.strip().removeprefix("W/") for tag in if_none_match.split(",")]
    return "*" in known or etag.removeprefix("W/") in known


def _takes_gzip(accept_encoding: str) -> bool:
    for item in accept_encoding.split(","):
        name, _, weight = item.replace(" ", "").partition(";q=")
        if name.lower() == "gzip":
            return weight.strip("0.") != "" or not weight
    return False
