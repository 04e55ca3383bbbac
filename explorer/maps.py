"""Figures of countries in, a world map as a plotly figure out. The shapes lie beside; nobody is asked for any."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
from plotly.graph_objs._figure import Figure

from explorer import charts
from explorer.colours import DIVERGING, SEQUENTIAL, Colouring, Land, axis, land

_SHAPES = Path(__file__).parent / "shapes" / "world.json"
HEIGHT = 370
#: Part of the world -> longitudes and latitudes that are shown.
AREAS = {
    "world": ((-170, 190), (-56, 82)),
    "europe": ((-25, 45), (34, 71)),
    "asia": ((28, 150), (-11, 56)),
    "africa": ((-20, 55), (-36, 38)),
    "north_america": ((-170, -50), (7, 74)),
    "south_america": ((-92, -30), (-56, 14)),
    "oceania": ((110, 190), (-49, 12)),
}


@cache
def shapes() -> dict[str, Any]:
    """Countries as GeoJSON: features by ISO 3166 alpha-2 code, and `points` of those too small to hit."""
    found: dict[str, Any] = json.loads(_SHAPES.read_text(encoding="utf-8"))
    return found


@cache
def drawn() -> frozenset[str]:
    """Codes of all countries that the map can show."""
    return frozenset(shapes()["points"]) | {feature["id"] for feature in shapes()["features"]}


def world(
    codes: Sequence[str],
    colouring: Colouring,
    hovers: Sequence[str],
    chosen: Collection[str] = (),
    area: str = "world",
    dark: bool = False,
    diverging: bool = False,
) -> Figure:
    """The map: countries of `codes` by their colours, chosen ones outlined; small ones are points."""
    colours, soil = charts.palette(dark), land(dark)
    told = pd.DataFrame({"code": list(codes), "value": colouring.values, "text": list(hovers)})
    told = told[told["code"].isin(drawn())]
    figure = Figure()  # type: ignore[no-untyped-call]
    # Points come first: a map that begins with a trace of shapes has plotly fetch its own, which it does not need.
    _points(figure, told, chosen, soil)
    rest = [feature["id"] for feature in shapes()["features"] if feature["id"] not in set(told["code"])]
    _shapes(figure, rest, [0.0] * len(rest), None, {"width": 0.5, "color": colours.paper},
            {"colorscale": [[0, soil.empty], [1, soil.empty]], "showscale": False, "hoverinfo": "skip"})  # fmt: skip
    shaped = told[told["code"].isin({feature["id"] for feature in shapes()["features"]})]
    marked = shaped["code"].isin(list(chosen))
    line = {
        "width": [1.8 if mark else 0.5 for mark in marked],
        "color": [soil.outline if mark else colours.paper for mark in marked],
    }
    _shapes(figure, shaped["code"], shaped["value"], shaped["text"], line,
            {"coloraxis": "coloraxis", "hovertemplate": "%{customdata}<extra></extra>"})  # fmt: skip
    _dress(figure, colouring, DIVERGING[dark] if diverging else SEQUENTIAL[dark], area)
    return figure


def _shapes(
    figure: Figure,
    codes: Sequence[str] | pd.Series,
    values: Sequence[float] | pd.Series,
    texts: pd.Series | None,
    line: Mapping[str, Any],
    more: Mapping[str, Any],
) -> None:
    """One layer of countries."""
    wanted = set(codes)
    figure.add_choropleth(
        geojson={"type": "FeatureCollection", "features": [f for f in shapes()["features"] if f["id"] in wanted]},
        locations=list(codes),
        z=list(values),
        customdata=None if texts is None else list(texts),
        marker={"line": dict(line)},
        unselected={"marker": {"opacity": 1}},
        showlegend=False,
        **more,
    )


def _points(figure: Figure, told: pd.DataFrame, chosen: Collection[str], soil: Land) -> None:
    """Countries too small for their shapes: those with figures large enough to click, the rest as specks."""
    points: dict[str, list[float]] = shapes()["points"]
    small = told[told["code"].isin(set(points))]
    rest = [code for code in points if code not in set(small["code"])]
    figure.add_scattergeo(
        lon=[points[code][0] for code in rest],
        lat=[points[code][1] for code in rest],
        mode="markers",
        marker={"size": 3, "color": soil.empty},
        hoverinfo="skip",
        showlegend=False,
    )
    figure.add_scattergeo(
        lon=[points[code][0] for code in small["code"]],
        lat=[points[code][1] for code in small["code"]],
        mode="markers",
        ids=list(small["code"]),
        customdata=[[text, code] for text, code in zip(small["text"], small["code"], strict=True)],
        marker={
            "size": [13 if code in chosen else 9 for code in small["code"]],
            "color": list(small["value"]),
            "coloraxis": "coloraxis",
            "line": {"width": [1.8 if code in chosen else 1 for code in small["code"]], "color": soil.outline},
        },
        unselected={"marker": {"opacity": 1}},
        hovertemplate="%{customdata[0]}<extra></extra>",
        showlegend=False,
    )


def _dress(figure: Figure, colouring: Colouring, ramp: Sequence[str], area: str) -> None:
    longitudes, latitudes = AREAS.get(area, AREAS["world"])
    figure.update_geos(
        visible=False,  # layers of plotly's own, which it would have to fetch
        bgcolor="rgba(0,0,0,0)",
        projection_type="natural earth" if area == "world" else "mercator",
        lonaxis_range=longitudes,
        lataxis_range=latitudes,
    )
    figure.update_layout(
        height=HEIGHT,
        margin={"l": 0, "r": 0, "t": 0, "b": 30},
        paper_bgcolor="rgba(0,0,0,0)",
        dragmode=False,
        coloraxis=axis(colouring, ramp),
    )
