"""The browser's URL in, one page out: `python -m streamlit run explorer/app.py` from the project's folder."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from explorer import data, filters
from explorer.view import encode

PAGES = (
    st.Page("app_pages/overview.py", title="Overview", icon=":material/monitoring:", default=True),
    st.Page("app_pages/breakdown.py", title="Breakdowns", icon=":material/table_rows:", url_path="breakdown"),
    st.Page("app_pages/health.py", title="Data health", icon=":material/health_metrics:", url_path="health"),
    st.Page("app_pages/sites.py", title="Sites", icon=":material/language:", url_path="sites"),
)


def main() -> None:
    """Settings of the page, sidebar, page; and one answer to Redis being away, wherever it shows."""
    st.set_page_config(page_title="Footfall", page_icon=":material/footprint:", layout="wide")
    st.html(Path(__file__).with_name("style.css"))
    page = st.navigation(PAGES, position="hidden")
    body = st.container()
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
        with body:
            page.run()
    except data.AWAY as error:
        st.session_state["away"] = True
        with body.empty().container():
            data.show_away(error)


main()
