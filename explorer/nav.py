"""All pages and the one that is open in; the list of links to them in the sidebar, and the way to the chosen one, out.

Not Streamlit's links: each carries the view in its address, so that every one of them would have to be drawn anew with
every filter.
"""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st
from streamlit.navigation.page import Page

from explorer.components import component
from explorer.view import View, encode

_KEY = "nav"
_TO = "nav_to"


def follow(pages: Sequence[Page], view: View | None) -> None:
    """Go to the page that was chosen, with what is looked at."""
    target = st.session_state.pop(_TO, None)
    for page in pages:
        if page.url_path == target:
            st.switch_page(page, query_params=encode(view) if view else None)


def links(pages: Sequence[Page], current: Page) -> None:
    """The list."""
    listed = [{"title": page.title, "icon": _name(page.icon), "path": page.url_path} for page in pages]
    component("nav", "nav.css")(key=_KEY, data={"pages": listed, "current": current.url_path}, on_page_change=_chosen)


def _chosen() -> None:
    st.session_state[_TO] = getattr(st.session_state.get(_KEY), "page", None)


def _name(icon: str) -> str:
    """The name of a sign in the font: `:material/home:` as `home`."""
    return icon.strip(":").rpartition("/")[2]
