"""Known sites in; zone, first event, script tag and a form for one more out."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from explorer import data, onboarding


def show() -> None:
    """The page."""
    known: pd.DataFrame = st.session_state["sites"]
    settings = data.settings()
    st.title("Sites", anchor=False)
    if len(known):
        st.dataframe(
            known,
            hide_index=True,
            key="sites_table",
            column_config={
                "site": st.column_config.TextColumn("Site"),
                "zone": st.column_config.TextColumn("Time zone"),
                "since": st.column_config.DatetimeColumn("First event (UTC)", format="YYYY-MM-DD HH:mm"),
            },
            placeholder="waiting",
        )
        st.subheader("Script tag", anchor=False)
        chosen = st.selectbox("Site", list(known["site"]), key="snippet_site", label_visibility="collapsed")
        onboarding.snippet(chosen, settings)
    st.subheader("Add a site", anchor=False)
    onboarding.add_form(settings)
    onboarding.demo_link(settings)
