"""A figure of plotly's in; its chart, and what was clicked in it, out. And the library that draws it.

Streamlit's own element draws every figure twice, and into a new place each time, so that charts flicker.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable, Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any

import plotly
import plotly.io
import streamlit as st
from plotly.graph_objs._figure import Figure
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from explorer.components import component

#: Another version has another address, so browsers keep it for good.
LIBRARY = f"plotly-{plotly.__version__}.js"
_HEADERS = {"cache-control": "public, max-age=31536000, immutable", "vary": "accept-encoding"}

Point = Mapping[str, Any]


def plot(figure: Figure, key: str, alt: str, told: Callable[[Point], None] | None = None) -> None:
    """Draw it. `told` gets the point that was clicked: x, y, label, location, customdata, and the numbers of its curve
    and in it.
    """
    spec: dict[str, Any] = figure.to_dict()  # type: ignore[no-untyped-call]
    spec["layout"].pop("template", None)  # the browser's theme is it
    component("plot")(
        key=key, data=drawn(spec, alt), on_point_change=partial(clicked, key, told), height=figure.layout.height
    )


def drawn(spec: Mapping[str, Any], alt: str) -> dict[str, str]:
    """What the browser draws a figure from."""
    text: str = plotly.io.to_json(spec, validate=False)  # type: ignore[no-untyped-call]
    return {"figure": text, "alt": alt, "script": LIBRARY}


def clicked(key: str, told: Callable[[Point], None] | None) -> None:
    """Tell the point that the component with this key was clicked on."""
    point = getattr(st.session_state.get(key), "point", None)
    if told is not None and isinstance(point, Mapping):
        told(point)


def routes() -> list[BaseRoute]:
    """The library, as plotly's Python package carries it."""

    def library(request: Request) -> Response:
        packed = "gzip" in request.headers.get("accept-encoding", "")
        headers = _HEADERS | ({"content-encoding": "gzip"} if packed else {})
        return Response(_library(packed), headers=headers, media_type="text/javascript")

    return [Route(f"/{LIBRARY}", library)]


@cache
def _library(packed: bool) -> bytes:
    found = (Path(plotly.__file__).parent / "package_data" / "plotly.min.js").read_bytes()
    return gzip.compress(found, 6) if packed else found
