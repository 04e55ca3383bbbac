"""What draws a page's body in; the body as one part that is drawn anew alone, out.

A filter changes all of the body and nothing beside it. So a click in it runs the body and not the whole script, and the
browser leaves the sidebar as it is: a third of what a click took. Other days or another class change the sidebar too.
"""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from explorer import away, data, filters


def drawn(show: Callable[[], None]) -> None:
    """Draw it, with one answer to Redis being away."""
    st.fragment(_inside)(show)


def _inside(show: Callable[[], None]) -> None:
    alone = filters.in_body()
    if filters.settled() and alone:
        st.rerun()
    place = st.empty()
    try:
        with place.container():
            show()
    except data.AWAY as error:
        if alone:
            st.rerun()  # what stands around the body needs Redis, too
        st.session_state["away"] = True
        with place.container():
            away.show_away(error)
