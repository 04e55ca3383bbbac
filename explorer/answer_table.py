"""An answer and how it is shown in; a table whose rows can be chosen, with its notes, CSV and Python, out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from explorer import code, exports
from explorer.code import Call

_ROW, ROWS_SHOWN = 35, 200


def show(
    shown: Any,
    frame: pd.DataFrame,
    call: Call,
    key: str,
    columns: Mapping[str, Any],
    chosen: Callable[[int, str], None] | None = None,
    told: Sequence[str] = (),
    high: int = 10,
) -> None:
    """Draw `shown` (a frame, or a Styler of one), which is what `frame` answered to `call` as people read it. `chosen`
    is called with the number of a row and the name of a column.
    """
    # A table with another key after a choice, with nothing selected, so that the same row can be clicked again.
    place = f"{key}:{st.session_state.get(f'turn:{key}', 0)}"
    rows = len(shown.data if hasattr(shown, "data") else shown)
    select: dict[str, Any] = {}
    if chosen:
        select = {"on_select": partial(_selected, key, place, chosen), "selection_mode": "single-cell"}
    st.dataframe(
        shown,
        key=place,
        hide_index=True,
        row_height=_ROW,
        height=_ROW * (min(rows, high) + 1) + 3,
        column_config=dict(columns),
        placeholder="",
        **select,
    )
    foot(frame, call, key, told)


def bar(title: str, rates: pd.Series | None, width: int = 130) -> Any:
    """A column of rates in per cent with bars, the highest of which fills its cell."""
    most = float(rates.max()) if rates is not None and rates.notna().any() else 100.0
    return st.column_config.ProgressColumn(title, format="%.2f%%", min_value=0, max_value=most or 100.0, width=width)


def foot(frame: pd.DataFrame, call: Call, key: str, told: Sequence[str] = ()) -> None:
    """What stands under a table or chart: notes, the whole answer as CSV, the call."""
    days = [day.isoformat() for day in (call.start, call.end) if day]
    with st.container(horizontal=True, wrap=False, vertical_alignment="top", key=f"foot_{key}"):
        st.caption(" ".join([f"From {frame.attrs.get('answered_by', 'rollups')}.", *told, *missing(frame)]))
        st.download_button(
            "CSV",
            partial(exports.csv, frame),
            exports.file_name(call.site, key, *days),
            "text/csv",
            key=f"csv:{key}",
            on_click="ignore",
            type="tertiary",
            icon=":material/download:",
            help="The whole answer as CSV",
        )
        code.button(call, frame, key)


def missing(frame: pd.DataFrame) -> list[str]:
    """That days are not in an answer, where that is so."""
    days = frame.attrs.get("missing") or []
    return [f"Raw events of {len(days)} days are gone: they are not in it."] if days else []


def _selected(key: str, place: str, chosen: Callable[[int, str], None]) -> None:
    found = st.session_state[place]["selection"].get("cells", ())
    if found:
        st.session_state[f"turn:{key}"] = st.session_state.get(f"turn:{key}", 0) + 1
        chosen(int(found[0][0]), str(found[0][1]))
