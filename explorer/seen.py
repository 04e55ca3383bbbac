"""The browser's word on whether the page can be seen, and in which theme, in; how often to look for news, not at all
while it cannot, out.

Streamlit's timers go on in hidden tabs, and each look asks Redis, which may bill by command. So the page is drawn once
more when its tab is hidden, without timers, and with them when it is shown again.
"""

from __future__ import annotations

import streamlit as st

from explorer import filters
from explorer.components import component

_KEY = "tab_seen"


def hidden() -> bool:
    """Whether the tab was hidden when the browser last said so."""
    return bool(getattr(st.session_state.get(_KEY), "hidden", False))


def watch() -> None:
    """Have the browser say so from now on; once a page. All of it is drawn then: only that takes timers away, and the
    system's other theme is another one for every chart.
    """
    component("seen")(
        key=_KEY,
        data={"hidden": hidden(), "dark": st.context.theme.type == "dark"},
        on_hidden_change=filters.draw_all,
        on_themed_change=filters.draw_all,
        height=1,
    )


def paced(every: float) -> float | None:
    """Seconds between two looks; None while nobody sees them."""
    return None if hidden() else every
