"""The view and the days it is compared with in; what moved a metric, as a waterfall and a table that adds up, out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from common.changes import BY_EVENT, BY_VISIT, REST, by_dimension
from common.changes import MEASURES as MADE
from common.events import OTHER
from explorer import answer_table, charts_change, earlier, filters, goal_choice, labels, overview, picks, rows
from explorer.data import Answers
from explorer.measures import MEASURES, difference, relative
from explorer.page import page
from explorer.plot import Point, plot
from explorer.view import View

_RANKS = {"": "Contribution", "excess": "Out of proportion"}
_ALL = "All dimensions"
_BARS, _MOST = 9, 500
_HELP_RANK = (
    "Contribution: what each value adds to the change. Out of proportion: what it adds beyond its part of the change, "
    "had all values changed alike."
)


def show() -> None:
    """The page, or how to compare with something."""
    with page("Why did it change?", "Contributions to the change add up to it, dimension by dimension.") as answers:
        if answers.view.compared is None:
            st.info("This view is compared with nothing.", icon=":material/compare_arrows:")
            st.button("Compare with the days before", key="why_compare", type="primary", on_click=_compare)
            return
        _show(answers)


def _compare() -> None:
    filters.go(replace(filters.current(), compare="previous"))


def _show(answers: Answers) -> None:
    view = answers.view
    with st.container(horizontal=True, vertical_alignment="bottom", key="why_choices"):
        titles = {name: measure.title for name, measure in MEASURES.items()}
        metric = picks.listed("Metric", "why", titles, width=190)
        goal = goal_choice.chosen(answers, "why_goal") if MADE[metric].of_goal else None
        by = picks.listed("By", "why_by", {"": _ALL, **_dimensions(answers, metric)}, width=190)
        rank = picks.picked("Rank by", "why_rank", _RANKS, _HELP_RANK)
    if MADE[metric].of_goal and goal is None:
        st.info("Conversions need a goal: choose an event, or keep a goal first.", icon=":material/flag:")
        return
    asked = question(answers, metric, by, goal)
    with st.spinner("Counting …"):
        try:
            made: pd.DataFrame = answers.ask("changes", **asked)
        except ValueError as error:
            st.error(labels.markdown(str(error), 300), icon=":material/error:")
            return
    if not made.attrs["before"] and not made.attrs["after"] and not len(made):
        overview.empty(view, answers.source)
        return
    if not earlier.covers(answers.first_day(), view):
        st.warning(uncovered(view, answers.first_day()), icon=":material/history_toggle_off:")
    _figures(answers, made, metric)
    if math.isnan(made.attrs["change"]):
        st.info("One of the two has no visits: there is no change to take apart.", icon=":material/info:")
        return
    dimensions = by_dimension(made)
    telling = by or str(dimensions["dimension"].iloc[0])
    place, beside = st.columns([3, 2]) if not by else (st.container(), None)
    with place, st.container(border=True, height="stretch", key="why_waterfall"):
        _waterfall(made[made["dimension"] == telling], telling, metric, made.attrs["before"], made.attrs["after"])
    if beside is not None:
        with beside, st.container(border=True, height="stretch", key="why_dimensions"):
            _telling(dimensions, metric)
    with st.container(border=True, key="why_table"):
        _table(answers, made, metric, rank, asked)


def uncovered(view: View, first: date | None) -> str:
    """That the days compared with are not known, or in part."""
    begun = f": such figures begin on {labels.span(first, first)}" if first else ""
    before = labels.span(*(view.compared or view.previous))
    return f"{before} is not covered{begun}. The change is against what is known of it; other days tell more."


def question(answers: Answers, metric: str, by: str, goal: Any) -> dict[str, Any]:
    """What `Traffic.changes` is asked."""
    first, last = answers.view.compared or answers.view.previous
    asked: dict[str, Any] = {"metric": metric, "against": (first.isoformat(), last.isoformat())}
    return asked | ({"by": by} if by else {}) | ({"goal": goal} if goal is not None else {})


def _dimensions(answers: Answers, metric: str) -> dict[str, str]:
    more = ("exit_page", "region", "screen", "utm_source", "utm_medium")
    of_events = MADE[metric].part not in ("bounces", "duration")
    names = [*BY_VISIT, *more, *((*BY_EVENT, *answers.properties()) if of_events else ())]
    return {name: labels.title(name) for name in names}


def _figures(answers: Answers, made: pd.DataFrame, metric: str) -> None:
    view, shown = answers.view, MEASURES[metric]
    before, after, change = (float(made.attrs[name]) for name in ("before", "after", "change"))
    first, last = view.compared or view.previous
    with st.container(key="tiles"), st.grid(3, min_column_width=150, gap="xsmall", border=True):
        st.metric(labels.span(first, last), shown.show(before))
        st.metric(labels.span(view.start, view.end), shown.show(after))
        percent = "" if shown.unit == "rate" else relative(before, after)
        st.metric("Change", difference(metric, change), percent or None,
                  delta_color=shown.better if change else "off")  # fmt: skip
    told = []
    if earlier.covers(answers.first_day(), view):
        told.append(overview.comparison(view, view.end >= answers.source.today(), answers.first_day()))
    days = (last - first).days + 1
    if days != view.days:
        told.append(f"{view.days} days against {days}: figures are not adjusted for that.")
    st.caption(" ".join(filter(None, told)))


def _waterfall(made: pd.DataFrame, dimension: str, metric: str, before: float, after: float) -> None:
    st.subheader(labels.markdown(f"By {labels.title(dimension).lower()}"), anchor=False)
    shown = charts_change.steps(made, partial(named, dimension), _BARS)
    values = list(made["value"].head(len(shown) if len(made) == len(shown) else _BARS))
    plot(
        charts_change.waterfall(
            before, after, shown, MEASURES[metric].show, partial(difference, metric),
            dark=st.context.theme.type == "dark",
        ),
        key="waterfall",
        alt=f"From before to now by {labels.title(dimension).lower()}; the table below has the same figures",
        told=partial(_bar_chosen, dimension, values),
    )  # fmt: skip
    st.caption("Click a bar to look at it alone. The axis need not begin at zero.")


def _telling(dimensions: pd.DataFrame, metric: str) -> None:
    st.subheader("Which dimension tells most", anchor=False)
    listed = list(dimensions["dimension"])
    widest = float(dimensions["told"].max()) or 1.0
    bars = [
        rows.Row(labels.plain(labels.title(name)), labels.plain(labels.title(name)), round(100 * told / widest, 1),
                 (difference(metric, told).removeprefix("+"), f"{count:,}"))
        for name, told, count in zip(listed, dimensions["told"], dimensions["values"], strict=True)
    ]  # fmt: skip
    chosen = partial(_dimension_chosen, listed)
    rows.show(["Dimension", "Moved", "Values"], bars, "Dimensions", "why_telling", chosen, "Take the change apart")
    st.caption("Click one to take the change apart by it. A dimension of which all values moved alike tells nothing.")


def _table(answers: Answers, made: pd.DataFrame, metric: str, rank: str, asked: dict[str, Any]) -> None:
    listed = made
    if rank == "excess":
        listed = made.iloc[(-made["excess"].abs()).argsort(kind="stable")]
    if not asked.get("by"):  # one value alone is the whole change, whatever the dimension
        listed = listed[listed.groupby("dimension")["value"].transform("size") > 1]
    pairs = list(zip(listed["dimension"], listed["value"], strict=True))
    answer_table.show(
        table(listed.head(_MOST), metric), made, answers.call("changes", **asked), "why", columns(made),
        partial(_row_chosen, pairs), notes(made, _MOST), high=14,
    )  # fmt: skip


def named(dimension: str, text: str) -> str:
    """A value as people read it."""
    return text if text == REST else labels.value(dimension, text)


def table(made: pd.DataFrame, metric: str) -> pd.DataFrame:
    """Rows as they are shown: figures as text where their unit is not a plain number."""
    shown = MEASURES[metric]
    change = float(made.attrs.get("change", math.nan))
    counts = shown.unit == "count"
    out = pd.DataFrame(
        {
            "dimension": [labels.title(name) for name in made["dimension"]],
            "value": [named(name, text) for name, text in zip(made["dimension"], made["value"], strict=True)],
            "contribution": [difference(metric, number) for number in made["contribution"]],
            "share": made["contribution"] / change * 100 if change else math.nan,
            "before": made["before"] if counts else [shown.show(number) for number in made["before"]],
            "after": made["after"] if counts else [shown.show(number) for number in made["after"]],
        }
    )
    for name in ("excess", "rate", "mix"):
        if name in made.columns:
            out[name] = [difference(metric, number) for number in made[name]]
    return out.reset_index(drop=True)


def columns(made: pd.DataFrame) -> dict[str, Any]:
    """How the columns of `table` look."""
    config = st.column_config
    right = partial(config.TextColumn, alignment="right")
    plain = partial(config.NumberColumn, format="localized", width=75)
    figure = plain if pd.api.types.is_integer_dtype(made["before"]) else partial(right, width=75)
    return {
        "dimension": config.TextColumn("Dimension", width=106),
        "value": config.TextColumn("Value", width=130),
        "before": figure("Before"),
        "after": figure("Now"),
        "contribution": right("Contribution", width=90, help="Within a dimension these add up to the change"),
        "share": config.NumberColumn("Of the change", width=100, format="%.1f%%", help="Negative: against the change"),
        "excess": right("Out of proportion", width=126, help=_HELP_RANK),
        "rate": right("By its rate", width=85, help="Its own rate changed, at its mean share"),
        "mix": right("By its share", width=90, help="Its share changed, at the distance of its rate from the whole"),
    }


def notes(made: pd.DataFrame, most: int) -> list[str]:
    """What a reader has to know about the table."""
    told = ["Click a row to look at it alone."]
    if len(made) > most:
        told.append(f"First {most} of {len(made):,} rows; the CSV has all.")
    if (made["value"] == REST).any():
        told.append(f"{REST}: values overlap, so their sum counts some twice; this row takes them off again.")
    if (made["value"] == OTHER).any():
        told.append(
            "(other): small values beyond the day's cap; one may have been in it in one of the two spans alone."
        )
    if "mix" in made:
        told.append("Contribution = by its rate + by its share.")
    return told


def _drill(dimension: str, value: str) -> None:
    if value in (REST, OTHER):
        st.toast(f"{value} is no single value: it cannot be a filter.", icon=":material/info:")
    else:
        filters.drill(dimension, value)


def _dimension_chosen(listed: Sequence[str], place: int) -> None:
    if place < len(listed):
        filters.choose("why_by", listed[place])


def _row_chosen(pairs: Sequence[tuple[str, str]], place: int, column: str) -> None:
    if place < len(pairs):
        _drill(*pairs[place])


def _bar_chosen(dimension: str, values: Sequence[str], point: Point) -> None:
    place = round(point["y"]) - 1
    if 0 <= place < len(values):  # a bar of all others, beyond these, is no value
        _drill(dimension, values[place])
