"""A group of dimensions in; a card of tabs out, each a list with bars whose rows become filters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import pandas as pd
import streamlit as st

from common.events import PAGEVIEW
from explorer import code, filters, labels, lists
from explorer.away import show_error
from explorer.data import AWAY, Answers, redis_answers
from explorer.view import encode


class Card(NamedTuple):
    """A title and its tabs: what a tab is called -> its dimension; and the page that has all its rows, under the name
    by which that page's dimension stands in the URL.
    """

    title: str
    tabs: Mapping[str, str]
    page: str = "breakdown"


PAGES = Card("Pages", {"Pages": "page", "Entry pages": "entry_page", "Exit pages": "exit_page"}, "content")
SOURCES = Card(
    "Sources", {"Channels": "channel", "Sources": "source", "Referrers": "referrer", "Campaigns": "utm"}, "sources"
)
PLACES = Card("Places", {"Countries": "country", "Regions": "region", "Cities": "city"})
DEVICES = Card(
    "Devices",
    {"Devices": "device", "Browsers": "browser", "Systems": "os", "Screens": "screen", "Languages": "language"},
    "technology",
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
    if st.session_state.pop("drilled", False):
        st.rerun()  # a row was chosen: the whole page is drawn anew, this card with it
    try:
        st.subheader(which.title, anchor=False)
        names = list(which.tabs)
        for name, tab in zip(names, st.tabs(names, key=f"tabs_{which.title}", on_change="rerun"), strict=True):
            if tab.open:
                with tab:
                    _tab(which, which.tabs[name], answers, total)
    except AWAY as error:
        if not redis_answers(error):
            st.rerun()  # the whole page says that Redis is away
        show_error(error)
    code.dialog()


def _tab(which: Card, dimension: str, answers: Answers, total: pd.Series) -> None:
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
    lists.bars(frame, dimension, total, "card")
    if len(frame) > lists.MOST:
        st.page_link(
            f"app_pages/{which.page}.py",
            label=f"All {len(frame):,} rows",
            icon=":material/table_rows:",
            query_params=encode(filters.current().choosing(which.page, dimension)),
        )
