"""Answers and a web vital in; its percentiles and shares by page, device, country ... out, whose rows are filters."""

from __future__ import annotations

from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from explorer import code, exports, filters, labels, picks
from explorer.charts_vitals import scale
from explorer.data import Answers

DIMENSIONS = ("page", "device", "country", "browser", "os", "screen", "hostname", "channel")
#: So many values are asked for, those measured most often.
MOST = 200
_ROW = 35
_NUMBERS = ("p50", "p75", "p90", "p95")


def show(answers: Answers, metric: str, by: str) -> None:
    """The table of one metric by the dimension that the URL names."""
    with st.container(border=True, key="vitals_by"):
        dimension = picks.listed("By", "vitals_by", {name: labels.title(name) for name in DIMENSIONS}, width=200)
        with st.spinner("Counting …"):
            frame = answers.ask("vitals", by=dimension, limit=MOST)
        own = of_metric(frame, metric)
        if own.empty:
            st.caption(f"Nobody measured {metric} here.")
            return
        key = f"vitals_table:{dimension}:{st.session_state.get('vitals_row', 0)}"
        st.dataframe(
            shaped(own, dimension, metric), key=key, hide_index=True, row_height=_ROW,
            height=_ROW * (min(len(own), 12) + 1) + 3,
            column_config=columns(dimension, metric, by, unit_of(own, metric)),
            on_select=partial(_row_chosen, key, dimension, list(own[dimension])), selection_mode="single-cell",
        )  # fmt: skip
        _foot(answers, frame, own, dimension)


def of_metric(frame: pd.DataFrame, metric: str) -> pd.DataFrame:
    """The rows of one metric, what was measured most often first."""
    own = frame[frame["metric"] == metric].sort_values("count", ascending=False, kind="stable")
    return own.reset_index(drop=True)


def unit_of(own: pd.DataFrame, metric: str) -> str:
    """The unit of all percentiles of a table: s where any is as long as that."""
    return scale(metric, float(own[list(_NUMBERS)].to_numpy().max()))[1]


def shaped(own: pd.DataFrame, dimension: str, metric: str) -> pd.DataFrame:
    """The rows as they are shown: name, count, percentiles in their unit, shares in per cent."""
    divisor = scale(metric, float(own[list(_NUMBERS)].to_numpy().max()))[0]
    table = pd.DataFrame({"name": [labels.plain(labels.value(dimension, text), 300) for text in own[dimension]]})
    table["count"] = own["count"].to_numpy()
    for column in _NUMBERS:
        table[column] = own[column].to_numpy() / divisor
    for column in ("good", "needs_improvement", "poor"):
        table[column] = own[column].to_numpy() * 100
    return table


def columns(dimension: str, metric: str, by: str, unit: str) -> dict[str, Any]:
    """How the columns look; the chosen percentile is marked."""
    config, form = st.column_config, "%.3f" if metric == "CLS" else f"%.{2 if unit == ' s' else 0}f{unit}"
    return {
        "name": config.TextColumn(labels.markdown(labels.title(dimension)), width=180),
        "count": config.NumberColumn("Measured", format="localized", width=80),
        **{
            name: config.NumberColumn(f"{'▸ ' if name == by else ''}{name[1:]}th", format=form, width=76)
            for name in _NUMBERS
        },
        "good": config.ProgressColumn("Good", format="%.0f%%", min_value=0, max_value=100, width=100),
        "needs_improvement": config.NumberColumn("Middling", format="%.0f%%", width=80, help="Needs improvement"),
        "poor": config.NumberColumn("Poor", format="%.0f%%", width=70),
    }


def _foot(answers: Answers, frame: pd.DataFrame, own: pd.DataFrame, dimension: str) -> None:
    view, told = answers.view, [f"From {frame.attrs.get('answered_by', 'raw events')}."]
    missing = frame.attrs.get("missing") or []
    if missing:
        told.append(f"Raw events of {len(missing)} days are gone.")
    if frame[dimension].nunique() >= MOST:
        told.append(f"The {MOST} that were measured most often.")
    told += [f"{text}." for text in labels.explanations(list(own[dimension]))]
    with st.container(horizontal=True, wrap=False, vertical_alignment="top", key="foot_vitals_by"):
        st.caption(" ".join([*told, "A click on a row makes a filter of it."]))
        st.download_button(
            "CSV", partial(exports.csv, frame),
            exports.file_name(view.site, "vitals", view.start.isoformat(), view.end.isoformat()), "text/csv",
            key="csv:vitals_by", on_click="ignore", type="tertiary", icon=":material/download:",
        )  # fmt: skip
        code.button(answers.call("vitals", by=dimension, limit=MOST), frame, "vitals_by")


def _row_chosen(key: str, dimension: str, values: list[str]) -> None:
    cells = st.session_state[key]["selection"].get("cells") or ()
    if cells and cells[0][0] < len(values):
        st.session_state["vitals_row"] = st.session_state.get("vitals_row", 0) + 1
        filters.drill(dimension, values[cells[0][0]])
