"""A site and days in, its notes (deploys, campaigns, outages) out; and the dialog that adds and removes them."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import date, time
from typing import Any

import streamlit as st

from common.saved import NOTE, Saved
from explorer import data, labels
from explorer.view import View

MOST_TEXT = 200
#: Others' new notes show after so many seconds; one's own at once.
_AGE = 20
_LISTED = 30


@st.cache_data(ttl=_AGE, max_entries=200, show_spinner=False)
def _kept(url: str, site: str) -> dict[str, dict[str, Any]]:
    return Saved(data.client(), site).all(NOTE)


def all_of(site: str) -> dict[str, dict[str, Any]]:
    """Name -> note, oldest first."""
    found = _kept(data.address(), site)
    return dict(sorted(found.items(), key=lambda item: (str(item[1].get("day", "")), str(item[1].get("time", "")))))


def within(notes: Mapping[str, Mapping[str, Any]], start: date, end: date) -> list[Mapping[str, Any]]:
    """The notes of some days."""
    first, last = start.isoformat(), end.isoformat()
    return [note for note in notes.values() if first <= str(note.get("day", "")) <= last]


def note_of(day: date, clock: time | None, text: str) -> dict[str, str]:
    """A note as it is kept; raises ValueError saying what is wrong."""
    text = labels.plain(text, MOST_TEXT + 1)
    if not text:
        raise ValueError("Say what happened.")
    if len(text) > MOST_TEXT:
        raise ValueError(f"At most {MOST_TEXT} characters.")
    return {"day": day.isoformat(), **({"time": f"{clock:%H:%M}"} if clock else {}), "text": text}


def said(note: Mapping[str, Any]) -> str:
    """A note in a line of markdown."""
    day, clock = labels.markdown(str(note.get("day", ""))), labels.markdown(str(note.get("time", "")))
    return f"**{day}{f' {clock}' if clock else ''}** {labels.markdown(str(note.get('text', '')), MOST_TEXT)}"


def label(shown: int) -> dict[str, str]:
    """Of the button that asks for the dialog."""
    about = "What happened when: deploys, campaigns, outages; drawn on the chart"
    return {"text": f"Notes · {shown}" if shown else "Notes", "about": about}


def dialog() -> None:
    """Show it where the button asked for it; called once, below the chart."""
    st.session_state.pop("notes_changed", None)
    view = st.session_state.pop("notes_shown", None)
    if view is not None:
        _dialog(view)


def ask(view: View) -> None:
    """Have the dialog shown."""
    st.session_state["notes_shown"] = view


@st.dialog("Notes", width="medium")
def _dialog(view: View) -> None:
    if "notes_changed" in st.session_state:
        st.rerun()  # the chart has it, and the dialog is done
    st.caption(f"Of {labels.markdown(view.site)}, kept in its Redis; whoever may look sees them. Nothing of a visitor.")
    with st.form("note", border=False):
        day, clock = st.columns(2)
        day.date_input("Day", value=view.end, format="YYYY-MM-DD", key="note_day")
        clock.time_input("Time, if it matters", value=None, step=900, key="note_time")
        st.text_input("What happened", max_chars=MOST_TEXT, key="note_text", placeholder="Released 2.0")
        st.form_submit_button(
            "Add", type="primary", icon=":material/add:", key="note_add", on_click=_add, args=(view.site,)
        )
    if wrong := st.session_state.pop("note_wrong", ""):
        st.error(wrong)
    listed = list(all_of(view.site).items())[::-1]
    for name, note in listed[:_LISTED]:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(said(note), width="stretch")
            st.button(
                "Remove", key=f"note:{name}", icon=":material/delete:", type="tertiary", on_click=_remove,
                args=(view.site, name),
            )  # fmt: skip
    if len(listed) > _LISTED:
        st.caption(f"The last {_LISTED} of {len(listed)}.")


def _add(site: str) -> None:
    state = st.session_state
    try:
        note = note_of(state["note_day"], state["note_time"], state["note_text"])
        Saved(data.client(), site).put(NOTE, f"{note['day']} {secrets.token_hex(4)}", note)
    except ValueError as error:
        state["note_wrong"] = labels.markdown(str(error), 200)
        return
    _changed()


def _remove(site: str, name: str) -> None:
    Saved(data.client(), site).drop(NOTE, name)
    _changed()


def _changed() -> None:
    _kept.clear()
    st.session_state["notes_changed"] = True
