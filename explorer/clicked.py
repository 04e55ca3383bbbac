"""Answers in; clicks over the outline of a page or an element, and what was clicked most, out."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st
from plotly.graph_objs._figure import Figure

from common.enrich.client import SCREENS, WIDEST
from common.events import NONE
from explorer import charts_heat, code, exports, filters, labels, picks
from explorer.data import Answers
from explorer.plot import plot

MODES = {"px": "Pixels", "page": "Share of width", "element": "Within an element"}
_CELLS = {"20": "20 px", "40": "40 px", "80": "80 px"}
_VIEWPORTS = {"": "All windows", **{name: name for _, name in SCREENS}, WIDEST: WIDEST}
#: A part is this much of the width, in per cent.
PARTS = 25
#: So many pages and elements are listed.
MOST_PAGES, MOST_ELEMENTS = 500, 200
_ROW = 35
HOW = (
    'Clicks are sent once the script tag asks for them: `<script defer src="https://HOST/tracker.js" '
    'data-site="example.com" data-clicks></script>`. They tell places and elements, never texts; see '
    "`docs/tracker.md`."
)


def show(answers: Answers) -> None:
    """Clicks on one page."""
    with st.spinner("Counting …"):
        pages = answers.ask("clicks", limit=MOST_PAGES)
    if pages.empty:
        st.info("No clicks in these days" + (" under these filters." if answers.view.filters else "."),
                icon=":material/ads_click:")  # fmt: skip
        st.caption(HOW)
        return
    counts = {str(name): int(n) for name, n in zip(pages["page"], pages["clicks"], strict=True)}
    with st.container(horizontal=True, vertical_alignment="bottom", key="heat_choices"):
        chosen = page_choice(counts, "clicks")
        viewport = picks.listed("Window", "viewport", _VIEWPORTS, width=170, about=(
            "The window at the click, where that is known; else the one that the visit began in."
        ))  # fmt: skip
        mode = picks.listed("Places", "heat_places", MODES, width=170, about=(
            "Pixels from the page's left and top; the share of the window's width, which lets windows of different "
            "widths meet; or where on one link or button."
        ))  # fmt: skip
        cell = 0 if mode == "element" else int(picks.listed("Cell", "heat_cell", _CELLS, width=100))
    asked = {"where": answers.view.where | ({"screen": [viewport]} if viewport else {})}
    left, right = st.columns([8, 5])
    with right, st.container(border=True, height="stretch", key="elements"):
        elements = answers.ask("clicks", **within(asked, chosen), by="target")
        _elements(answers, elements, within(asked, chosen))
    with left, st.container(border=True, height="stretch", key="clicks"):
        _chart(answers, chosen, mode, cell, viewport, asked, elements)


def within(asked: Mapping[str, Any], page: str) -> dict[str, Any]:
    """The question, of one page alone."""
    return {"where": asked["where"] | {"page": [page]}}


def page_choice(counts: Mapping[str, int], unit: str) -> str:
    """The page that the URL names, even where nothing is known of it now; else the one with most."""
    first, named = next(iter(counts)), filters.current().choice("heat_page")
    options = dict(counts) if not named or named in counts else {first: counts[first], named: 0} | dict(counts)
    one = unit.removesuffix("s")
    shown = {name: f"{labels.plain(name, 80)} · {n:,} {one if n == 1 else unit}" for name, n in options.items()}
    return picks.listed("Page", "heat_page", shown, width=360)


def _chart(
    answers: Answers, page: str, mode: str, cell: int, viewport: str, asked: dict[str, Any], elements: pd.DataFrame
) -> None:
    options = {"page": page, **asked, **gridded(mode, cell)}
    with st.spinner("Counting …"):
        frame = answers.ask("heatmap", **options)
    told = notes(frame, mode, viewport)
    if mode == "element" and len(elements):
        target = picks.current("heat_element", dict.fromkeys(elements["target"].head(MOST_ELEMENTS), ""))
        frame = of_element(frame, target)
        st.markdown(f"**{labels.markdown(target)}**")
    if frame.empty:
        st.info("No click here tells such a place.", icon=":material/ads_click:")
        st.caption(" ".join(told))
        return
    figure, beyond = drawn(frame, mode, cell, viewport, page, dark=st.context.theme.type == "dark")
    if beyond:
        told.insert(1, f"{beyond:,} lie far beyond the others and are not drawn.")
    plot(figure, "clicks_chart", "Clicks over the outline of the page; the table beside names the elements")
    with st.container(horizontal=True, wrap=False, vertical_alignment="top", key="foot_clicks"):
        st.caption(" ".join(told))
        st.button("Filter", key="heat_filter", type="tertiary", icon=":material/filter_alt:",
                  on_click=partial(filters.drill, "page", page),
                  help="Only what happened on this page; a single place is no filter")  # fmt: skip
        code.button(answers.call("heatmap", **options), frame, "clicks")


def gridded(mode: str, cell: int) -> dict[str, Any]:
    """What a grid is asked with, besides what needs no saying."""
    if mode == "px":
        return {"cell": cell}
    return {"mode": mode, "parts": PARTS} | ({"cell": cell} if mode == "page" else {})


def drawn(frame: pd.DataFrame, mode: str, cell: int, viewport: str, page: str, dark: bool) -> tuple[Figure, int]:
    """The chart, and how many clicks lie beyond it."""
    if mode == "element":
        return charts_heat.element(frame, 100 / PARTS, dark), 0
    cells = placed(frame, mode)
    across, width = (100 / PARTS, 100.0) if mode == "page" else (float(cell), narrowest(viewport))
    unit = "px" if mode == "px" else "% of the width"
    figure = charts_heat.clicks(cells, across, cell, unit, width, page, dark)
    return figure, charts_heat.extent(cells, across, cell, width).beyond


def of_element(frame: pd.DataFrame, target: str) -> pd.DataFrame:
    """Cells of one element."""
    kept = frame[frame["target"] == target].reset_index(drop=True)
    kept.attrs = frame.attrs
    return kept


def placed(frame: pd.DataFrame, mode: str) -> pd.DataFrame:
    """Cells of all windows together, x in px or in per cent of the width."""
    if mode == "px":
        return frame
    sums = frame.groupby(["x", "y"], as_index=False)[["clicks", "visitors"]].sum()
    return sums.assign(x=sums["x"] * 100)


def narrowest(viewport: str) -> float:
    """How wide a page is drawn at least: the width that the windows of a class begin with."""
    widths = dict(zip([name for _, name in SCREENS] + [WIDEST], [320, *(bound for bound, _ in SCREENS)], strict=True))
    return float(widths.get(viewport, 0))


def notes(frame: pd.DataFrame, mode: str, viewport: str) -> list[str]:
    """What a reader has to know about the grid."""
    told, left_out = [f"{int(frame['clicks'].sum()):,} clicks."], int(frame.attrs.get("left_out", 0))
    if left_out:
        told.append(f"{left_out:,} more tell no such place: sent by an older script, or by keyboard.")
    if mode == "px" and not viewport:
        told.append("Windows of different widths overlap: choose one.")
    if mode == "page" and not viewport:
        told.append("Who clicked in windows of two classes counts as a visitor in both.")
    return [*told, f"From {frame.attrs.get('answered_by', 'raw events')}."]


def _elements(answers: Answers, frame: pd.DataFrame, asked: dict[str, Any]) -> None:
    st.subheader("Most clicked", anchor=False)
    if frame.empty:
        st.caption("Nothing was clicked here.")
        return
    shown = frame.head(MOST_ELEMENTS)
    key = f"elements:{st.session_state.get('element_chosen', 0)}"
    st.dataframe(
        pd.DataFrame({
            "target": [labels.plain(text, 200) for text in shown["target"]],
            "clicks": shown["clicks"], "visitors": shown["visitors"], "share": shown["share"] * 100,
        }),
        key=key, hide_index=True, row_height=_ROW, height=_ROW * (min(len(shown), 14) + 1) + 3,
        on_select=partial(_element_chosen, key, list(shown["target"])), selection_mode="single-cell",
        column_config={
            "target": st.column_config.TextColumn("Element", width=130),
            "clicks": st.column_config.NumberColumn("Clicks", format="localized", width=65),
            "visitors": st.column_config.NumberColumn("Visitors", format="localized", width=70),
            "share": st.column_config.NumberColumn("Share", format="%.1f%%", width=60, help="Of all clicks here"),
        },
    )  # fmt: skip
    told = ["A row shows where on the element it was clicked."]
    if NONE in set(shown["target"]):
        told.append("(none): the element was not told.")
    if len(shown) < len(frame):
        told.append(f"First {len(shown)} of {len(frame):,}; the CSV has all.")
    with st.container(horizontal=True, wrap=False, vertical_alignment="top", key="foot_elements"):
        st.caption(" ".join(told))
        view = answers.view
        st.download_button(
            "CSV", partial(exports.csv, frame),
            exports.file_name(view.site, "clicks", view.start.isoformat(), view.end.isoformat()), "text/csv",
            key="csv:elements", on_click="ignore", type="tertiary", icon=":material/download:",
        )  # fmt: skip
        code.button(answers.call("clicks", **asked, by="target"), frame, "elements")


def _element_chosen(key: str, targets: list[str]) -> None:
    cells = st.session_state[key]["selection"].get("cells") or ()
    if cells and cells[0][0] < len(targets):
        st.session_state["element_chosen"] = st.session_state.get("element_chosen", 0) + 1
        view = filters.current().choosing("heat_places", "element")
        filters.go(view.choosing("heat_element", targets[cells[0][0]]))
