"""Settings in, the routes of other products' clients out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.routing import Route

from collector.accept import Acceptor
from collector.adapters import goatcounter, goatcounter_api, plausible, umami
from common.settings import Settings

Endpoint = Callable[[HttpRequest, Acceptor, Settings], Awaitable[Response]]

_PREFLIGHT = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "POST, GET, OPTIONS",
    "Access-Control-Max-Age": "86400",
}
#: Path, its methods, what answers.
_ENDPOINTS: tuple[tuple[str, tuple[str, ...], Endpoint], ...] = (
    ("/api/event", ("POST",), plausible.event),
    ("/api/send", ("POST",), umami.send),
    ("/api/batch", ("POST",), umami.batch),
    ("/count", ("GET", "POST"), goatcounter.count),
    ("/api/v0/count", ("POST",), goatcounter_api.count),
)


def routes(acceptor: Callable[[], Acceptor], settings: Settings) -> list[Route]:
    """One route for each of their endpoints, preflight included."""
    return [
        Route(path, _bound(endpoint, acceptor, settings), methods=[*methods, "OPTIONS"])
        for path, methods, endpoint in _ENDPOINTS
    ]


def _bound(
    endpoint: Endpoint, acceptor: Callable[[], Acceptor], settings: Settings
) -> Callable[[HttpRequest], Awaitable[Response]]:
    async def answer(request: HttpRequest) -> Response:
        if request.method == "OPTIONS":
            # Named one by one: `*` does not cover every header in every browser.
            asked = request.headers.get("access-control-request-headers", "*")
            return Response(status_code=204, headers={**_PREFLIGHT, "Access-Control-Allow-Headers": asked})
        return await endpoint(request, acceptor(), settings)

    return answer
