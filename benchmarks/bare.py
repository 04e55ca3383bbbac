"""The ceiling of this stack: Starlette reads the body and answers 204."""

from __future__ import annotations

import sys

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


async def track(request: Request) -> Response:
    """Read, answer."""
    await request.body()
    return Response(status_code=204)


app = Starlette(routes=[Route("/api/track", track, methods=["POST"])])

if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), access_log=False, log_level="warning", ws="none")
