"""A page of the explorer in a browser in; where its charts are once it rests, and clicks that charts notice, out."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from playwright.sync_api import Page

#: No run of the script, a heading, and nothing left of the view before.
RESTS = """() => document.querySelector("[data-testid=stApp]")?.dataset.testScriptState == "notRunning"
  && document.querySelector("[data-testid=stMain] h1") && !document.querySelector("[data-testid=stSpinner]")
  && !document.querySelector("[data-testid=stSkeleton], [data-stale=true]")"""
#: Where the plot of a chart with so many bars is, once it rests in the same place for three looks, one a frame.
_PLOT = """([inside, bars]) => {
  const chart = document.querySelector(`.st-key-${inside} .js-plotly-plot`);
  const at = chart?.querySelector(".nsewdrag")?.getBoundingClientRect();
  const there = (RESTS)() && at?.width && chart.querySelectorAll(".bars .point").length == bars;
  const now = there ? JSON.stringify([at.x, at.y, at.width, at.height]) : "";
  const same = chart && now && now == chart.lastPlot ? chart.samePlots + 1 : 0;
  if (chart) Object.assign(chart, { lastPlot: now, samePlots: same });
  return same >= 3 && JSON.parse(now);
}""".replace("RESTS", RESTS)
_FORGET = """inside => { document.querySelector(`${inside} .js-plotly-plot`)._hoverdata = undefined; }"""
_HOVERED = """inside => document.querySelector(`${inside} .js-plotly-plot`)?._hoverdata?.length > 0"""


class Plot(NamedTuple):
    """Where a chart's plot is, in px of the window."""

    x: float
    y: float
    width: float
    height: float

    def at(self, across: float, down: float) -> tuple[float, float]:
        """A place of it, both in parts of its size."""
        return self.x + self.width * across, self.y + self.height * down


def plot(page: Page, inside: str, bars: int) -> Plot:
    """That of the chart with so many bars in the container with this key."""
    return Plot(*page.wait_for_function(_PLOT, arg=[inside, bars]).json_value())


def rests(page: Page) -> None:
    """Once nothing is on its way."""
    page.wait_for_function(RESTS)


def click(page: Page, place: tuple[float, float], inside: str = "") -> None:
    """Click on a place of the chart in what a selector says; plotly takes a click for what it has seen the mouse on."""
    page.evaluate(_FORGET, inside)
    page.mouse.move(*place)
    page.wait_for_function(_HOVERED, arg=inside)
    page.mouse.down()
    page.mouse.up()
