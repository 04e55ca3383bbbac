"""The browser's URL in, one page out: the script that `server.py` runs for every page."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from explorer import away, data, filters, login, nav, own_pages

HERE = Path(__file__).parent
PAGES = (
    st.Page("app_pages/overview.py", title="Overview", icon=":material/monitoring:", default=True),
    st.Page("app_pages/content.py", title="Content", icon=":material/article:", url_path="content"),
    st.Page("app_pages/sources.py", title="Sources", icon=":material/call_merge:", url_path="sources"),
    st.Page("app_pages/geography.py", title="Geography", icon=":material/public:", url_path="geography"),
    st.Page("app_pages/technology.py", title="Technology", icon=":material/devices:", url_path="technology"),
    st.Page("app_pages/events.py", title="Events", icon=":material/flag:", url_path="events"),
    st.Page("app_pages/funnels.py", title="Funnels", icon=":material/filter_alt:", url_path="funnels"),
    st.Page("app_pages/journeys.py", title="Journeys", icon=":material/route:", url_path="journeys"),
    st.Page("app_pages/retention.py", title="Retention", icon=":material/event_repeat:", url_path="retention"),
    st.Page("app_pages/visits.py", title="Visits", icon=":material/list:", url_path="visits"),
    st.Page("app_pages/heatmaps.py", title="Heatmaps", icon=":material/ads_click:", url_path="heatmaps"),
    st.Page("app_pages/performance.py", title="Performance", icon=":material/speed:", url_path="performance"),
    st.Page("app_pages/live.py", title="Live", icon=":material/sensors:", url_path="live"),
    st.Page("app_pages/engagement.py", title="Engagement", icon=":material/timer:", url_path="engagement"),
    st.Page("app_pages/bots.py", title="Bots", icon=":material/smart_toy:", url_path="bots"),
    st.Page("app_pages/changes.py", title="Changes", icon=":material/difference:", url_path="changes"),
    st.Page("app_pages/compare.py", title="Compare", icon=":material/compare_arrows:", url_path="compare_segments"),
    st.Page("app_pages/breakdown.py", title="Breakdowns", icon=":material/table_rows:", url_path="breakdown"),
    st.Page("app_pages/health.py", title="Data health", icon=":material/health_metrics:", url_path="health"),
    st.Page("app_pages/sites.py", title="Sites", icon=":material/language:", url_path="sites"),
)

_OWN = ":material/extension:"


def main() -> None:
    """Settings of the page, sidebar, page; and one answer to Redis being away, wherever it shows."""
    # An icon by name or emoji would be fetched from a CDN.
    st.set_page_config(page_title="Footfall", page_icon=HERE / "icon.svg", layout="wide")
    st.html(HERE / "style.css")
    if st.context.theme.type == "dark":  # the light accent needs dark letters
        st.html("<style>[data-testid^='stBaseButton-primary'] * { color: #0b100f; }</style>")
    settings = data.settings()
    own = own_pages.found(data.checked(own_pages.folder, settings))
    pages = [*PAGES, *(st.Page(one.callable(), title=one.title, icon=_OWN, url_path=one.url) for one in own)]
    page = st.navigation(pages, position="hidden")
    login.require(settings)
    body = st.empty()
    try:
        sites = st.session_state["sites"] = data.known_sites()
        view = filters.resolve(sites) if len(sites) else None
        nav.follow(pages, view)
        with st.sidebar:
            st.markdown("### :material/footprint: Footfall")
            nav.links(pages, page)
            if view:
                st.space("xsmall")
                filters.sidebar(view, sites)
            login.farewell(settings)
        with body.container():
            page.run()
    except data.AWAY as error:
        st.session_state["away"] = True
        with body.container():
            away.show_away(error)


main()
