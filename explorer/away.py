"""What went wrong in; the one message about it, and another look by itself, out."""

from __future__ import annotations

import time

import streamlit as st

from common import store
from common.store import StoreError
from explorer import data, labels

#: An answer that could not be had is asked for again after this many s.
_PATIENCE = 2.5
#: Seconds between two looks: while Redis is away, and while it answers, so that somebody has to mend something.
_OFTEN, _SELDOM = 3.0, 60.0


def show_away(error: Exception) -> None:
    """The one message in place of a page: what is wrong, what to do, and a retry that also happens by itself."""
    there = data.redis_answers(error)
    if there:
        st.title("This cannot be shown", anchor=False)
        show_error(error)
        st.caption(
            "Nothing is lost. Figures of whole months without filters need no archive and may still be shown. "
            "`python -m collector doctor` says what is wrong and how to mend it."
        )
    else:
        st.title("Redis is away", anchor=False)
        show_error(error)
        st.caption(
            "Nothing is lost: the collector keeps accepted events in its journal and catches up. "
            "`python -m collector doctor` says what is wrong with this Redis and how to mend it."
        )
    st.button("Try again", icon=":material/refresh:", key="retry", type="primary")
    st.session_state["told"] = time.monotonic()
    st.fragment(_wait_for_redis, run_every=_SELDOM if there else _OFTEN)()


def show_error(error: Exception) -> None:
    """What is wrong and what to do, in a line."""
    st.error(labels.markdown(said(error), 600), icon=":material/cloud_off:")


def said(error: Exception) -> str:
    """The same as a text."""
    line = str(error if isinstance(error, StoreError) else store.explain(error, address_or_nothing()))
    return line[:1].upper() + line[1:]


def address_or_nothing() -> str:
    """The URL of Redis for a message; "" where even that cannot be had."""
    try:
        return data.address()
    except StoreError:
        return ""


def _wait_for_redis() -> None:
    if time.monotonic() - st.session_state.get("told", 0.0) < _PATIENCE:
        return  # a Redis that answers, but holds what cannot be read, would be asked without a pause
    try:
        data.client().ping()
    except data.AWAY:
        return
    if "away" in st.session_state:
        del st.session_state["away"]
        st.rerun()
