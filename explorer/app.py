"""The browser's URL in, one page out: the script that `server.py` runs for every page."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from explorer import data, filters, login
from explorer.view import encode

HERE = Path(__file__).parent
PAGES = (
    st.Page("app_pages/overview.py", title="Overview", icon=":material/monitoring:", default=True),
    st.Page("app_pages/breakdown.py", title="Breakdowns", icon=":material/table_rows:", url_path="breakdown"),
    st.Page("app_pages/health.py", title="Data health", icon=":material/health_metrics:", url_path="health"),
    st.Page("app_pages/sites.py", title="Sites", icon=":material/language:", url_path="sites"),
)


def main() -> None:
    """Settings of the page, sidebar, page; and one answer to Redis being away, wherever it shows."""
    # An icon by name or emoji would be fetched from a CDN.
    st.set_page_config(page_title="Footfall", page_icon=HERE / "icon.svg", layout="wide")
    st.html(HERE / "style.css")
    if st.context.theme.type == "dark":  # the light accent needs dark letters
        st.html("<style>[data-testid^='stBaseButton-primary'] * { color: #0b100f; }</style>")
    page = st.navigation(PAGES, position="hidden")
    settings = data.settings()
    login.require(settings)
    body = st.empty()
    try:
        sites = st.session_state["sites"] = data.known_sites()
        view = filters.resolve(sites) if len(sites) else None
        with st.sidebar:
            st.markdown("### :material/footprint: Footfall")
            with st.container(gap="xxsmall"):
                for target in PAGES:
                    st.page_link(target, query_params=encode(view) if view else None, width="stretch")
            if view:
                st.space("xsmall")
                filters.sidebar(view, sites)
            login.farewell(settings)
        with body.container():
            page.run()
    except data.AWAY as error:
        st.session_state["away"] = True
        with body.container():
            data.show_away(error)


main()
