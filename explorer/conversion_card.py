"""One goal in; its conversion over time and by any dimension out."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from common.events import OTHER
from common.frames import DIMENSIONS
from common.saved import GOAL
from explorer import answer_table, bars, charts_funnel, earlier, filters, labels, picks
from explorer.data import Answers
from explorer.goals import Goal
from explorer.plot import plot
from explorer.view import overlapping

_FORMS = {"15min": "%-d %b %H:%M", "hour": "%-d %b %H:%M", "day": "%-d %b", "week": "%-d %b", "month": "%b %Y"}


def show(answers: Answers, goal: Goal, among: Mapping[str, Goal]) -> None:
    """The goal to choose, its series, and its rate by the values of a dimension."""
    options = dict(among) | {goal.key: goal}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.session_state["goal_choice"] = goal.key
        st.selectbox(
            "Conversion to", list(options), key="goal_choice", on_change=_goal_chosen, width=320,
            format_func=lambda key: labels.plain(options[key].title if key in options else key),
        )  # fmt: skip
        names = {name: labels.title(name) for name in ("source", *DIMENSIONS) if name != "class"}
        names |= {name: labels.title(name) for name in answers.properties()}
        by = picks.listed("By", "goal_by", names, width=220)
    with st.spinner("Counting …"):
        whole = answers.ask("conversions", goal=goal.step)
        before = earlier.asked(answers, "conversions", goal=goal.step)
    st.markdown(
        " ".join(sentence(whole, before, goal, labels.span(*answers.view.compared) if answers.view.compared else ""))
    )
    _series(answers, goal)
    _by(answers, goal, by)


def sentence(whole: pd.DataFrame, before: pd.DataFrame | None, goal: Goal, then: str) -> list[str]:
    """The rate in words, beside that of the days it is compared with."""
    row = whole.iloc[0]
    told = (
        f"**{labels.percent(row['rate'])}** of {row['visitors']:,.0f} visitors reached "
        f"**{labels.markdown(goal.title)}**: {row['converters']:,.0f} converters, {row['conversions']:,.0f} times."
    )
    if before is None:
        return [told]
    earlier = before.iloc[0]
    return [told, f"{then}: {labels.percent(earlier['rate'])} of {earlier['visitors']:,.0f}."]


def _series(answers: Answers, goal: Goal) -> None:
    view, grain = answers.view, answers.view.bars
    if view.days < 2 and grain == "day":
        return
    frame = answers.ask("conversions", goal=goal.step, grain=grain)
    now = pd.Timestamp.now(tz=answers.source.zone)
    drawn = bars.begun(frame, now)
    cut = bars.partial(drawn["time"], grain, view.start, view.end, now)
    names = [time.strftime(_FORMS[grain]) for time in drawn["time"]]
    plot(
        charts_funnel.over_time(drawn, names, cut, st.context.theme.type == "dark"),
        key="goal_series",
        alt="Converters and conversion rate over time",
    )
    answer_table.foot(frame, answers.call("conversions", goal=goal.step, grain=grain), "goal_series")


def _by(answers: Answers, goal: Goal, by: str) -> None:
    asked: dict[str, Any] = {"goal": goal.step, "by": by}
    frame = answers.ask("conversions", **asked)
    if frame.empty:
        st.caption("Nothing here in these days.")
        return
    shown = pd.DataFrame({"name": [labels.value(by, value) for value in frame[by]]})
    for metric in ("visitors", "converters", "conversions"):
        shown[metric] = frame[metric]
    shown["rate"] = frame["rate"] * 100
    told = ["Visitors and converters are of the same filters."]
    before = earlier.asked(answers, "conversions", **asked)
    if before is not None:
        shown.insert(3, "change", earlier.changes(frame, before, [by], "converters"))
        told += earlier.told(answers.view)
    if overlapping(by):
        told.append("Those events count that have the value themselves: by page, where the goal was reached.")
    told += [f"{text}." for text in labels.explanations(list(frame[by].head(answer_table.ROWS_SHOWN)))]
    head = shown.head(answer_table.ROWS_SHOWN)
    chosen = partial(_row_chosen, by, list(frame[by].head(answer_table.ROWS_SHOWN)))
    answer_table.show(
        head, frame, answers.call("conversions", **asked), "goal_by", columns(by, head["rate"]), chosen, told
    )


def columns(by: str, rates: pd.Series) -> dict[str, Any]:
    """How the columns look; bars of rates are against the highest."""
    config = st.column_config
    return {
        "name": config.TextColumn(labels.markdown(labels.title(by)), width=150),
        "visitors": config.NumberColumn("Visitors", format="localized"),
        "converters": config.NumberColumn("Converters", format="localized"),
        "change": config.TextColumn("Change", width=80, alignment="right"),
        "conversions": config.NumberColumn("Conversions", format="localized"),
        "rate": answer_table.bar("Conversion", rates),
    }


def _row_chosen(by: str, values: list[str], row: int, column: str) -> None:
    if values[row] == OTHER:
        st.toast("(other) is a sum of many small values: it cannot be a filter.", icon=":material/info:")
    else:
        filters.drill(by, values[row])


def _goal_chosen() -> None:
    filters.choose(GOAL, st.session_state["goal_choice"])
