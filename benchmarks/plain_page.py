"""What the explorer is compared with: a Streamlit page with one plotly chart and a button that draws it anew."""

from __future__ import annotations

import plotly.graph_objects as go
import streamlit as st

if st.button("Again", key="again"):
    st.session_state["turn"] = st.session_state.get("turn", 0) + 1
turn = st.session_state.get("turn", 0)
st.title(f"Turn {turn}")
st.plotly_chart(go.Figure(go.Bar(x=list(range(90)), y=[(day * (7 + turn)) % 50 for day in range(90)])))
