"""The view in; humans, bots and AI agents over time, what bots are called and read, and a rule tried on them, out.

The rule is in the URL as `rule`, its filters as a segment's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from common.changes import both
from common.events import CLASSES, OTHER
from common.filters import chooses_events
from explorer import (
    answer_table,
    bars,
    charts_lines,
    data,
    filter_form,
    filters,
    labels,
    overview,
    picks,
    segments,
)
from explorer.charts_lines import Series
from explorer.data import Answers
from explorer.measures import MEASURES, relative
from explorer.page import page
from explorer.plot import plot
from explorer.view import Filter, View, opposite

_METRICS = {name: MEASURES[name].title for name in ("pageviews", "visits", "visitors", "events")}
_NAMES = {"human": "Humans", "bot": "Bots", "ai": "AI agents"}
_SHARES = {"": "Counts", "share": "Shares"}
_OF = {"bot": "Bots", "ai": "AI agents"}
_LISTED, _VISITS = 200, 200
_VISIT = (
    "start",
    "entry_page",
    "pageviews",
    "duration",
    "engagement",
    "browser",
    "os",
    "country",
    "source",
)
_FOR_GOOD = (
    "This is a preview: it changes nothing. No setting makes such a rule permanent: an event's class is decided when "
    "it arrives, by its user agent, which is not kept afterwards. To leave such visits out of any view, keep the "
    "opposite filters as a segment."
)


def show() -> None:
    """The page."""
    with page("Bots", "Programs are counted apart from humans, never dropped.") as answers:
        _show(answers)


def _show(answers: Answers) -> None:
    where = of_class(answers.view, *CLASSES)
    with st.spinner("Counting …"):
        total = answers.ask("breakdown", dimension="class", where=where)
    if total.empty:
        overview.empty(answers.view, answers.source)
        return
    with st.container(border=True, key="bots_series"):
        _series(answers, total, where)
    with st.container(border=True, key="bots_names"):
        _names(answers)
    with st.container(border=True, key="bots_rule"):
        _rule(answers)


def of_class(view: View, *classes: str) -> dict[str, list[str]]:
    """The view's filters, of these classes."""
    return {**{name: values for name, values in view.where.items() if name != "class"}, "class": list(classes)}


def _series(answers: Answers, total: pd.DataFrame, where: dict[str, list[str]]) -> None:
    view, grain = answers.view, answers.view.bars
    with st.container(horizontal=True, vertical_alignment="bottom", key="bots_choices"):
        metric = picks.picked("Metric", "bots", _METRICS)
        share = picks.picked("As", "bots_as", _SHARES)
        _whole_history(answers)
    frames = [answers.ask("series", grain=grain, where=of_class(view, name)) for name in CLASSES]
    now = pd.Timestamp.now(tz=answers.source.zone)
    times = bars.begun(frames[0], now)["time"]
    values = pd.DataFrame({name: frame[metric].head(len(times)) for name, frame in zip(CLASSES, frames, strict=True)})
    if share:
        sums = values.sum(axis=1)
        values = values.div(sums.where(sums > 0, 1), axis=0)
    series = [Series(_NAMES[name], values[name].tolist()) for name in CLASSES]
    cut = bars.partial(times, grain, view.start, view.end, now)
    plot(
        charts_lines.stacked(times, grain, series, cut, _METRICS[metric].lower(), bool(share),
                             dark=st.context.theme.type == "dark"),
        key="bots_chart", alt="Humans, bots and AI agents over time",
    )  # fmt: skip
    told = [*(["Pale bars are not whole."] if any(cut) else []), "Click a row to look at it on every page."]
    answer_table.show(
        classes(total), total, answers.call("breakdown", dimension="class", where=where), "bots_classes",
        _columns("Class"), partial(_class_chosen, list(total["class"])), told,
    )  # fmt: skip


def _whole_history(answers: Answers) -> None:
    first, today = data.first_day(answers.source), answers.source.today()
    if first is not None and (answers.view.start > first or answers.view.end < today):
        st.button("All history", key="bots_all", on_click=filters.over, args=(first, today), icon=":material/history:")


def classes(total: pd.DataFrame) -> pd.DataFrame:
    """Classes as they are shown, with their share of all pageviews."""
    out = pd.DataFrame({"name": [labels.value("class", name) for name in total["class"]]})
    out[list(_METRICS)] = total[list(_METRICS)].to_numpy()
    out["share"] = total["pageviews"].to_numpy() / max(float(total["pageviews"].sum()), 1.0) * 100
    return out


def _columns(title: str, narrow: bool = False) -> dict[str, Any]:
    config, width = st.column_config, 78 if narrow else 90
    numbers = {name: config.NumberColumn(text, format="localized", width=width) for name, text in _METRICS.items()}
    share = config.ProgressColumn("Share" if narrow else "Of pageviews", format="%.1f%%", min_value=0, max_value=100,
                                  help="Of all pageviews in this table")  # fmt: skip
    return {"name": config.TextColumn(title, width=142 if narrow else 240), **numbers, "share": share}


def _class_chosen(names: Sequence[str], place: int, column: str) -> None:
    filters.go(filters.current().of_class(names[place]))


def _names(answers: Answers) -> None:
    """Names and pages of one class: from raw events, since rollups keep totals alone of what is no human."""
    class_ = picks.picked("Look at", "bots_of", _OF)
    where = of_class(answers.view, class_)
    for place, dimension, title in zip(st.columns(2), ("browser", "page"), ("Name", "Page"), strict=True):
        with place:
            frame = answers.ask("breakdown", dimension=dimension, where=where, sort="pageviews")
            if frame.empty:
                st.caption(f"No {_OF[class_]} in these days.")
                continue
            listed = frame.head(_LISTED)
            out = pd.DataFrame({"name": [labels.value(dimension, text) for text in listed[dimension]]})
            out[["pageviews", "visits"]] = listed[["pageviews", "visits"]].to_numpy()
            whole = max(float(frame["pageviews"].sum()), 1.0)
            out["share"] = listed["pageviews"].to_numpy() / whole * 100
            answer_table.show(
                out, frame, answers.call("breakdown", dimension=dimension, where=where, sort="pageviews"),
                f"bots_{dimension}", _columns(title, narrow=True),
                partial(_value_chosen, class_, dimension, list(listed[dimension])), high=8,
            )  # fmt: skip


def _value_chosen(class_: str, dimension: str, values: Sequence[str], place: int, column: str) -> None:
    if values[place] != OTHER:
        filters.go(filters.current().of_class(class_).adding(dimension, values[place]))


def _rule(answers: Answers) -> None:
    view, rule = answers.view, segments.decode(answers.view.choice("rule"))
    st.subheader("Try a rule", anchor=False)
    st.caption("Which human visits would be left, if those that hold all of these were bots?")
    with st.container(horizontal=True, gap="xsmall", key="rule_chips", vertical_alignment="center"):
        for number, each in enumerate(rule):
            title, words, shown = filters.reads(each)
            st.button(
                f"{labels.markdown(title, 30)} {words or 'is'} **{labels.markdown(shown)}**", key=f"rule_{number}",
                icon=":material/close:", icon_position="right", on_click=_keep,
                args=(tuple(kept for kept in rule if kept != each),), help="Remove this condition",
            )  # fmt: skip
        if st.button("Condition", key="rule_add", icon=":material/add:", help="One more condition"):
            filter_form.dialog(answers, partial(_add, rule))
        own = tuple(each for each in view.filters if each[0] != "class")
        if own and own != rule:
            st.button("Take the view's filters", key="rule_take", type="tertiary", on_click=_take, args=(own,))
    if rule:
        _tried(answers, rule)
    else:
        st.caption("For instance: *Browser is Headless Chrome*, *Country is …* together with *Source is (direct)*.")
    st.caption(_FOR_GOOD)


def _tried(answers: Answers, rule: tuple[Filter, ...]) -> None:
    asked = {"rule": segments.Segment("", rule).where, "where": of_class(answers.view, "human")}
    frame = answers.ask("trial", **asked)
    answer_table.show(trial(frame), frame, answers.call("trial", **asked), "rule", _trial_columns())
    # One dimension of visits alone has an opposite that is a filter, too, and takes the same visits away.
    if frame["visits"].iloc[1] and len({name for name, _ in rule}) == 1 and not chooses_events(rule[0][0]):
        turned = [opposite(each) for each in rule]
        st.button("Leave them out of this view", key="rule_out", icon=":material/filter_alt_off:",
                  on_click=_leave_out, args=(turned,))  # fmt: skip
    try:
        where = both(asked["where"], asked["rule"])
    except ValueError as error:
        st.caption(f"The visits cannot be listed: {labels.markdown(str(error), 200)}.")
        return
    visits = answers.ask("visits", where=where, limit=_VISITS)
    if len(visits):
        listed = visits.iloc[::-1][list(_VISIT)].reset_index(drop=True)
        call = answers.call("visits", where=where, limit=_VISITS)
        told = (
            [f"The newest {_VISITS:,} visits that would go."] if len(visits) == _VISITS else ["Visits that would go."]
        )
        answer_table.show(listed, visits, call, "rule_visits", _visit_columns(), told=told)


def trial(frame: pd.DataFrame) -> pd.DataFrame:
    """Before, matched and after, as they are shown, with what after is of before."""
    names = {"before": "Now", "matched": "Would be bots", "after": "Would be left"}
    out = pd.DataFrame({"which": [names[name] for name in frame["which"]]})
    out[list(_METRICS)] = frame[list(_METRICS)].to_numpy()
    out["bounce_rate"] = [labels.percent(rate) for rate in frame["bounce_rate"]]
    out["visit_duration"] = [labels.duration(seconds) for seconds in frame["visit_duration"]]
    before, _, after = frame["visits"]
    out["change"] = ["", "", relative(before, after)]
    return out


def _trial_columns() -> dict[str, Any]:
    config = st.column_config
    return _columns("") | {
        "which": config.TextColumn("Human traffic", width=140),
        "bounce_rate": config.TextColumn("Bounce rate", alignment="right"),
        "visit_duration": config.TextColumn("Duration", alignment="right"),
        "change": config.TextColumn("Visits", alignment="right", help="Against now"),
    }


def _visit_columns() -> dict[str, Any]:
    config = st.column_config
    titles = {name: config.TextColumn(labels.title(name)) for name in _VISIT if name in labels.TITLES}
    return {
        "start": config.DatetimeColumn("Began", format="YYYY-MM-DD HH:mm"),
        "pageviews": config.NumberColumn("Views"),
        "duration": config.NumberColumn("Duration", format="%.0f s"),
        "engagement": config.NumberColumn("Engaged", format="%.0f s"),
    } | titles


def _keep(rule: Sequence[Filter]) -> None:
    filters.choose("rule", segments.encode(rule))


def _take(own: Sequence[Filter]) -> None:
    """The view's filters become the rule; the view is of all again, or nothing would be left."""
    view = replace(filters.current(), filters=())
    filters.go(view.choosing("rule", segments.encode(own)))


def _add(rule: Sequence[Filter], added: Sequence[Filter]) -> None:
    _keep(tuple(dict.fromkeys([*rule, *added])))


def _leave_out(turned: Sequence[Filter]) -> None:
    view = filters.current()
    for dimension, value in turned:
        view = view.adding(dimension, value)
    filters.go(view)
