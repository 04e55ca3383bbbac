"""A dimension in; a table of all its rows out: searched, ordered, page by page, with changes and lines over time.

What is searched for, the metric, the order and the page are in the URL under names that begin with the table's own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from common.events import OTHER
from common.store import StoreError
from explorer import code, exports, filters, labels, picks, table_rows
from explorer.away import show_error
from explorer.data import AWAY, Answers, redis_answers
from explorer.view import View

#: Rows a page may have; the first is what needs no saying.
PAGES = {"50": "50 rows", "100": "100 rows", "250": "250 rows"}
_ROW, _ROWS_HIGH = 35, 20
#: All columns together are as wide as a page beside its sidebar on a screen of 1,360 px.
_RATES = {"views_per_visit": 82, "bounce_rate": 88, "visit_duration": 70, "engagement": 68, "scroll": 60}
_MILLION = 1e6
_CLICKS = {"": "Keeps its row", "not": "Excludes its row"}
#: Gets a dimension and a value of it.
Chosen = Callable[[str, str], None]


@st.fragment
def table(answers: Answers, dimension: str, name: str, by: str = "visitors", chosen: Chosen | None = None) -> None:
    """The whole table. `name` begins its parameters in the URL; `by` is the metric it is sorted by unless the reader
    says otherwise; `chosen` is told of a clicked row, which becomes a filter unless it says otherwise.
    """
    if st.session_state.pop("drilled", False):
        st.rerun()  # a row was chosen: the whole page is drawn anew, this table with it
    try:
        _table(answers, dimension, name, by, chosen or filters.drill)
    except AWAY as error:
        if not redis_answers(error):
            st.rerun()  # the whole page says that Redis is away
        show_error(error)
    code.dialog()


def _table(answers: Answers, dimension: str, name: str, by: str, chosen: Chosen) -> None:
    with st.spinner("Counting …"):
        frame, before = answers.breakdown(dimension), compared(answers, dimension)
        total = {str(key): float(number) for key, number in answers.totals().items()}
    if frame.empty:
        st.caption(nothing(answers.view, dimension))
        return
    everything = table_rows.joined(frame, before, dimension)
    searched, by, order, negated = _controls(name, dimension, frame, by, before is not None)
    found = table_rows.ordered(table_rows.matching(everything, dimension, searched), dimension, by, order)
    page, kept = _page(name, found)
    trend, told = trend_of(answers, dimension, list(page[dimension]), by)
    if len(page):
        drawn = table_rows.shown(page, dimension, by, float(total[by]), trend)
        _grid(drawn, page, dimension, f"{name}:{dimension}", partial(_choose, chosen, negated), by)
    said = table_rows.notes(frame, found, len(everything) - len(frame), dimension, total, searched)
    st.caption(" ".join([*said, *told]))
    _foot(answers, everything, found, dimension, name, searched, kept)


def compared(answers: Answers, dimension: str) -> pd.DataFrame | None:
    """The breakdown of the days that are compared with; None where there is none, or not of all these days."""
    first, days = answers.first_day(), answers.view.compared
    if first is None or days is None or first > days[0]:
        return None
    frame: pd.DataFrame | None = answers.compared("breakdown", dimension=dimension)
    return frame


def nothing(view: View, dimension: str) -> str:
    """Why a table is empty."""
    if view.filters:
        return "Nothing here under these filters."
    if dimension.startswith("prop:"):
        return "No event in these days carries this property."
    return "Nothing here in these days."


def _controls(name: str, dimension: str, frame: pd.DataFrame, by: str, changes: bool) -> tuple[str, str, str, bool]:
    """What is searched for, the metric and the order; whether a click excludes."""
    metrics = {metric: title for metric, title in table_rows.METRICS.items()
               if metric in frame and not frame[metric].isna().all()}  # fmt: skip
    orders = {key: title for key, title in table_rows.ORDERS.items() if changes or key not in ("rose", "fell")}
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key=f"controls_{name}"):
        # Another one after the text became a filter: the browser may still send the old text of the same one.
        key = f"{name}_q:{dimension}:{st.session_state.get(f'{name}_turn', 0)}"
        st.session_state[key] = searched = filters.current().choice(f"{name}_q")
        st.text_input(
            "Search", key=key, type="search", icon=":material/search:", placeholder="Any part of a name", max_chars=200,
            on_change=partial(_searched, name, key, searched), width=240,
        )  # fmt: skip
        metric = picks.listed("Metric", f"{name}_by", {by: metrics.get(by, by)} | metrics, width=150,
                              about="Decides the order, the share, the change and the line over time.")  # fmt: skip
        order = picks.listed("Order", f"{name}_order", orders, width=150,
                             about="Of all rows. A click on a column's heading orders this page alone.")  # fmt: skip
        clicks = picks.listed("A click", f"{name}_click", _CLICKS, width=170,
                              about="A click on a row makes a filter of it, or leaves it out.")  # fmt: skip
    return searched, metric, order, clicks == "not"


def _searched(name: str, key: str, drawn: str) -> None:
    if st.session_state[key].strip() == drawn:
        return  # sent before the browser heard that the text is gone
    view = filters.current().choosing(f"{name}_at", "")
    filters.go(view.choosing(f"{name}_q", st.session_state[key].strip()))


def _page(name: str, found: pd.DataFrame) -> tuple[pd.DataFrame, tuple[int, int]]:
    """The rows of the page that the URL names; which page that is, and of how many."""
    rows = int(picks.current("rows", PAGES))
    pages = max(-(-len(found) // rows), 1)
    said = filters.current().choice(f"{name}_at")
    at = min(max(int(said), 1), pages) if said.isascii() and said.isdigit() else 1
    return found.iloc[(at - 1) * rows : at * rows].reset_index(drop=True), (at, pages)


def trend_of(answers: Answers, dimension: str, values: list[str], by: str) -> tuple[pd.DataFrame | None, list[str]]:
    """The metric over time for some values, bars that are over; and what there is to say where it cannot be had."""
    view = answers.view
    if by == "scroll" or not values:
        return None, []
    grain = view.bars if view.days <= 2 else None
    try:
        frame: pd.DataFrame = answers.ask("trend", dimension=dimension, values=values, grain=grain, metric=by)
    except StoreError as error:
        if not redis_answers(error):
            raise
        return None, ["No lines over time: the archive cannot be read."]
    over = frame["time"] <= pd.Timestamp.now(tz=answers.source.zone)
    times = frame.loc[over, "time"]
    if view.end >= answers.source.today() and times.nunique() > 2:
        over &= frame["time"] < times.max()  # what is running would look like a fall
    missing = frame.attrs.get("missing")
    told = ["Lines over time are from raw events, which are gone of some of the days."] if missing else []
    return (frame[over], told) if times.nunique() > 1 else (None, [])


def _grid(drawn: pd.DataFrame, page: pd.DataFrame, dimension: str, key: str, chosen: Chosen, by: str) -> None:
    # The same table from view to view, which is drawn anew sooner than another one; after a choice another one, with
    # nothing selected, or the browser would take a click on the same row for the end of the selection.
    turn = f"chosen:{key}"
    key = f"table:{key}:{st.session_state.get(turn, 0)}"
    st.dataframe(
        drawn,
        key=key,
        on_select=partial(select, key, dimension, list(page[dimension]), chosen, turn),
        selection_mode="single-cell",
        hide_index=True,
        row_height=_ROW,
        height=_ROW * (min(len(drawn), _ROWS_HIGH) + 1) + 3,
        column_config=columns(dimension, by, float(page[list(table_rows.COUNTS)].max().max())),
        placeholder="–",
    )


def columns(dimension: str, by: str, most: float = 0.0) -> dict[str, Any]:
    """How the columns of `table_rows.shown` look; `most` is the largest of the counts."""
    config, titles = st.column_config, table_rows.METRICS
    rates: Mapping[str, tuple[str, str | None]] = {
        "views_per_visit": ("%.2f", None),
        "bounce_rate": ("%.1f%%", "Of the visits that entered there" if dimension == "page" else None),
        "visit_duration": ("%.0f s", "Of the visits that entered there" if dimension == "page" else None),
        "engagement": ("%.0f s", "Visible and focused, per visit"),
        "scroll": ("%.0f%%", "Mean greatest depth"),
    }
    found: dict[str, Any] = {
        "name": config.TextColumn(labels.markdown(labels.title(dimension)), width=168),
        "trend": config.LineChartColumn(
            "Over time", width=80, y_min=0, help=f"{titles[by]}, a bar that is still running left out"
        ),
        "share": config.ProgressColumn(
            "Share", format="%.1f%%", min_value=0, max_value=100, width=88,
            help=f"Of all {titles[by].lower()} under these filters",
        ),
        "change": config.TextColumn(
            "Change", width=74, alignment="right", help="Against the days that are compared with; pp: percentage points"
        ),
    }  # fmt: skip
    for name in table_rows.COUNTS:
        width = 86 if most >= _MILLION else 70 if name == "visitors" else 66
        found[name] = config.NumberColumn(titles[name], format="localized", width=width)
    return found | {
        name: config.NumberColumn(titles[name], format=form, help=about, width=_RATES[name])
        for name, (form, about) in rates.items()
    }


def _foot(
    answers: Answers,
    everything: pd.DataFrame,
    found: pd.DataFrame,
    dimension: str,
    name: str,
    searched: str,
    kept: tuple[int, int],
) -> None:
    """Pages, rows a page, the search as a filter; CSV, Parquet, code."""
    view, (at, pages) = answers.view, kept
    with st.container(horizontal=True, vertical_alignment="center", key=f"foot_{name}"):
        if pages > 1:
            key = f"{name}_at_choice"
            st.session_state[key] = at
            st.pagination(pages, key=key, max_visible_pages=7, on_change=partial(_turned, name, key))
        if len(found) > min(map(int, PAGES)):
            picks.listed("Rows a page", "rows", PAGES, width=120, label_visibility="collapsed")
        if searched and len(found):
            st.button(
                "Make it a filter", key=f"{name}_filter", icon=":material/filter_alt:", type="tertiary",
                on_click=partial(_filtered, name, dimension, searched), help="Only what holds the text, on all pages",
            )  # fmt: skip
        file = exports.file_name(view.site, dimension, view.start.isoformat(), view.end.isoformat())
        _download("CSV", partial(exports.csv, everything), file, "text/csv", name)
        file = file.removesuffix(".csv") + ".parquet"
        _download("Parquet", partial(exports.parquet, everything), file, "application/vnd.apache.parquet", name)
        code.button(answers.call("breakdown", dimension=dimension), answers.breakdown(dimension), name)


def _download(label: str, contents: Callable[[], bytes], file: str, kind: str, name: str) -> None:
    st.download_button(
        label,
        contents,
        file,
        kind,
        key=f"{label.lower()}:{name}",
        help="All rows and all metrics, those of the days compared with too",
        on_click="ignore",
        type="tertiary",
        icon=":material/download:",
    )


def _turned(name: str, key: str) -> None:
    at = st.session_state[key]
    filters.choose(f"{name}_at", "" if at in (None, 1) else str(at))


def _filtered(name: str, dimension: str, text: str) -> None:
    view = filters.current().choosing(f"{name}_q", "").choosing(f"{name}_at", "")
    filters.go(view.adding(f"{dimension}__contains", text))
    st.session_state[f"{name}_turn"] = st.session_state.get(f"{name}_turn", 0) + 1
    st.session_state["drilled"] = True


def _choose(chosen: Chosen, negated: bool, dimension: str, value: str) -> None:
    """A filter of what is left out is added as it is; what a page makes of a row is for those that are kept."""
    if negated:
        filters.drill(f"{dimension}__not", value)
    else:
        chosen(dimension, value)


def select(key: str, dimension: str, values: list[str], chosen: Chosen, turn: str) -> None:
    """Tell of the row that is selected."""
    selection = st.session_state[key]["selection"]
    rows: list[int] = selection.get("rows") or [cell[0] for cell in selection.get("cells", ())]
    if not rows or rows[0] >= len(values):
        return
    if values[rows[0]] == OTHER:
        st.toast("(other) is a sum of many small values: it cannot be a filter.", icon=":material/info:")
        return
    chosen(dimension, values[rows[0]])
    st.session_state[turn] = st.session_state.get(turn, 0) + 1
    st.session_state["drilled"] = True
