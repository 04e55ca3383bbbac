"""The view in; where people click on a page, how far they scroll, and at which hours they come, out."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd
import streamlit as st

from explorer import charts_heat, clicked, code, labels, overview, picks
from explorer.data import Answers
from explorer.page import page
from explorer.plot import plot
from explorer.view import View

_KINDS = {"clicks": "Clicks", "scroll": "Scroll depth", "hours": "Hours of the week"}
_METRICS = {"visitors": "Visitors", "visits": "Visits", "pageviews": "Pageviews"}
#: So many pages can be picked from.
MOST_PAGES = 500


def show() -> None:
    """One of the three, as the URL says."""
    with page("Heatmaps", "Where visitors click, how far they scroll, and when they come.") as answers:
        kind = picks.picked("Show", "heat", _KINDS)
        {"clicks": clicked.show, "scroll": _scroll, "hours": _hours}[kind](answers)


def _scroll(answers: Answers) -> None:
    with st.spinner("Counting …"):
        pages = answers.breakdown("page").head(MOST_PAGES)
    if pages.empty:
        overview.empty(answers.view, answers.source)
        return
    counts = {str(name): int(n) for name, n in zip(pages["page"], pages["pageviews"], strict=True)}
    chosen = clicked.page_choice(counts, "pageviews")
    with st.spinner("Counting …"):
        frame, before = answers.ask("scroll", page=chosen), answers.compared("scroll", page=chosen)
    told = scroll_notes(frame, before, answers.view)
    if not frame["visits"].iloc[0]:
        st.info(f"No visit told how far it got down this page. {told[0]}", icon=":material/swipe_down:")
        return
    with st.container(border=True, key="scroll"):
        plot(
            charts_heat.depths(frame, before, dark=st.context.theme.type == "dark"),
            key="scroll_chart", alt="Share of visits that got down to each tenth of the page",
        )  # fmt: skip
        _foot(answers.call("scroll", page=chosen), frame, "scroll", told)
    with st.expander("As a table"):
        shown = frame.assign(share=frame["share"] * 100)
        st.dataframe(shown, hide_index=True, key="scroll_table", column_config={
            "depth": st.column_config.NumberColumn("Depth", format="%d%%"),
            "visits": st.column_config.NumberColumn("Visits", format="localized"),
            "share": st.column_config.NumberColumn("Share", format="%.1f%%"),
        })  # fmt: skip


def scroll_notes(frame: pd.DataFrame, before: pd.DataFrame | None, view: View) -> list[str]:
    """What a reader has to know about depths."""
    measured, viewed = int(frame["visits"].iloc[0]), int(frame.attrs.get("viewed", 0))
    told = [f"{measured:,} of the {viewed:,} visits that saw the page told a depth."]
    if measured > viewed:
        told = [f"{measured:,} visits told a depth, {viewed:,} of them or others sent the pageview."]
    half = frame.loc[frame["share"] >= 0.5, "depth"]
    if measured and len(half):
        told.append(f"Half of them got to {int(half.max())}% or further.")
    if before is not None and view.compared and before["visits"].iloc[0]:
        told.append(f"Dotted: {labels.span(*view.compared)}.")
    return [*told, f"From {frame.attrs.get('answered_by', 'raw events')}."]


def _hours(answers: Answers) -> None:
    view, today = answers.view, answers.source.today()
    with st.spinner("Counting …"):
        frame = answers.ask("activity")
    if not frame["visitors"].sum() and not frame["pageviews"].sum():
        overview.empty(view, answers.source)
        return
    with st.container(border=True, key="hours"):
        metric = picks.picked("Colour", "hours_by", _METRICS)
        plot(
            charts_heat.hours(frame, weekdays(view.start, min(view.end, today)), metric,
                              dark=st.context.theme.type == "dark"),
            key="hours_chart", alt=f"{_METRICS[metric]} by weekday and hour",
        )  # fmt: skip
        told = hours_notes(frame, view, today, labels.markdown(answers.source.zone))
        _foot(answers.call("activity"), frame, "hours", told)
    with st.expander("As a table"):
        shown = frame.assign(weekday=[charts_heat.WEEKDAYS[day] for day in frame["weekday"]])
        st.dataframe(shown, hide_index=True, key="hours_table", height=300)


def weekdays(start: date, end: date) -> list[int]:
    """How many Mondays, Tuesdays ... lie in the days."""
    counts = [0] * 7
    for number in range((end - start).days + 1):
        counts[(start + timedelta(days=number)).weekday()] += 1
    return counts


def hours_notes(frame: pd.DataFrame, view: View, today: date, zone: str) -> list[str]:
    """What a reader has to know about the hours of the week."""
    told = [f"Hours on the clock of {zone}; colours are means a day, of all such days in the range."]
    if view.end >= today:
        told.append("Today is not over and counts as a whole day.")
    told.append("There is no filter by hour: choose days above, then hours in a series.")
    return [*told, f"From {frame.attrs.get('answered_by', 'rollups')}."]


def _foot(call: code.Call, frame: pd.DataFrame, key: str, told: list[str]) -> None:
    with st.container(horizontal=True, wrap=False, vertical_alignment="top", key=f"foot_{key}"):
        st.caption(" ".join(told))
        code.button(call, frame, key)
