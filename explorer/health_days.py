"""The view's days in; cards of what came in, what was probably lost and where raw events lie out."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
import streamlit as st

from common.intake import GONE
from explorer import charts_health, code, labels
from explorer.code import Call
from explorer.data import Answers
from explorer.plot import plot


def accepted(answers: Answers) -> None:
    """Accepted events by class and dropped ones by reason, day by day."""
    st.subheader("Accepted and dropped, day by day", anchor=False)
    frame = _over(answers, "intake")
    if frame.empty:
        st.caption("Nothing came in in these days.")
        return
    dark, today = st.context.theme.type == "dark", answers.source.today()
    clean = bool(frame["outcome"].isin(("human", "bot", "ai")).all())
    places = st.columns(1 if clean else 2)
    with places[0]:
        plot(
            charts_health.intake(frame, False, dark, today),
            key="intake",
            alt="Accepted events a day",
        )
    if not clean:
        with places[1]:
            plot(
                charts_health.intake(frame, True, dark, today),
                key="drops",
                alt="Dropped events a day",
            )
    if answers.view.end >= today:
        st.caption("The pale bar is today, which is not over.")
    _code(answers, "intake", frame)


def lost(answers: Answers) -> None:
    """What browsers sent and nobody got, estimated from gaps in the numbers of their batches."""
    st.subheader("Estimated loss", anchor=False)
    frame = _over(answers, "loss")
    rate = float(frame.attrs.get("rate", math.nan))
    if math.isnan(rate):
        st.caption(
            "Not known: it is told from gaps in the numbers that the tracker gives its batches, and none came in "
            "these days (imports, the pixel and back ends have no such numbers)."
        )
    else:
        with st.container(horizontal=True):
            st.metric("Batches lost", labels.percent(rate), help="Estimated, of all that browsers sent")
            st.metric("Known missing", f"{int(frame['missing'].sum()):,}", help="A later batch of the same page came")
            st.metric("Events in them", f"≈ {labels.count(float(frame['events'].sum()))}", help="Estimated")
        if len(frame) > 1 and frame["missing"].sum():
            plot(
                charts_health.loss(frame, st.context.theme.type == "dark"), key="loss",
                alt="Share of batches lost, day by day",
            )  # fmt: skip
        if not frame["settled"].all():
            st.caption("Hatched days may still change: late batches take gaps back. Days are of UTC.")
    if reasons := frame.attrs.get("reasons"):
        with st.expander("What loses them"):
            for reason, text in reasons.items():
                st.caption(f"**{labels.markdown(str(reason))}**: {labels.markdown(str(text), 400)}")
    _code(answers, "loss", frame)


def coverage(answers: Answers) -> None:
    """Where the raw events of each day lie; filters need them."""
    st.subheader("Raw events", anchor=False)
    frame = _over(answers, "coverage")
    if not (frame["events"] > 0).any():
        st.caption("Nothing came in in these days.")
        return
    plot(
        charts_health.coverage(frame, st.context.theme.type == "dark"), key="coverage",
        alt="Where raw events lie, day by day",
    )  # fmt: skip
    st.caption(told(frame))
    _code(answers, "coverage", frame)


def told(frame: pd.DataFrame) -> str:
    """What coverage means for answers."""
    gone = int((frame["raw"] == GONE).sum())
    if gone:
        days = f"{gone} day{'s' if gone > 1 else ''}"
        return f"Filters on other things than the class leave out {days} whose raw events are gone; totals hold them."
    return "Every day that has figures has its raw events: any filter is answered in full."


def verify(site: str, done: str | None) -> None:
    """How to have every figure checked, and whether the daily job was there."""
    st.subheader("Checks", anchor=False)
    st.caption(
        f"{done or 'The daily job of today has not been seen yet.'} It archives closed days and reads back what it "
        "wrote. To check every figure against raw events, and every key and file:"
    )
    st.code(f"python -m collector verify --site {site}", language="bash", wrap_lines=True)


def _over(answers: Answers, name: str) -> Any:
    return answers.over(answers.view.start, answers.view.end, name)


def _code(answers: Answers, name: str, frame: pd.DataFrame) -> None:
    view = answers.view
    code.button(Call(view.site, name, view.start, view.end, {}), frame, name)
