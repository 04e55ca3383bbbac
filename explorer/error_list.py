"""Answers in; the errors that browsers met, with how often, since when and on which pages, out."""

from __future__ import annotations

from functools import partial

import pandas as pd
import streamlit as st

from common.events import NONE, OTHER
from common.filters import is_plain, normalise
from explorer import code, exports, labels, picks
from explorer.data import Answers

_DETAIL = {"counts": "Counts", "affected": "With visitors and pages"}
MOST = 500
_ROW = 35
HOW = (
    "Errors in pages are sent once the script tag asks for them: `tracker.errors.js`, or `tracker.vitals.errors.js` for"
    " both; see `docs/tracker.md`. Addresses and numbers in them are masked before they are kept."
)


def show(answers: Answers) -> None:
    """The list; rollups know how often and when, raw events also whom and where."""
    st.subheader("Errors", anchor=False)
    asked = {"affected": True} if picks.current("errors", _DETAIL) == "affected" else {}
    with st.spinner("Counting …"):
        frame = answers.ask("errors", **asked)
    if frame.empty:
        st.caption(f"No errors in these days{' under these filters' if answers.view.filters else ''}. {HOW}")
        return
    with st.container(border=True, key="errors"):
        if is_plain(normalise(answers.view.where)) == ["human"]:
            picks.picked("Detail", "errors", _DETAIL, "Visitors and pages are counted from raw events.")
        shown = shaped(frame.head(MOST))
        st.dataframe(
            shown, key="errors_table", hide_index=True, row_height=_ROW,
            height=_ROW * (min(len(shown), 12) + 1) + 3,
            column_config={
                "message": st.column_config.TextColumn("Message", width=420),
                "events": st.column_config.NumberColumn("Events", format="localized", width=70),
                "visitors": st.column_config.NumberColumn("Visitors", format="localized", width=74),
                "visits": st.column_config.NumberColumn("Visits", format="localized", width=66),
                "first_seen": st.column_config.DateColumn("First", help="Among these days", width=100),
                "last_seen": st.column_config.DateColumn("Last", help="Among these days", width=100),
                "pages": st.column_config.TextColumn("Pages", help="Where it happened most often first", width=260),
            },
        )  # fmt: skip
        view = answers.view
        with st.container(horizontal=True, wrap=False, vertical_alignment="top", key="foot_errors"):
            st.caption(" ".join(notes(frame)))
            st.download_button(
                "CSV", partial(exports.csv, listed(frame)),
                exports.file_name(view.site, "errors", view.start.isoformat(), view.end.isoformat()), "text/csv",
                key="csv:errors", on_click="ignore", type="tertiary", icon=":material/download:",
            )  # fmt: skip
            code.button(answers.call("errors", **asked), listed(frame), "errors")


def listed(frame: pd.DataFrame) -> pd.DataFrame:
    """Pages as one text, since a list in a file is read differently by everybody."""
    texts = [" ".join(pages) if isinstance(pages, list) else "" for pages in frame["pages"]]
    found = frame.assign(pages=texts)
    found.attrs = frame.attrs
    return found


def shaped(frame: pd.DataFrame) -> pd.DataFrame:
    """The list as it is shown; columns that nobody counted are left out."""
    table = listed(frame).assign(message=[labels.plain(text, 500) for text in frame["message"]])
    table["pages"] = [labels.plain(text, 500) for text in table["pages"]]
    known = ["message", "events"]
    if not frame["visitors"].isna().all():
        known += ["visitors", "visits"]
    return table[[*known, "first_seen", "last_seen", *(["pages"] if table["pages"].any() else [])]]


def notes(frame: pd.DataFrame) -> list[str]:
    """What a reader has to know about the list."""
    told = [f"{int(frame['events'].sum()):,} errors, {len(frame):,} messages."]
    if OTHER in set(frame["message"]):
        told.append("(other): messages beyond 200 a day, summed.")
    if NONE in set(frame["message"]):
        told.append("(none): an error that tells nothing.")
    if len(frame) > MOST:
        told.append(f"The first {MOST} are shown; the CSV has all.")
    return [*told, f"From {frame.attrs.get('answered_by', 'rollups')}."]
