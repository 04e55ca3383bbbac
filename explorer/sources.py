"""The view in; channels, their sources and these sources' campaigns out, as a tree and as tables that open."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import streamlit as st

from common.filters import split
from common.store import StoreError
from explorer import answer_table, charts_tree, filters, labels, parts, picks, tables, tree
from explorer.data import Answers, redis_answers
from explorer.page import page
from explorer.plot import Point, plot
from explorer.view import View

_NAME = "sources"
#: Each opens into the next.
LEVELS = ("channel", "source", "utm_campaign")
TABS = {
    "channel": "Channels",
    "source": "Sources",
    "utm_campaign": "Campaigns",
    "referrer": "Referrers",
    "utm_medium": "UTM medium",
    "utm_source": "UTM source",
    "utm_content": "UTM content",
    "utm_term": "UTM term",
}


_CHARTS = {"": "Over time", "tree": "Tree"}


def show() -> None:
    """The path so far, a chart, and the table of its next level."""
    with page("Sources", "A channel opens into its sources, a source into its campaigns.") as answers:
        _path(answers.view)
        tab = parts.switch(_NAME, TABS, level(answers.view), "Sources")
        if parts.nothing(answers):
            return
        drawn = picks.picked("Chart", "sources_chart", _CHARTS, label_visibility="collapsed")
        if drawn == "tree":
            _tree(answers)
        else:
            parts.chart(answers, tab, _NAME, _opened)
        tables.table(answers, tab, _NAME, chosen=_opened)


def level(view: View) -> str:
    """The first level of which the filters do not name one value."""
    return next((name for name in LEVELS if len(view.where.get(name, ())) != 1), LEVELS[-1])


def opened(view: View, dimension: str, value: str) -> View:
    """A value chosen: it is a filter, and what is below it is shown."""
    return parts.begun(view.adding(dimension, value), _NAME, "" if dimension in LEVELS else dimension)


def closed(view: View, depth: int) -> View:
    """Back up to a level: its filters and those below it are gone."""
    for chosen in view.filters:
        if chosen[0] in LEVELS[depth:]:
            view = view.without(chosen)
    return parts.begun(view, _NAME, "")


def _opened(dimension: str, value: str) -> None:
    filters.go(opened(filters.current(), dimension, value))


def _path(view: View) -> None:
    """What was opened, each a button that goes back there."""
    steps = [(depth, view.where[name][0]) for depth, name in enumerate(LEVELS) if len(view.where.get(name, ())) == 1]
    if not steps:
        return
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="center", key="path"):
        shown = [(0, "All channels"), *((depth + 1, labels.markdown(value, 40)) for depth, value in steps)]
        for place, (depth, text) in enumerate(shown):
            if place:
                st.markdown("›", width="content")
            st.button(
                text,
                key=f"path_{place}",
                type="tertiary",
                disabled=place == len(shown) - 1,
                on_click=partial(_closed, depth),
            )


def _closed(depth: int) -> None:
    filters.go(closed(filters.current(), depth))


def _tree(answers: Answers) -> None:
    """Channels, their sources, their campaigns beside each other; a click makes filters of all that lead to a cell."""
    try:
        with st.spinner("Counting …"):
            frame = answers.ask("nested", dimensions=list(LEVELS))
    except StoreError as error:
        if not redis_answers(error):
            raise
        st.caption("No tree: the archive cannot be read.")
        return
    found = tree.cells(frame, LEVELS)
    with st.container(key="wide_chart"):
        plot(
            charts_tree.tree(found, [TABS[name] for name in LEVELS], st.context.theme.type == "dark"),
            key="tree_chart", told=_cell_chosen,
            alt="Visits by channel, source and campaign; the table below has the same figures level by level",
        )  # fmt: skip
    told = [
        f"{int(frame['visits'].sum()):,} visits; parts add up to what they are of. "
        "Click one to look at it alone, again to let it go."
    ]
    if any(cell.several for cell in found):
        told.append(f"Those below {tree.LEAST:.1%} of all are drawn together; the CSV has each.")
    answer_table.foot(frame, answers.call("nested", dimensions=list(LEVELS)), "tree", told)


def narrowed(view: View, path: Sequence[str]) -> View:
    """A view of one cell alone: each level of its path is one value. What is looked at already lets go of what is
    chosen below it, or of itself.
    """
    depth = len(path) - 1
    if [view.where.get(name) for name in LEVELS[: depth + 1]] == [[value] for value in path]:
        below = any(split(name)[0] in LEVELS[depth + 1 :] for name in view.where)
        return closed(view, depth + 1 if below else depth)
    for dimension, value in zip(LEVELS, path, strict=False):
        for chosen in view.filters:
            if split(chosen[0]) == (dimension, ""):
                view = view.without(chosen)
        view = opened(view, dimension, value)
    return view


def _cell_chosen(point: Point) -> None:
    told = list(point.get("customdata") or [])
    if len(told) > 5 and not told[4]:
        filters.go(narrowed(filters.current(), [str(value) for value in told[5:]]))
    elif len(told) > 4:
        st.toast("This stands for many small ones: the table below lists them.", icon=":material/info:")
