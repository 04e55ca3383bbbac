"""The URL in, widgets and a `View` out; every change of a widget, chip or drill-down goes back into the URL.

The URL is the only state: widgets are set from it when it changed, so that a reload, a pasted link and the browser's
back button all show the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pandas as pd
import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.scriptrunner_utils.script_run_context import ThreadState

from common.filters import split
from explorer import labels
from explorer.data import source
from explorer.source import Source
from explorer.view import COMPARISONS, CUSTOM, FIRST_DAY, PERIODS, Filter, View, decode, encode

_CLASSES = {"human": "Humans", "bot": "Bots", "ai": "AI"}
_VIEW = "view"
_SHOWN = "view_shown"
_NEXT = "view_next"
_AROUND = "view_around"


def params() -> dict[str, list[str]]:
    """The URL's query parameters, every value."""
    return {name: st.query_params.get_all(name) for name in st.query_params}


def current() -> View:
    """The view of this run."""
    view: View = st.session_state[_VIEW]
    return view


def current_source() -> Source:
    """The source of this run's site."""
    found: Source = st.session_state["source"]
    return found


def resolve(sites: pd.DataFrame) -> View | None:
    """Read the URL; None when it names a site nobody knows. An URL without a site keeps the last view."""
    chosen = st.session_state.pop(_NEXT, None)
    chosen = None if _went_back() else chosen
    given = params() if chosen is None else _as_lists(chosen)
    if "site" not in given and _VIEW in st.session_state and st.session_state[_VIEW].site in set(sites["site"]):
        given = _as_lists(encode(st.session_state[_VIEW]))
    names = list(sites["site"])
    site = (given.get("site") or [_default_site(sites)])[-1]
    if site not in names:
        return None
    zone = sites.loc[sites["site"] == site, "zone"].iloc[0]
    found = st.session_state["source"] = source(site, zone)
    view = st.session_state[_VIEW] = decode(given, site, found.today())
    if chosen is None and _as_lists(encode(view)) != params():  # else the browser has it, and would note it twice
        st.query_params.from_dict(encode(view))
    return view


def go(view: View) -> None:
    """Show another view from the next run on.

    The next whole run takes it from here: a timer's message that the browser sent before it heard of the new URL may
    arrive in between and bring the old one back. After such a message every widget that the browser names seems
    changed, though it names what is shown: that is no choice.
    """
    before: View | None = st.session_state.get(_VIEW)
    if view == before or not meant():
        return
    if before is None or around(view) != around(before):
        draw_all()
    st.session_state[_VIEW] = view
    st.session_state[_NEXT] = encode(view)
    st.query_params.from_dict(encode(view))


def around(view: View) -> View:
    """The part of a view that the sidebar shows."""
    return replace(view, filters=tuple(each for each in view.filters if each[0] == "class"), grain="", choices=())


def draw_all() -> None:
    """Have all of the page drawn, where a body would be drawn alone."""
    st.session_state[_AROUND] = True


def in_body() -> bool:
    """Whether a page's body is drawn without what stands around it."""
    context = get_script_run_ctx(suppress_warning=True)
    return bool(context and context.fragment_ids_this_run)


def settled() -> bool:
    """The view stands as it is drawn now; whether what stands around the body has to be drawn, too."""
    st.session_state.pop(_NEXT, None)
    return bool(st.session_state.pop(_AROUND, False))


def sidebar(view: View, sites: pd.DataFrame) -> None:
    """Site, days and class."""
    today = current_source().today()
    if st.session_state.get(_SHOWN) != view:  # else a half-picked range would be taken back
        st.session_state[_SHOWN] = view
        st.session_state["site_choice"] = view.site
        st.session_state["period_choice"] = view.period
        st.session_state["days_choice"] = (view.start, view.end)
        st.session_state["class_choice"] = view.where.get("class", ["human"])[-1]
        st.session_state["compare_choice"] = view.compare if view.compare in COMPARISONS else CUSTOM
        st.session_state["compare_days"] = view.compared or view.previous
    st.selectbox("Site", list(sites["site"]), key="site_choice", on_change=_site_chosen)
    st.selectbox(
        "Period", list(PERIODS), format_func=PERIODS.__getitem__, key="period_choice", on_change=_period_chosen
    )
    st.date_input(
        f"Days, {labels.markdown(current_source().zone)}",
        min_value=FIRST_DAY,
        max_value=max(today, view.end),
        key="days_choice",
        on_change=_days_chosen,
        format="YYYY-MM-DD",
        help="Days of the site's time zone, first and last included.",
    )
    st.selectbox(
        "Compare with",
        [*COMPARISONS, CUSTOM],
        format_func={**COMPARISONS, CUSTOM: "Other days"}.__getitem__,
        key="compare_choice",
        on_change=_compare_chosen,
        help="A year before is shifted by whole weeks, so that weekdays match.",
    )
    if view.compare not in COMPARISONS:
        st.date_input(
            "Days to compare with",
            min_value=FIRST_DAY,
            max_value=today,
            key="compare_days",
            on_change=_compare_days_chosen,
            format="YYYY-MM-DD",
        )
    st.segmented_control(
        "Traffic of",
        list(_CLASSES),
        format_func=_CLASSES.__getitem__,
        key="class_choice",
        on_change=_class_chosen,
        required=True,
        width="stretch",
        help="Bots and AI agents are recognised by their user agent and counted apart.",
    )


def chips(view: View) -> None:
    """One button a filter, which removes it, and one that removes all."""
    for number, chosen in enumerate(view.filters):
        title, words, shown = reads(chosen)
        between = f" {words} " if words else ": "
        st.button(
            f"{labels.markdown(title, 30)}{between}**{labels.markdown(shown)}**",
            icon=":material/close:",
            icon_position="right",
            key=f"chip_{number}",
            on_click=_without,
            args=(chosen,),
            help="Remove this filter",
        )
    if len(view.filters) > 1:
        st.button("Clear all", type="tertiary", key="chips_clear", on_click=clear)


_WORDS = {
    "": "",
    "not": "is not",
    "contains": "contains",
    "not_contains": "does not contain",
    "matches": "matches",
    "not_matches": "does not match",
}


def reads(chosen: Filter) -> tuple[str, str, str]:
    """A filter as a chip shows it: dimension, words between, value."""
    dimension, operator = split(chosen[0])
    shown = labels.value(dimension, chosen[1]) if operator in ("", "not") else chosen[1]
    return labels.title(dimension), _WORDS[operator], shown


def clear() -> None:
    """Remove all filters."""
    go(replace(current(), filters=()))


def drill(dimension: str, value: str) -> None:
    """Add one filter."""
    go(current().adding(dimension, value))


def over(start: date, end: date) -> None:
    """Look at other days."""
    go(current().over(start, end))


def open_site(site: str) -> None:
    """Look at a site over the usual days."""
    st.query_params.from_dict({"site": site})


def with_grain(grain: str) -> None:
    """Draw bars of another length."""
    go(replace(current(), grain=grain))


def choose(name: str, value: str) -> None:
    """Keep a choice of a page in the URL, under a name of its own; "" takes it back."""
    go(current().choosing(name, value))


def of_site(view: View, site: str) -> View:
    """The same days of another site, without filters, which name things of this one."""
    return replace(view, site=site, filters=(), choices=())


def _without(unwanted: Filter) -> None:
    go(current().without(unwanted))


def meant() -> bool:
    """Whether somebody used the widget whose callback this is. A timer's message runs a fragment alone, and may bring
    what widgets outside of it showed before the page was drawn anew; so may that of a browser that goes back.
    """
    context = get_script_run_ctx(suppress_warning=True)
    if context is None or not context.fragment_ids_this_run:
        return not _went_back()
    return ThreadState.get().fragment_id in context.fragment_ids_this_run


def _went_back() -> bool:
    """Whether this is the run of the browser's back or forward: then its address alone says what to show."""
    context = get_script_run_ctx(suppress_warning=True)
    return context is not None and context.is_history_navigation


def _site_chosen() -> None:
    if meant():
        go(of_site(current(), st.session_state["site_choice"]))


def _period_chosen() -> None:
    if meant():
        go(current().during(st.session_state["period_choice"], current_source().today()))


def _days_chosen() -> None:
    chosen = st.session_state["days_choice"]
    if meant() and isinstance(chosen, tuple) and len(chosen) == 2:
        go(current().over(*chosen))


def _compare_chosen() -> None:
    if not meant():
        return
    chosen, view = st.session_state["compare_choice"], current()
    if chosen == CUSTOM:
        first, last = view.compared or view.previous
        chosen = f"{first}..{last}"
    go(replace(view, compare=chosen))


def _compare_days_chosen() -> None:
    chosen = st.session_state["compare_days"]
    if meant() and isinstance(chosen, tuple) and len(chosen) == 2:
        go(replace(current(), compare=f"{chosen[0]}..{chosen[1]}"))


def _class_chosen() -> None:
    if meant():
        go(current().of_class(st.session_state["class_choice"] or "human"))


def _default_site(sites: pd.DataFrame) -> str:
    """The first that has data, else the first."""
    heard = sites[sites["since"].notna()]
    return str((heard if len(heard) else sites)["site"].iloc[0])


def _as_lists(params: Mapping[str, Any]) -> dict[str, list[str]]:
    return {name: [value] if isinstance(value, str) else list(value) for name, value in params.items()}


__all__ = ["CUSTOM", "chips", "clear", "current", "drill", "go", "over", "resolve", "sidebar"]
