"""The world map: colours of counts and changes, what is outlined, and that nothing has to be fetched for it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from common.enrich.geo import countries
from explorer import colours, maps

SHAPES = Path(maps.__file__).parent / "shapes" / "world.json"


def test_the_shapes_tell_source_licence_and_date() -> None:
    found = json.loads(SHAPES.read_text(encoding="utf-8"))
    assert re.search(r"Natural Earth", found["source"])
    assert "public domain" in found["licence"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", found["date"])
    assert SHAPES.stat().st_size < 150_000


def test_every_country_that_can_be_told_has_a_shape_or_a_point() -> None:
    assert set(countries()) - maps.drawn() == {"AQ", "BV", "HM"}  # nobody's home
    assert maps.drawn() <= set(countries())
    assert {"LU", "MT", "SG", "LI"} <= set(maps.shapes()["points"])


def test_shapes_are_closed_rings_on_the_globe() -> None:
    for feature in maps.shapes()["features"]:
        for polygon in feature["geometry"]["coordinates"]:
            for ring in polygon:
                assert ring[0] == ring[-1], feature["id"]
                assert len({tuple(place) for place in ring}) >= 3, feature["id"]
                assert all(-180 <= x <= 180 and -60 <= y <= 84 for x, y in ring), feature["id"]


def drawn_map(**more: bool) -> dict[str, object]:
    colouring = colours.coloured([9, 5, 2, 1], "log")
    figure = maps.world(["DE", "MT", "LU", "XX"], colouring, ["<b>x</b>", "m", "l", "?"], ["DE", "MT"], **more)  # type: ignore[arg-type]
    found: dict[str, object] = json.loads(figure.to_json())
    return found


def test_world() -> None:
    specks, small, empty, large = drawn_map()["data"]  # type: ignore[misc]
    assert small["ids"] == ["MT", "LU"]
    assert small["marker"]["size"] == [13, 9]
    assert large["locations"] == ["DE", "LU"]
    assert large["customdata"] == ["<b>x</b>", "l"]
    assert large["marker"]["line"]["width"] == [1.8, 0.5]
    assert len(specks["lon"]) + 2 == len(maps.shapes()["points"])
    assert len(empty["locations"]) + 2 == len(maps.shapes()["features"])
    assert "XX" not in {*large["locations"], *empty["locations"], *small["ids"]}


@pytest.mark.parametrize("dark", [False, True])
def test_nothing_that_plotly_would_have_to_fetch(dark: bool) -> None:
    """It fetches when a layer of its own is shown, or when the first trace is one of shapes."""
    found = drawn_map(dark=dark)
    assert found["data"][0]["type"] == "scattergeo"  # type: ignore[index]
    assert "locationmode" not in found["data"][0]  # type: ignore[index]
    assert found["layout"]["geo"]["visible"] is False  # type: ignore[index]
    assert 'topojsonURL: "/"' in (Path(maps.__file__).parent / "assets" / "plot.js").read_text()


def test_bands_have_as_many_colours_as_steps() -> None:
    figure = maps.world(["DE", "FR", "US"], colours.coloured([1, 2, 3], "steps"), ["", "", ""])
    scale = [place for place, _ in figure.layout.coloraxis.colorscale]
    assert [round(place, 2) for place in scale] == [0, 0.33, 0.33, 0.67, 0.67, 1]
