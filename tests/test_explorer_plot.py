"""The library that draws charts, and in a real browser: charts stay in their place and follow the window."""

from __future__ import annotations

import gzip
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import explorer_resting as resting
import explorer_site as site
import plotly
import pytest
import redis as redis_py
from starlette.applications import Starlette
from starlette.testclient import TestClient

from explorer import charts, headers, plot

if TYPE_CHECKING:
    from playwright.sync_api import Page

#: What plotly's chart in a container is drawn of, and how wide.
_CHART = """inside => {
  const chart = document.querySelector(`.st-key-${inside} .js-plotly-plot`);
  return { seen: chart.dataset.seen, views: Array.from(chart.data[0].y), width: chart.clientWidth,
    drawn: chart.querySelector(".main-svg").getBoundingClientRect().width };
}"""
_SEEN = "inside => { document.querySelector(`.st-key-${inside} .js-plotly-plot`).dataset.seen = 'before'; }"


def test_the_library_is_the_python_package_s() -> None:
    client = TestClient(Starlette(routes=plot.routes()))
    asked = client.get(f"/{plot.LIBRARY}", headers={"accept-encoding": "identity"})
    assert asked.content == (Path(plotly.__file__).parent / "package_data" / "plotly.min.js").read_bytes()
    assert asked.headers["content-type"].startswith("text/javascript")
    assert "immutable" in asked.headers["cache-control"]
    packed = client.get(f"/{plot.LIBRARY}", headers={"accept-encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.content == asked.content
    assert len(gzip.compress(asked.content, 6)) < len(asked.content) / 3


def test_its_address_names_its_version() -> None:
    assert re.fullmatch(r"plotly-\d+\.\d+\.\d+\.js", plot.LIBRARY)
    assert "'self'" in headers.security_headers()["content-security-policy"].partition("script-src ")[2]


@pytest.mark.parametrize(
    ("point", "told"), [({"x": 1, "curve": 0}, [{"x": 1, "curve": 0}]), (None, []), ("nothing", [])]
)
def test_a_click_tells_its_point(point: Any, told: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    state = type("State", (), {"point": point})()
    monkeypatch.setattr(plot.st, "session_state", {"chart": state})
    found: list[Any] = []
    plot.clicked("chart", found.append)
    assert found == told
    plot.clicked("chart", None)
    plot.clicked("gone", found.append)
    assert found == told


@pytest.mark.browser
def test_another_view_is_drawn_in_the_same_place(page: Page, redis: redis_py.Redis, explorer: str) -> None:
    name = site.fresh()
    site.ordinary(redis, name)
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{explorer}/?site={name}&period=7d")
    resting.plot(page, "series", 7)
    whole = page.evaluate(_CHART, "series")
    assert whole["views"] == [0, 0, 0, 0, 0, 5, 0]
    page.evaluate(_SEEN, "series")

    page.locator(".card_pages tbody tr", has_text="/docs").click()
    page.wait_for_function(f"inside => ({_CHART})(inside).views[5] == 1", arg="series")
    assert page.evaluate(_CHART, "series")["seen"] == "before"

    page.set_viewport_size({"width": 700, "height": 900})
    page.wait_for_function(
        f"([inside, before]) => {{ const now = ({_CHART})(inside);"
        " return now.drawn == now.width && now.width < before }",
        arg=["series", whole["width"]],
    )
    # A chart that was taken away and is drawn anew in another place.
    page.goto(f"{explorer}/content?site={name}&period=7d")
    resting.rests(page)
    page.go_back()
    resting.plot(page, "series", 7)
    assert complaints == []


@pytest.mark.browser
def test_charts_follow_the_system_s_theme(page: Page, redis: redis_py.Redis, explorer: str) -> None:
    name = site.fresh()
    site.ordinary(redis, name)
    drawn = """colour => document.querySelector(".st-key-series .js-plotly-plot")?.data
      .some((trace) => trace.line?.color == colour)"""
    page.emulate_media(color_scheme="light")
    page.goto(f"{explorer}/?site={name}&period=7d")
    resting.plot(page, "series", 7)
    assert page.evaluate(drawn, charts.LIGHT.strong)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(drawn, arg=charts.DARK.strong)
    page.emulate_media(color_scheme="light")
    page.wait_for_function(drawn, arg=charts.LIGHT.strong)


@pytest.mark.browser
def test_without_its_library_a_chart_says_so_and_the_next_one_is_drawn(
    page: Page, redis: redis_py.Redis, explorer: str
) -> None:
    name = site.fresh()
    site.ordinary(redis, name)
    page.route(f"**/{plot.LIBRARY}", lambda route: route.abort())
    page.goto(f"{explorer}/?site={name}&period=7d")
    page.get_by_text("The chart cannot be drawn").wait_for()
    page.unroute(f"**/{plot.LIBRARY}")
    page.locator(".card_pages tbody tr", has_text="/docs").click()
    resting.plot(page, "series", 7)
    assert page.get_by_text("The chart cannot be drawn").count() == 0
