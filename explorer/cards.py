"""A group of dimensions in; a card of tabs out, each a table with bars whose rows become filters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import pandas as pd
import streamlit as st

from common.events import OTHER, PAGEVIEW
from explorer import code, exports, filters, labels
from explorer.code import Call
from explorer.data import AWAY, Answers, redis_answers, show_error
from explorer.view import View, overlapping

ROWS_SHOWN = 200
_ROW = 35
_ROWS_HIGH = 8
_TWICE = "Visits add up; who came twice in a day may stand in two rows, so visitors add up to a little more."
_OVERLAP = "A visit can be in several rows: visitors and visits overlap and do not add up to the total."


class Card(NamedTuple):
    """A title and its tabs: what a tab is called -> its dimension."""

    title: str
    tabs: Mapping[str, str]


PAGES = Card("Pages", {"Pages": "page", "Entry pages": "entry_page", "Exit pages": "exit_page"})
SOURCES = Card("Sources", {"Channels": "channel", "Sources": "source", "Referrers": "referrer", "Campaigns": "utm"})
PLACES = Card("Places", {"Countries": "country", "Regions": "region", "Cities": "city"})
DEVICES = Card(
    "Devices",
    {"Devices": "device", "Browsers": "browser", "Systems": "os", "Screens": "screen", "Languages": "language"},
)
EVENTS = Card("Events", {"Events": "event", "Properties": "prop", "Host names": "hostname"})
_UTM = ("utm_campaign", "utm_source", "utm_medium", "utm_content", "utm_term")


def card(which: Card, answers: Answers, total: pd.Series) -> None:
    """The card, as high as its neighbour."""
    with st.container(border=True, height="stretch", key=f"card_{which.title.lower()}"):
        _tabs(which, answers, total)


@st.fragment
def _tabs(which: Card, answers: Answers, total: pd.Series) -> None:
    """Only the open tab asks for anything."""
    try:
        st.subheader(which.title, anchor=False)
        names = list(which.tabs)
        for name, tab in zip(names, st.tabs(names, key=f"tabs_{which.title}", on_change="rerun"), strict=True):
            if tab.open:
                with tab:
                    _tab(which.tabs[name], answers, total)
    except AWAY as error:
        if not redis_answers(error):
            st.rerun()  # the whole page says that Redis is away
        show_error(error)
    if st.session_state.pop("drilled", False):
        st.rerun()
    code.dialog()


def _tab(dimension: str, answers: Answers, total: pd.Series) -> None:
    if dimension == "utm":
        dimension = st.selectbox(
            "Campaign tag", _UTM, format_func=labels.title, key="utm_choice", label_visibility="collapsed"
        )
    elif dimension == "prop":
        found = answers.properties()
        if not found:
            st.caption('Properties come with custom events: `footfall("Signup", {plan: "pro"})`.')
            return
        dimension = st.selectbox(
            "Property", found, format_func=labels.title, key="prop_choice", label_visibility="collapsed"
        )
    frame = answers.breakdown(dimension)
    if dimension == "event":
        kept = frame[frame["event"] != PAGEVIEW].reset_index(drop=True)
        kept.attrs = frame.attrs
        frame = kept
        if frame.empty:
            st.caption('No custom events. Send one: `footfall("Signup", {plan: "pro"})`.')
            return
    table(frame, dimension, total, "card")


def shaped(frame: pd.DataFrame, dimension: str, total: pd.Series, full: bool = False) -> pd.DataFrame:
    """A breakdown as it is shown: name, share of all visitors, visitors, views or events; or every metric."""
    everyone = max(float(total["visitors"]), 1.0)
    table = pd.DataFrame({"name": [labels.value(dimension, text) for text in frame[dimension]]})
    table["visitors"] = frame["visitors"].to_numpy()
    table["share"] = (frame["visitors"] / everyone * 100).to_numpy()
    if full:
        rates = ["visits", "pageviews", "events", "views_per_visit", "bounce_rate", "visit_duration", "engagement"]
        for metric in [*rates, *({"scroll"} & set(frame.columns))]:
            table[metric] = frame[metric].to_numpy() * (100 if metric == "bounce_rate" else 1)
    elif dimension == "event" or dimension.startswith("prop:"):
        table["events"] = frame["events"].to_numpy()
    else:
        table["pageviews"] = frame["pageviews"].to_numpy()
    return table


def notes(frame: pd.DataFrame, dimension: str, shown: int, visitors: float) -> list[str]:
    """What a reader has to know about a table: who answered, what overlaps, what the bracketed rows are."""
    told = [f"From {frame.attrs.get('answered_by', 'rollups')}."]
    if shown < len(frame):
        told.append(f"First {shown} of {len(frame):,} rows; the CSV has all.")
    if overlapping(dimension):
        told.append(_OVERLAP)
    elif frame["visitors"].sum() > visitors:
        told.append(_TWICE)
    return told + [f"{text}." for text in labels.explanations(list(frame[dimension].head(shown)))]


def table(frame: pd.DataFrame, dimension: str, total: pd.Series, key: str, full: bool = False) -> None:
    """The table of one dimension, `full` with every metric; a click on a row adds it as a filter."""
    view = filters.current()
    if frame.empty:
        st.caption("Nothing here in these days." if not view.filters else "Nothing here under these filters.")
        return
    shown = frame.head(ROWS_SHOWN)
    # The same table from view to view, which is drawn anew sooner than another one; after a choice another one, with
    # nothing selected, or the browser would take a click on the same row for the end of the selection.
    key = f"{key}:{dimension}"
    key = f"{key}:{st.session_state.get(f'chosen:{key}', 0)}"
    st.session_state[f"values:{key}"] = list(shown[dimension])
    st.dataframe(
        shaped(shown, dimension, total, full),
        key=key,
        on_select=partial(select, key, dimension),
        selection_mode="single-cell",
        hide_index=True,
        row_height=_ROW,
        height=_ROW * (min(len(shown), 16 if full else _ROWS_HIGH) + 1) + 3,
        column_config=columns(dimension),
    )
    with st.container(horizontal=True, wrap=False, vertical_alignment="top", key=f"foot_{key}"):
        st.caption(" ".join(notes(frame, dimension, len(shown), total["visitors"])))
        st.download_button(
            "CSV",
            partial(exports.csv, frame),
            exports.file_name(view.site, dimension, view.start.isoformat(), view.end.isoformat()),
            "text/csv",
            key=f"csv:{key}",
            on_click="ignore",
            type="tertiary",
            icon=":material/download:",
            help="All rows and all metrics as CSV",
        )
        code.button(Call(view.site, "breakdown", view.start, view.end, asked(view, dimension)), frame, key)


def asked(view: View, dimension: str) -> dict[str, Any]:
    """What a table's answer was asked with."""
    return {"dimension": dimension, "where": view.where}


def columns(dimension: str) -> dict[str, Any]:
    """How the columns of `shaped` look."""
    config = st.column_config
    return {
        "name": config.TextColumn(labels.markdown(labels.title(dimension)), width=150),
        "share": config.ProgressColumn(
            "Share", format="%.1f%%", min_value=0, max_value=100, width=108, help="Of all visitors under these filters"
        ),
        "visitors": config.NumberColumn("Visitors", format="localized", width=70),
        "visits": config.NumberColumn("Visits", format="localized", width=70),
        "pageviews": config.NumberColumn("Views", format="localized", width=70),
        "events": config.NumberColumn("Events", format="localized", width=70),
        "views_per_visit": config.NumberColumn("Views/visit", format="%.2f"),
        "bounce_rate": config.NumberColumn("Bounce rate", format="%.1f%%"),
        "visit_duration": config.NumberColumn("Duration", format="%.0f s"),
        "engagement": config.NumberColumn("Engaged", format="%.0f s", help="Visible and focused, per visit"),
        "scroll": config.NumberColumn("Scroll", format="%.0f%%", help="Mean greatest depth"),
    }


def select(key: str, dimension: str) -> None:
    """Make the selected row of a table a filter."""
    chosen = st.session_state[key]["selection"]
    rows: Sequence[int] = chosen.get("rows") or [cell[0] for cell in chosen.get("cells", ())]
    values: list[str] = st.session_state.get(f"values:{key}", [])
    if not rows or rows[0] >= len(values):
        return
    if values[rows[0]] == OTHER:
        st.toast("(other) is a sum of many small values: it cannot be a filter.", icon=":material/info:")
        return
    filters.drill(dimension, values[rows[0]])
    turns = f"chosen:{key.rpartition(':')[0]}"
    st.session_state[turns] = st.session_state.get(turns, 0) + 1
    st.session_state["drilled"] = True
