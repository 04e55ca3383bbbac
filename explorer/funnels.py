"""The view and steps of the URL in; a funnel as chart and table, the form of its steps, and kept funnels, out."""

from __future__ import annotations

from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from common.depth.funnel import VISIT
from common.events import OTHER
from common.frames import DIMENSIONS
from explorer import (
    answer_table,
    charts_funnel,
    earlier,
    filters,
    funnel_form,
    labels,
    parts,
    step_select,
    steps,
)
from explorer.data import Answers
from explorer.page import page
from explorer.plot import Point, plot
from explorer.view import View, overlapping

_DAY = 86_400
_ABOUT = "How many of those who took the first step came to the last, in this order; anything may lie between."


def show() -> None:
    """The form beside the chart, the table below."""
    with page("Funnels", _ABOUT) as answers:
        _show(answers)


def _show(answers: Answers) -> None:
    with st.spinner("Counting …"):
        listed = step_select.options(answers)
    given = steps.decode(answers.view.choice("steps"))
    chosen = given or example(listed)
    left, right = st.columns([4, 9])
    with left, st.container(border=True, key="funnel_form", gap="xsmall"):
        funnel_form.form(answers, chosen, listed, bool(given))
    asked = steps.taken(chosen)
    with right, st.container(border=True, key="funnel", height="stretch"):
        if parts.nothing(answers):
            return
        if len(asked) < 2:
            st.info("A funnel needs two steps: choose pages or events.", icon=":material/filter_alt:")
            return
        frame = _chart(answers, asked)
    if frame is not None:
        with st.container(border=True, key="funnel_table"):
            _table(answers, asked, frame)


def example(listed: list[str]) -> list[str]:
    """Two steps to begin with: the most visited page, then the most frequent event or the next page."""
    pages = [step for step in listed if step.startswith("page:")]
    events = [step for step in listed if step.startswith("event:")]
    return [*pages[:1], *(events or pages[1:])[:1]] or ["page:", "page:"]


def options_of(view: View, asked: list[str]) -> dict[str, Any]:
    """What `Traffic.funnel` is asked with: the choices of the URL."""
    within = view.choice("within")
    by = view.choice("split")
    return {
        "steps": asked,
        "within": int(within) if within.isdigit() and int(within) else VISIT,
        "by": by if by in DIMENSIONS or by.startswith("prop:") else None,
        "whole_visits": any(overlapping(dimension) for dimension, _ in view.filters),
    }


def _chart(answers: Answers, asked: list[str]) -> pd.DataFrame | None:
    """The chart and its sentence; the answer, or None where nobody took the first step."""
    view, options = answers.view, options_of(answers.view, asked)
    by = options["by"]
    with st.spinner("Counting …"):
        frame: pd.DataFrame = answers.ask("funnel", **options)
        before = earlier.asked(answers, "funnel", **options) if by is None else None
    if frame.empty or not frame["visitors"].sum():
        first = step_select.shown(asked[0])
        st.info(f"Nobody took the first step, {first}, in these days.", icon=":material/filter_alt_off:")
        return None
    dark = st.context.theme.type == "dark"
    values = list(dict.fromkeys(frame[by]))[: charts_funnel.MOST_SPLIT] if by else []
    plot(
        charts_funnel.split(frame, by, values, dark) if by else charts_funnel.funnel(frame, dark),
        key="funnel_chart",
        alt="Visitors who reached each step",
        told=partial(_bar_chosen, asked, by, values),
    )
    st.caption(" ".join(sentence(frame, view, before, by)))
    return frame


def _table(answers: Answers, asked: list[str], frame: pd.DataFrame) -> None:
    options = options_of(answers.view, asked)
    by = options["by"]
    call = answers.call("funnel", **{name: value for name, value in options.items() if value not in (False, VISIT)})
    row = partial(_row_chosen, asked, by, list(frame[by]) if by else [])
    answer_table.show(table(frame, by), frame, call, "funnel", _columns(by), row, told(frame, answers.view, by), 14)


def sentence(frame: pd.DataFrame, view: View, before: pd.DataFrame | None, by: str | None) -> list[str]:
    """The funnel in words, beside that of the days it is compared with."""
    if by:
        return ["Shares are of each value's first step; the value is that of the first step."]
    last = frame.iloc[-1]
    text = f"{labels.percent(last['from_first'])} of {frame['visitors'].iloc[0]:,} visitors came to the last step"
    if pd.notna(last["seconds"]) and last["visitors"]:
        text += f", half of them within {labels.duration(last['seconds'])}"
    found = [f"{text}."]
    if before is not None and view.compared:
        share = before["from_first"].iloc[-1]
        found.append(f"{labels.span(*view.compared)}: {labels.percent(share)} of {before['visitors'].iloc[0]:,}.")
    later = frame.iloc[1:].dropna(subset="from_previous")
    if len(frame) > 2 and len(later):
        worst = later.sort_values("from_previous").iloc[0]
        lost = labels.percent(1 - worst["from_previous"])
        name = labels.markdown(str(worst["name"]), 40)
        found.append(f"Most are lost before **{name}**: {lost} of those who were there.")
    return found


def table(frame: pd.DataFrame, by: str | None) -> pd.DataFrame:
    """The answer as people read it: shares in per cent, times as texts."""
    shown = pd.DataFrame({"step": frame["step"], "name": frame["name"]})
    if by:
        shown.insert(0, "value", [labels.value(by, value) for value in frame[by]])
    for name in ("visitors", "visits", "dropped"):
        shown[name] = frame[name]
    shown["from_first"] = frame["from_first"] * 100
    shown["from_previous"] = frame["from_previous"] * 100
    shown["time"] = [
        labels.duration(seconds) if visitors and step > 1 else ""
        for seconds, visitors, step in zip(frame["seconds"], frame["visitors"], frame["step"], strict=True)
    ]
    return shown


def told(frame: pd.DataFrame, view: View, by: str | None) -> list[str]:
    """What a reader has to know about a funnel."""
    found = [f"{str(frame.attrs.get('exactness', 'exact')).capitalize()}."]
    within = view.choice("within")
    if within.isdigit() and int(within) > _DAY:
        found.append("Visitors that an imported file names (`import --columns`) are known on all its days.")
    if any(overlapping(dimension) for dimension, _ in view.filters):
        found.append("Filters on pages, hosts, events and properties choose visits that hold such an event.")
    if by and len(set(frame[by])) > charts_funnel.MOST_SPLIT:
        found.append(f"The chart has the first {charts_funnel.MOST_SPLIT} of {len(set(frame[by]))} values.")
    return found


def _columns(by: str | None) -> dict[str, Any]:
    config = st.column_config
    return {
        "value": config.TextColumn(labels.markdown(labels.title(by)) if by else ""),
        "step": config.NumberColumn("Step", width=50),
        "name": config.TextColumn("Page or event", width=220),
        "visitors": config.NumberColumn("Visitors", format="localized"),
        "visits": config.NumberColumn("Visits", format="localized", help="In which the step was taken"),
        "dropped": config.NumberColumn("Lost", format="localized", help="Visitors since the step before"),
        "from_first": config.ProgressColumn("Of the first", format="%.1f%%", min_value=0, max_value=100),
        "from_previous": config.NumberColumn("Of the one before", format="%.1f%%"),
        "time": config.TextColumn("Median time", help="From the first step, on each visitor's quickest way"),
    }


def _bar_chosen(asked: list[str], by: str | None, values: list[str], point: Point) -> None:
    if by:
        _drill(by, values[point["curve"]])
    else:
        _step_chosen(asked, round(point["x"]))


def _row_chosen(asked: list[str], by: str | None, values: list[str], row: int, column: str) -> None:
    if by and column == "value":
        _drill(by, values[row])
    else:
        _step_chosen(asked, row % len(asked))


def _step_chosen(asked: list[str], number: int) -> None:
    found = steps.filter_of(asked[number]) if 0 <= number < len(asked) else None
    if found:
        filters.drill(*found)


def _drill(by: str, value: str) -> None:
    if value != OTHER:
        filters.drill(by, value)
