"""A question to `Traffic` in, the Python that asks it in a notebook out; and the dialog that shows it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache, partial
from inspect import signature
from typing import Any, NamedTuple

import pandas as pd
import streamlit as st

from common.frames import Traffic
from explorer import exports, labels


class Call(NamedTuple):
    """One question: site, method, days and what else was given."""

    site: str
    name: str
    start: date | None
    end: date | None
    options: Mapping[str, Any]

    @property
    def text(self) -> str:
        """The call alone, e.g. `t.breakdown('page', '2026-11-01', '2026-11-23', where={'country': ['DE']})`."""
        ahead = _ahead(self.name)
        first = [repr(self.options[name]) for name in ahead if name in self.options]
        days = [repr(day.isoformat()) for day in (self.start, self.end) if day]
        rest = [
            f"{name}={value!r}"
            for name, value in self.options.items()
            if name not in ahead and value not in (None, {}, ())
        ]
        return f"t.{self.name}({', '.join([*first, *days, *rest])})"

    @property
    def program(self) -> str:
        """A whole notebook cell."""
        return f"from common.frames import Traffic\n\nt = Traffic(site={self.site!r})\n{self.text}"


@cache
def _ahead(name: str) -> list[str]:
    """What a method of `Traffic` takes before its days."""
    names = list(signature(getattr(Traffic, name)).parameters)[1:]
    return names[: names.index("start")] if "start" in names else []


def about(attrs: Mapping[str, Any]) -> list[str]:
    """Who answered, how complete and how exact, each in a sentence."""
    told = [f"Answered by {' and '.join(attrs.get('sources') or [attrs.get('answered_by', 'rollups')])}."]
    missing = attrs.get("missing") or []
    if missing:
        shown = f"{missing[0]} to {missing[-1]}" if len(missing) > 1 else missing[0]
        told.append(f"Not complete: raw events of {len(missing)} days are gone ({shown}).")
    elif attrs.get("complete", True):
        told.append("Complete: every day of the range is in it.")
    if not attrs.get("exact", True):
        told.append("Not every value has a row of its own: those beyond a day's cap are summed in (other).")
    if attrs.get("exactness"):
        told.append(f"{str(attrs['exactness']).capitalize()}.")
    return told


_ABOUT = "The exact call for a notebook, who answered it, and the answer as Parquet"
#: The same button where a component of ours draws it.
LABEL = {"text": "Code", "icon": "code", "about": _ABOUT}


def button(call: Call, frame: pd.DataFrame | pd.Series, key: str) -> None:
    """The small button under a chart or table; it opens the dialog."""
    st.button(
        "Code",
        key=f"code:{key}",
        on_click=partial(ask, call, frame),
        type="tertiary",
        icon=":material/code:",
        help=_ABOUT,
    )


def ask(call: Call, frame: pd.DataFrame | pd.Series) -> None:
    """Have the dialog shown."""
    st.session_state["code_shown"] = (call, frame)


def dialog() -> None:
    """Show what a button asked for; called once, at the end of a page."""
    shown = st.session_state.pop("code_shown", None)
    if shown is not None:
        _dialog(*shown)


@st.dialog("The same in a notebook", width="large")
def _dialog(call: Call, frame: pd.DataFrame | pd.Series) -> None:
    st.code(call.program, language="python", wrap_lines=True)
    st.caption(" ".join(about({str(name): value for name, value in frame.attrs.items()})))
    if isinstance(frame, pd.DataFrame):
        days = [day.isoformat() for day in (call.start, call.end) if day]
        name = exports.file_name(call.site, call.name, *days)
        with st.container(horizontal=True):
            st.download_button("CSV", partial(exports.csv, frame), name, "text/csv", on_click="ignore")
            st.download_button(
                "Parquet",
                partial(exports.parquet, frame),
                name.removesuffix(".csv") + ".parquet",
                "application/vnd.apache.parquet",
                on_click="ignore",
            )
    st.caption(f"Site {labels.markdown(call.site)}. `docs/library.md` describes every method and column.")
