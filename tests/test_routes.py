"""Paths of other products in; which methods they take, and that each is answered, out."""

from __future__ import annotations

from pathlib import Path

import redis as redis_py
from adapted import adapted

from collector.adapters.routes import _ENDPOINTS
from common.settings import Settings

#: Path -> methods that are answered other than 405, with the status of an empty request.
PATHS = {
    "/api/event": {"POST": 400},
    "/api/send": {"POST": 400},
    "/api/batch": {"POST": 400},
    "/count": {"GET": 400, "POST": 400, "HEAD": 200},
    "/api/v0/count": {"POST": 401},
}


def test_methods_and_preflights(settings: Settings, redis: redis_py.Redis) -> None:
    with adapted(settings, redis) as running:
        for path, methods in PATHS.items():
            for method in ("GET", "HEAD", "POST", "PUT", "DELETE"):
                assert running.http.request(method, path).status_code == methods.get(method, 405), (path, method)
            found = running.http.options(path, headers={"access-control-request-headers": "x-a, x-b"})
            assert (found.status_code, found.content) == (204, b"")
            assert found.headers["access-control-allow-origin"] == "*"
            assert found.headers["access-control-allow-headers"] == "x-a, x-b"
            assert "POST" in found.headers["access-control-allow-methods"]
        found = running.http.get("/metrics", headers={"authorization": "x"})
        assert found.status_code == 403  # and the routes that were there are still there


def test_paths_are_in_the_docs() -> None:
    docs = Path(__file__).resolve().parent.parent / "docs"
    for name in ("http.md", "migrate-snippets.md"):
        text = (docs / name).read_text()
        assert [path for path, methods, _ in _ENDPOINTS if not any(f"{m} {path}`" in text for m in methods)] == []
