"""The view and a definition of a bounce in; its rate over time and beside that of others, and how visits went, out.

The definition is in the URL as `bounce`: `plausible`, `umami`, `ga4`, or `own:SECONDS:PAGES:EVENTS`.
"""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
import streamlit as st

from common.bounce import OWN, PLAUSIBLE, RULES, Rule, counted, is_stored, named, rule_of
from explorer import answer_table, bars, charts_lines, filters, labels, overview
from explorer.charts_lines import Series
from explorer.data import Answers
from explorer.measures import difference
from explorer.page import page
from explorer.plot import plot

_FIRST_OWN = named(10, 2, True)
_EXACT = (
    "Thresholds of 1, 10 and 30 s and of up to 3 pageviews are answered exactly for all history, from a histogram that "
    "is kept with each day; others, and filters, from raw events, as far back as these are kept."
)


def show() -> None:
    """The page, or a helpful word where the range is empty."""
    with page("Engagement", "Bounces by the definition you choose.") as answers:
        _show(answers)


def _show(answers: Answers) -> None:
    rule = _choose(answers)
    _said(rule)
    asked = question(rule)
    with st.spinner("Counting …"):
        whole, before = answers.ask("shapes", **asked), answers.compared("shapes", **asked)
    if not int(whole["visits"].sum()):
        overview.empty(answers.view, answers.source)
        return
    told = list(dict.fromkeys([rule, *RULES.values()]))
    with st.container(border=True, key="bounce_rules"):
        frame = compared(told, whole, before)
        answer_table.show(
            shown(frame), whole, answers.call("shapes", **asked), "bounce", _columns(before is not None),
            told=["The same visits under each definition.", _EXACT],
        )  # fmt: skip
    _series(answers, rule, asked)
    with st.container(border=True, key="bounce_shapes"):
        _histogram(whole)


def _choose(answers: Answers) -> Rule:
    """The definition, with controls for it; those of one's own stand beside."""
    rule = rule_of(answers.view.choice("bounce"))
    options = [*RULES, OWN]
    st.session_state["bounce_choice"] = OWN if rule.name not in RULES else rule.name
    titles = {name: each.title for name, each in RULES.items()} | {OWN: "Your own"}
    with st.container(horizontal=True, vertical_alignment="bottom", key="bounce_choices"):
        st.segmented_control(
            "A bounce as defined by", options, format_func=titles.__getitem__, key="bounce_choice", required=True,
            on_change=_rule_chosen,
        )  # fmt: skip
        if rule.name not in RULES:
            own = {"own_seconds": float(rule.seconds), "own_pages": rule.pages, "own_events": rule.events}
            st.session_state.update(own)
            st.number_input("Engaged at, s", 0.0, 3_600.0, step=1.0, key="own_seconds", on_change=_own_chosen,
                            help="0: time does not matter", width=130)  # fmt: skip
            st.number_input("Pageviews", 0, 20, step=1, key="own_pages", on_change=_own_chosen,
                            help="0: pageviews do not matter", width=120)  # fmt: skip
            st.checkbox("An interactive event engages", key="own_events", on_change=_own_chosen)
    return rule


def _rule_chosen() -> None:
    chosen = st.session_state["bounce_choice"]
    filters.choose("bounce", {OWN: _FIRST_OWN, PLAUSIBLE.name: ""}.get(chosen, chosen))


def _own_chosen() -> None:
    state = st.session_state
    filters.choose("bounce", named(state["own_seconds"], state["own_pages"], state["own_events"]))


def _said(rule: Rule) -> None:
    source = f" [Its definition]({rule.source})." if rule.source else ""
    st.caption(
        f"**Bounce:** {labels.markdown(rule.about, 300)}{source} Applied to visits as they are counted here: another "
        "product may begin and end a visit elsewhere."
    )


def question(rule: Rule) -> dict[str, Any]:
    """What `Traffic.shapes` is asked, so that the definition and those of the others can all be told."""
    if is_stored(rule):
        return {}
    seconds = sorted({1.0, 10.0, 30.0, rule.seconds} - {0.0})
    return {"seconds": seconds} | ({"pages": rule.pages} if rule.pages > 3 else {})


def compared(rules: list[Rule], now: pd.DataFrame, before: pd.DataFrame | None) -> pd.DataFrame:
    """One row a definition: rule, visits, bounces, bounce_rate, engagement_rate, before and change of the first."""
    rows = []
    for rule in rules:
        found = counted(rule, now).iloc[0]
        earlier = math.nan if before is None else float(counted(rule, before)["bounce_rate"].iloc[0])
        rate = float(found["bounce_rate"])
        rows.append((rule.title, int(found["visits"]), int(found["bounces"]), rate, 1 - rate, earlier, rate - earlier))
    names = ["rule", "visits", "bounces", "bounce_rate", "engagement_rate", "before", "change"]
    return pd.DataFrame(rows, columns=names)


def shown(frame: pd.DataFrame) -> pd.DataFrame:
    """The same as people read it."""
    out = frame.copy()
    for name in ("bounce_rate", "engagement_rate", "before"):
        out[name] = [labels.percent(number) for number in frame[name]]
    out["change"] = [difference("bounce_rate", number) for number in frame["change"]]
    return out if frame["before"].notna().any() else out.drop(columns=["before", "change"])


def _columns(changes: bool) -> dict[str, Any]:
    config = st.column_config
    found = {
        "rule": config.TextColumn("Definition"),
        "visits": config.NumberColumn("Visits", format="localized"),
        "bounces": config.NumberColumn("Bounces", format="localized"),
        "bounce_rate": config.TextColumn("Bounce rate", alignment="right"),
        "engagement_rate": config.TextColumn("Engagement rate", alignment="right"),
    }
    more = {
        "before": config.TextColumn("Bounce rate before", alignment="right"),
        "change": config.TextColumn("Change", alignment="right"),
    }
    return found | more if changes else found


def _series(answers: Answers, rule: Rule, asked: dict[str, Any]) -> None:
    view = answers.view
    grain = view.bars if view.bars in ("day", "week", "month") else "day"
    frame = answers.ask("shapes", grain=grain, **asked)
    times = bars.begun(answers.ask("series", grain=grain)[["time"]], pd.Timestamp.now(tz=answers.source.zone))["time"]
    now = pd.Timestamp.now(tz=answers.source.zone)
    cut = bars.partial(times, grain, view.start, view.end, now)
    told = [rule] if rule == PLAUSIBLE else [rule, PLAUSIBLE]
    series = []
    for each in told:
        rates = counted(each, frame).set_index("time")["bounce_rate"].reindex(times)
        series.append(Series(each.title, [float(rate) for rate in rates]))
    with st.container(border=True, key="bounce_series"):
        st.subheader("Bounce rate over time", anchor=False)
        plot(
            charts_lines.lines(times, grain, series, cut, ".1%", dark=st.context.theme.type == "dark"),
            key="bounce_chart", alt="Bounce rate over time",
        )  # fmt: skip
        answer_table.foot(frame, answers.call("shapes", grain=grain, **asked), "bounce_series")


def _histogram(whole: pd.DataFrame) -> None:
    st.subheader("How visits went", anchor=False)
    wide = table(whole)
    columns: dict[str, Any] = {
        name: st.column_config.NumberColumn(name, format="localized") for name in wide.columns[2:]
    }
    columns["pageviews"] = st.column_config.TextColumn("Pageviews")
    columns["event"] = st.column_config.TextColumn("Interactive event")
    st.dataframe(wide, hide_index=True, key="bounce_table", column_config=columns)
    st.caption(
        "Visits by pageviews and seconds engaged (visible and focused): every definition is a sum of these cells."
    )


def table(shapes: pd.DataFrame) -> pd.DataFrame:
    """The histogram with a column for each span of time engaged, shortest first."""
    wide = shapes.pivot_table(
        index=["pageviews", "interactive"], columns="engaged", values="visits", aggfunc="sum", fill_value=0
    )
    order = sorted(wide.columns, key=lambda name: (name.endswith("+"), float(name.strip("<+"))))
    ranks = sorted(wide.index, key=lambda cell: (float(cell[0].rstrip("+")), cell[1]))
    out = wide.loc[ranks, order].astype("int64").reset_index()
    out.columns = ["pageviews", "event", *(f"{name} s" for name in order)]
    return out.assign(event=out["event"].map({"y": "yes", "n": "no"}))
