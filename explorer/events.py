"""The view in; events of one's own, goals, their conversion by time and dimension, properties and money out."""

from __future__ import annotations

from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from common.currencies import written
from common.events import OTHER, PAGEVIEW
from common.saved import GOAL
from explorer import answer_table, conversion_card, earlier, filters, goals, labels, overview, picks, step_select
from explorer.data import Answers
from explorer.goals import Goal
from explorer.page import page

_ABOUT = "What visitors did beyond looking, and how many of them."


def show() -> None:
    """Tables of events and goals, one goal in depth, properties, money."""
    with page("Events and goals", _ABOUT) as answers:
        _show(answers)


def _show(answers: Answers) -> None:
    with st.spinner("Counting …"):
        total = answers.totals()
        frame = answers.breakdown("event")
        found = frame[frame["event"] != PAGEVIEW].reset_index(drop=True)
        found.attrs = frame.attrs
    stored = goals.kept(answers.view.site)
    if not total["events"] and not total["visits"]:
        overview.empty(answers.view, answers.source)
        return
    left, right = st.columns(2)
    with left, st.container(border=True, key="events", height="stretch"):
        _events(answers, found, total)
    with right, st.container(border=True, key="goals", height="stretch"):
        _goals(answers, stored)
    among = goals.options(stored, step_select.events(answers))
    goal = goals.picked(answers.view.choice(GOAL), among)
    if goal is not None:
        with st.container(border=True, key="conversion"):
            conversion_card.show(answers, goal, among)
    left, right = st.columns(2)
    with left, st.container(border=True, key="properties", height="stretch"):
        _properties(answers, found, total)
    with right, st.container(border=True, key="revenue", height="stretch"):
        _revenue(answers)


def rated(frame: pd.DataFrame, dimension: str, everyone: float) -> pd.DataFrame:
    """A breakdown by event or property as it is shown: its share of all visitors is its conversion rate."""
    shown = pd.DataFrame({"name": frame[dimension].tolist()})
    for metric in ("visitors", "events"):
        shown[metric] = frame[metric].to_numpy()
    shown["rate"] = (frame["visitors"] / everyone * 100).to_numpy() if everyone else float("nan")
    return shown


def _events(answers: Answers, found: pd.DataFrame, total: pd.Series) -> None:
    st.subheader("Events", anchor=False)
    if found.empty:
        st.caption('No custom events. Send one: `footfall("Signup", {plan: "pro"})`.')
        return
    shown = rated(found, "event", total["visitors"]).head(answer_table.ROWS_SHOWN)
    call = answers.call("breakdown", dimension="event")
    notes = ["Rates are of all visitors under these filters; one visitor can be in several rows."]
    notes += [f"{text}." for text in labels.explanations(list(shown["name"]))]
    chosen = partial(_row_chosen, "event", list(shown["name"]))
    before = earlier.asked(answers, "breakdown", dimension="event")
    if before is not None:
        shown.insert(2, "change", earlier.changes(found.head(len(shown)), before, ["event"], "visitors"))
        notes += earlier.told(answers.view)
    answer_table.show(shown, found, call, "events", _columns("Event", shown["rate"]), chosen, notes)


def _goals(answers: Answers, stored: list[Goal]) -> None:
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.subheader("Goals", anchor=False, width="content")
        goals.form(answers.view.site, step_select.options(answers))
    if not stored:
        st.caption("A goal is an event or a page that you want visitors to reach, kept for everybody who looks here.")
        return
    asked = [goal.step for goal in stored]
    frame = answers.ask("conversions", goal=asked)
    shown = pd.DataFrame({"name": [goal.title for goal in stored]})
    for metric in ("converters", "conversions"):
        shown[metric] = frame[metric].to_numpy()
    shown["rate"] = (frame["rate"] * 100).to_numpy()
    call = answers.call("conversions", goal=asked)
    chosen = partial(_goal_chosen, [goal.key for goal in stored])
    note = ["Rates are of all visitors under these filters. Click one to see it below."]
    before = earlier.asked(answers, "conversions", goal=asked)
    if before is not None:
        shown.insert(2, "change", earlier.changes(frame, before, ["goal"], "converters"))
    answer_table.show(shown, frame, call, "goals", _columns("Goal", shown["rate"]), chosen, note)


def _properties(answers: Answers, found: pd.DataFrame, total: pd.Series) -> None:
    st.subheader("Properties", anchor=False)
    names = [name for name in found["event"] if name != OTHER]
    if not names:
        st.caption('Properties come with custom events: `footfall("Signup", {plan: "pro"})`.')
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        event = picks.listed("Event", "props_of", dict.fromkeys(names, ""), labels.plain)
        where = answers.view.where | {"event": [event]}
        keys: list[str] = answers.ask("properties", where=where)
        if keys:
            shown = partial(labels.title)
            prop = picks.listed("Property", "prop", dict.fromkeys(keys, ""), lambda key: labels.plain(shown(key)))
    if not keys:
        st.caption("This event carried no properties in these days.")
        return
    asked = {"dimension": prop, "where": where}
    frame = answers.ask("breakdown", **asked)
    notes = ["Rates are of all visitors under these filters, also those without the event."]
    table = rated(frame, prop, total["visitors"]).head(answer_table.ROWS_SHOWN)
    chosen = partial(_row_chosen, prop, list(table["name"]))
    columns = _columns(labels.markdown(labels.title(prop)), table["rate"])
    answer_table.show(table, frame, answers.call("breakdown", **asked), "properties", columns, chosen, notes)


def _revenue(answers: Answers) -> None:
    st.subheader("Revenue", anchor=False)
    frame = answers.ask("revenue")
    if frame.empty:
        st.caption(
            'No money in these days. Send some: `footfall("Order", {}, {revenue: {amount: 9.9, currency: "EUR"}})`.'
        )
        return
    shown = pd.DataFrame({"name": frame["event"], "currency": frame["currency"], "events": frame["events"]})
    shown["amount"] = [written(amount, unit) for amount, unit in zip(frame["amount"], frame["currency"], strict=True)]
    shown["mean"] = [
        written(amount / count, unit) if count else ""
        for amount, unit, count in zip(frame["amount"], frame["currency"], frame["events"], strict=True)
    ]
    chosen = partial(_row_chosen, "event", list(shown["name"]))
    notes = ["A row an event and currency; currencies are never added up."]
    answer_table.show(shown, frame, answers.call("revenue"), "revenue", _columns("Event"), chosen, notes)


def _columns(name: str, rates: pd.Series | None = None) -> dict[str, Any]:
    """How the columns look; bars of rates are against the highest."""
    config = st.column_config
    return {
        "name": config.TextColumn(name, width=150),
        "visitors": config.NumberColumn("Visitors", format="localized", width=68),
        "change": config.TextColumn("Change", width=72, alignment="right"),
        "events": config.NumberColumn("Events", format="localized", width=62),
        "converters": config.NumberColumn("Converters", format="localized", help="Visitors who reached it"),
        "conversions": config.NumberColumn("Conversions", format="localized", help="How often it was reached"),
        "rate": answer_table.bar("Conversion", rates, 98),
        "currency": config.TextColumn("Currency", width=70),
        "amount": config.TextColumn("Revenue", alignment="right", help="In major units"),
        "mean": config.TextColumn("A piece", alignment="right", help="Mean of the events that told an amount"),
    }


def _row_chosen(dimension: str, values: list[str], row: int, column: str) -> None:
    if values[row] == OTHER:
        st.toast("(other) is a sum of many small values: it cannot be a filter.", icon=":material/info:")
    else:
        filters.drill(dimension, values[row])


def _goal_chosen(found: list[str], row: int, column: str) -> None:
    filters.choose(GOAL, found[row])
