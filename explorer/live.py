"""The clock in; the live tile, and a rerun when the day's figures changed, out. Nothing asks every second, or at all
while the tab is hidden.
"""

from __future__ import annotations

import time

import redis
import streamlit as st

from explorer.components import component
from explorer.data import AWAY, Answers, known_sites
from explorer.seen import paced, watch
from explorer.source import Source
from explorer.view import View

LIVE_EVERY = 2.0
#: A page may spend a quarter of the time on drawing itself again.
_LEAST, _MOST, _SHARE = 1.2, 60.0, 4


def pace(seconds: float, flush: float = 0.0) -> float:
    """Seconds between two looks for news, given what it takes to draw the page, and how often there is any."""
    return round(max(min(max(_LEAST, seconds * _SHARE), _MOST), flush), 1)


def live_pace(seconds: float, flush: float = 0.0) -> float:
    """The same for the page of what happens now: never oftener than every other second."""
    return max(LIVE_EVERY, pace(seconds, flush))


def live_tile(source: Source) -> None:
    """Fills the tile of visitors of the last five minutes.

    Never looked at oftener than collectors flush: Redis may bill by command."""
    st.fragment(_live, run_every=paced(max(LIVE_EVERY, source.flush_seconds)))(source)


def _live(source: Source) -> None:
    try:
        shown = f"{source.live():,}"
    except redis.ResponseError:
        shown = "–"  # its key has a wrong type: drawing the page again would not help, the next flush does
    except AWAY:
        st.rerun()
    component("live")(key="live_now", data={"value": shown}, height=1)


def follow(answers: Answers, began: float) -> None:
    """Draw the page again when its days changed or a new day began; only for ranges that hold today."""
    view, source = answers.view, answers.source
    watch()
    if view.end < source.today():
        return
    every = paced(pace(time.monotonic() - began, source.flush_seconds))
    st.fragment(_look, run_every=every)(source, view, answers.last_revision())


def _look(source: Source, view: View, seen: str) -> None:
    today = source.today().toordinal()
    try:
        # Closed days hardly change; this one page asks for today's alone, the rest when it is drawn again.
        with source.lock:
            revision = source.reader.revisions([today])[today].decode()
    except AWAY:
        st.rerun()
    if today != view.end.toordinal() or revision != seen:
        st.rerun()


@st.fragment(run_every=2.0)
def await_first_event(site: str) -> None:
    """Draw the page again when the site's first event came."""
    try:
        frame = known_sites()
    except AWAY:
        st.rerun()
    if frame.loc[frame["site"] == site, "since"].notna().any():
        st.rerun()


@st.fragment(run_every=2.0)
def await_any_site() -> None:
    """Draw the page again when a first site is known."""
    try:
        found = len(known_sites())
    except AWAY:
        st.rerun()
    if found:
        st.rerun()
