"""Known sites in; the first steps out: add a site, paste the script tag, wait for the first event."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from explorer import data, filters, labels, onboarding
from explorer.live import await_any_site, await_first_event


def shown() -> bool:
    """Show the first steps where they are due: no site yet, an unknown one, or one that waits for its first event."""
    sites: pd.DataFrame = st.session_state["sites"]
    if sites.empty:
        _first_site()
        return True
    asked = filters.params().get("site", [""])[-1]
    if asked and asked not in set(sites["site"]):
        unknown(asked, sites)
        return True
    view = filters.current()
    if sites.loc[sites["site"] == view.site, "since"].isna().all() and data.first_day(filters.current_source()) is None:
        _waiting(view.site)
        return True
    return False


def unknown(asked: str, sites: pd.DataFrame) -> None:
    """The URL names a site nobody knows."""
    st.title("No such site", anchor=False)
    st.text(f"Nothing is known about {labels.plain(asked)}. Is the name in the address spelled right?")
    with st.container(horizontal=True):
        for site in sites["site"].head(8):
            st.button(labels.markdown(site), key=f"known_{site}", on_click=filters.open_site, args=(site,))
    st.caption("A new site is added on the page Sites.")


def _first_site() -> None:
    settings = data.settings()
    st.title("Welcome to Footfall", anchor=False)
    st.markdown("Web analytics on your own Redis: no cookies, no third party. Two steps to the first figure.")
    st.subheader("1 · Name your site", anchor=False)
    onboarding.add_form(settings)
    st.subheader("2 · Paste one line", anchor=False)
    onboarding.snippet("example.com", settings)
    onboarding.demo_link(settings)
    await_any_site()


def _waiting(site: str) -> None:
    settings = data.settings()
    st.title(labels.markdown(site), anchor=False)
    st.info("Waiting for the first event … this page shows it when it arrives.", icon="spinner")
    onboarding.snippet(site, settings)
    onboarding.demo_link(settings)
    await_first_event(site)
