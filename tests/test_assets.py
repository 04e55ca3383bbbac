"""Requests in; status, headers and bodies of the collector's static answers out."""

from __future__ import annotations

import gzip
import re

import pytest
from starlette.requests import Request

from collector import assets
from collector.assemble import wish


def request(**headers: str) -> Request:
    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "method": "GET", "path": "/", "headers": pairs})


def test_the_tracker_is_served_minified_to_any_origin() -> None:
    asset = assets.tracker()
    response = assets.asset_response(asset, request())
    assert response.body == asset.body
    assert len(asset.body) < 0.7 * len(assets.tracker(wish("source")).body)
    assert b"/*" not in asset.body
    assert dict(response.headers) == {
        "cache-control": "public, max-age=3600, must-revalidate",
        "access-control-allow-origin": "*",
        "cross-origin-resource-policy": "cross-origin",
        "x-content-type-options": "nosniff",
        "etag": asset.etag,
        "vary": "Accept-Encoding",
        "content-type": "text/javascript; charset=utf-8",
        "content-length": str(len(asset.body)),
    }


@pytest.mark.parametrize(
    ("accepted", "zipped"),
    [
        ("", False),
        ("gzip", True),
        ("br, gzip", True),
        ("deflate, GZIP;q=0.5", True),
        ("br;q=1.0, gzip; q=0.8", True),
        ("gzip;q=0", False),
        ("gzip;q=0.000, br", False),
        ("x-gzip-like", False),
    ],
)
def test_gzip_only_for_those_who_take_it(accepted: str, zipped: bool) -> None:
    asset = assets.tracker()
    response = assets.asset_response(asset, request(accept_encoding=accepted))
    assert response.headers.get("content-encoding") == ("gzip" if zipped else None)
    body = bytes(response.body)
    assert (gzip.decompress(body) if zipped else body) == asset.body


@pytest.mark.parametrize(
    ("sent", "status"),
    [("{}", 304), ('"other", {}', 304), ("*", 304), ('"other"', 200), ("", 200)],
)
def test_a_known_version_is_not_sent_again(sent: str, status: int) -> None:
    asset = assets.tracker()
    for etag in (asset.etag, asset.etag.removeprefix("W/")):  # proxies may strengthen a tag
        response = assets.asset_response(asset, request(if_none_match=sent.format(etag)))
        assert response.status_code == status
        assert bool(response.body) == (status == 200)
        assert response.headers["etag"] == asset.etag
        assert response.headers["cache-control"].startswith("public")


def test_the_same_text_always_gives_the_same_bytes() -> None:
    first, second = assets.tracker(), assets.tracker.__wrapped__()
    assert first == second
    assert assets.demo_script().etag != first.etag


def test_the_pixel_is_a_gif_that_no_cache_keeps() -> None:
    assert len(assets.PIXEL) == 43
    assert assets.PIXEL[:6] == b"GIF89a"
    assert assets.PIXEL[6:10] == b"\x01\x00\x01\x00"  # one by one
    assert assets.PIXEL[-1:] == b";"
    response = assets.asset_response(assets.pixel(), request(accept_encoding="gzip", if_none_match="*"))
    assert (response.status_code, response.body) == (200, assets.PIXEL)
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["content-type"] == "image/gif"
    assert response.headers["access-control-allow-origin"] == "*"
    assert "etag" not in response.headers


def test_the_demo_page_loads_from_its_own_origin_alone() -> None:
    asset = assets.demo_page('http://127.0.0.1:8501/?a="b')
    text = asset.body.decode()
    assert 'href="http://127.0.0.1:8501/?a=&quot;b"' in text
    assert "{{" not in text
    assert re.findall(r'src="([^"]+)"', text) == ["/demo.js", "/tracker.js"]
    policy = asset.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert re.search(r"style-src 'sha256-[A-Za-z0-9+/]{43}='", policy)
    assert not re.search(r' style="| on[a-z]+="', text)  # the policy would block them
    assert asset.headers["Referrer-Policy"] == "strict-origin-when-cross-origin"
    assert "Access-Control-Allow-Origin" not in asset.headers
