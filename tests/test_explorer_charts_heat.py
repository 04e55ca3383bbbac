"""Grids of clicks, depths and hours: each cell where it belongs, and whole matrices."""

from __future__ import annotations

import json
import math

import numpy as np
import pandas as pd
import pytest

from explorer import charts_heat

CLICKS = pd.DataFrame({"x": [0, 20, 0], "y": [0, 0, 40], "clicks": [100, 10, 1], "visitors": [60, 9, 1]})


def numbers(matrix: object) -> list[list[float | None]]:
    return [[None if math.isnan(value) else round(float(value), 2) for value in row] for row in np.asarray(matrix)]


def test_clicks() -> None:
    figure = charts_heat.clicks(CLICKS, 20, 20, "px", 60, "/<b>x</b>")
    grid = figure.data[0]
    assert numbers(grid.z) == [[2, 1, None], [None] * 3, [0, None, None]]  # powers of ten
    assert (list(grid.x), list(grid.y)) == ([10, 30, 50], [10, 30, 50])
    assert np.asarray(grid.customdata)[0].tolist() == [[100, 60], [10, 9], [0, 0]]
    outline = figure.layout.shapes[0]
    assert (outline.x0, outline.x1, outline.y0, outline.y1) == (0, 60, 0, 60)
    assert figure.layout.yaxis.range[0] == 60  # the page's top is on top
    assert figure.layout.annotations[0].text == "/&lt;b&gt;x&lt;/b&gt;"


def test_shares_of_the_width_are_cells_of_the_same_grid() -> None:
    frame = pd.DataFrame({"x": [0.0, 28.0, 96.0], "y": [0, 0, 0], "clicks": [1, 1, 1], "visitors": [1, 1, 1]})
    grid = charts_heat.clicks(frame, 4, 20, "% of the width", 100).data[0]
    assert [place for place, value in enumerate(numbers(grid.z)[0]) if value is not None] == [0, 7, 24]


@pytest.mark.parametrize(
    ("far", "clicks", "found"),
    [
        (300, 1, (40, 60, 1)),  # one of a thousand, five times as far down as the rest
        (55, 1, (40, 75, 0)),  # not far
        (300, 100, (40, 320, 0)),  # not few
    ],
)
def test_few_clicks_far_below_do_not_stretch_the_page(far: int, clicks: int, found: tuple[float, float, int]) -> None:
    cells = pd.DataFrame({"x": [0, 20, 0], "y": [0, 40, far], "clicks": [500, 500, clicks], "visitors": 1})
    assert charts_heat.extent(cells, 20, 20) == found
    assert charts_heat.extent(cells, 20, 20, 576).width == 576


def test_an_empty_page_has_an_outline() -> None:
    assert charts_heat.extent(CLICKS.head(0), 20, 40) == (20, 40, 0)


def test_element() -> None:
    frame = pd.DataFrame({"across": [0.0, 75.0], "down": [50.0, 75.0], "clicks": [10, 1], "visitors": [2, 1]})
    grid = charts_heat.element(frame, 25).data[0]
    assert numbers(grid.z) == [[None] * 4, [None] * 4, [1, None, None, None], [None, None, None, 0]]


def test_depths() -> None:
    now = pd.DataFrame({"depth": [0, 10, 20], "visits": [4, 2, 1], "share": [1, 0.5, 0.25]})
    before = pd.DataFrame({"depth": [0, 10, 20], "visits": [10, 9, 5], "share": [1, 0.9, 0.5]})
    bars, line = charts_heat.depths(now, before).data
    assert (list(bars.y), list(bars.x)) == (["0%", "10%", "20%"], [100, 50, 25])
    assert list(bars.text) == ["100%", "50%", "25%"]
    assert list(line.x) == [100, 90, 50]
    nothing = before.assign(visits=0, share=0.0)
    assert len(charts_heat.depths(now, nothing, dark=True).data) == 1


def test_hours_are_coloured_by_their_mean() -> None:
    frame = pd.DataFrame([(day, hour) for day in range(7) for hour in range(24)], columns=["weekday", "hour"])
    frame = frame.assign(visitors=0, visits=0, pageviews=0, events=0)
    frame.loc[(frame["weekday"] == 0) & (frame["hour"] == 9), ["visitors", "visits", "pageviews"]] = [12, 6, 30]
    frame.loc[(frame["weekday"] == 6) & (frame["hour"] == 23), ["visitors"]] = 7
    grid = charts_heat.hours(frame, [4, 3, 3, 3, 3, 0, 1], "visitors").data[0]
    means = numbers(grid.z)
    assert (means[0][9], means[6][23], means[1][0]) == (3, 7, 0)
    assert means[5] == [None] * 24  # there was no Saturday
    assert np.asarray(grid.customdata)[0][9].tolist() == [12, 6, 30, 4]
    assert next(iter(grid.y)) == "Mon"


def test_figures_can_be_sent() -> None:
    assert json.loads(charts_heat.clicks(CLICKS, 20, 20, "px", 60, "/").to_json())["data"][0]["type"] == "heatmap"
