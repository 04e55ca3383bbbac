"""A kind of kept things in (goals, funnels); a button out that lists them, opens, removes and keeps one more."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import streamlit as st

from common import store
from common.saved import MOST_NAME, Saved
from explorer import away, data, labels


def popover(
    title: str,
    kind: str,
    site: str,
    contents: Callable[[], dict[str, Any]],
    opened: Callable[[dict[str, Any]], None],
) -> None:
    """The button; `contents` is what would be kept now, `opened` shows something that was."""
    kept = Saved(data.client(), site).all(kind)
    with st.popover(f"{title} ({len(kept)})" if kept else title, icon=":material/bookmark:", key=f"kept_{kind}"):
        for number, (name, each) in enumerate(kept.items()):
            with st.container(horizontal=True, wrap=False, gap="xxsmall", vertical_alignment="center"):
                st.button(
                    labels.markdown(name), key=f"open_{kind}_{number}", on_click=opened, args=(each,), width="stretch"
                )
                st.button(
                    "", key=f"drop_{kind}_{number}", icon=":material/delete:", type="tertiary",
                    help=f"Forget this {kind}", on_click=drop, args=(kind, site, name),
                )  # fmt: skip
        if not kept:
            st.caption(f"No {kind} is kept for this site yet.")
        with st.form(f"keep_{kind}", border=False, clear_on_submit=True):
            st.text_input("Name", key=f"name_{kind}", max_chars=MOST_NAME, placeholder="Keep this one as …")
            st.form_submit_button("Keep", icon=":material/bookmark_add:", on_click=partial(_add, kind, site, contents))


def put(kind: str, site: str, name: str, contents: dict[str, Any]) -> bool:
    """Keep one; False where that cannot be, and why in a word on the screen."""
    return _done(lambda kept: kept.put(kind, name, contents), site)


def drop(kind: str, site: str, name: str) -> None:
    """Forget one."""
    _done(lambda kept: kept.drop(kind, name), site)


def _done(change: Callable[[Saved], object], site: str) -> bool:
    try:
        change(Saved(data.client(), site))
    except ValueError as error:
        told = str(error)
    except data.AWAY as error:  # away, or a user who may only read
        told = str(store.explain(error, away.address_or_nothing()))
    else:
        return True
    st.toast(labels.markdown(told, 300), icon=":material/error:")
    return False


def _add(kind: str, site: str, contents: Callable[[], dict[str, Any]]) -> None:
    put(kind, site, st.session_state.get(f"name_{kind}") or "", contents())
