"""A script in; a web site whose every page runs it, with other products' clients beside, out."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Route

CLIENTS = Path(__file__).parent / "clients"
PAGE = """<!doctype html><html><head><title>Page {path}</title><link rel="icon" href="data:,">
<script type="module">{script}</script></head><body style="margin:0;height:3000px">
<a id="out" href="https://out.example/x" target="_blank">Out</a> <a id="file" href="/empty/report.pdf">File</a>
<form action="/empty/form" method="post"><button id="send">Send</button></form>
<button id="tagged" class="plausible-event-name=Tagged+one plausible-event-plan=pro">Tagged</button>
</body></html>"""


async def _client(request: Request) -> Response:
    path = CLIENTS / request.path_params["path"]
    return FileResponse(path if path.suffix else path.with_suffix(".js"), media_type="text/javascript")


async def _empty(_: Request) -> Response:
    return Response(status_code=204)


@contextmanager
def pages(script: str) -> Iterator[str]:
    """Serve on a free loopback port, in a thread; the site's address."""

    async def page(request: Request) -> Response:
        return HTMLResponse(PAGE.format(path=request.url.path, script=script))

    routes = [
        Route("/clients/{path:path}", _client),
        Route("/empty/{path}", _empty, methods=["GET", "POST"]),
        Route("/{path:path}", page),
    ]
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(
            uvicorn.Config(Starlette(routes=routes), log_level="error", timeout_graceful_shutdown=1)
        )
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(10)
