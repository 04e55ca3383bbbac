"""The view in; cohorts of visitors as a heat table, and what their ids can and cannot tell, out."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from pandas.io.formats.style import Styler

from explorer import answer_table, colours, data, filters, labels, overview, picks
from explorer.data import Answers
from explorer.page import page

_GRAINS = {"day": "Days", "week": "Weeks", "month": "Months"}
_AGES = {"day": "day", "week": "week", "month": "month"}
_LIVES = {"daily": "day", "weekly": "week", "monthly": "month"}
_FORMS = {"day": "%a %-d %b %Y", "week": "week of %-d %b %Y", "month": "%B %Y"}
_ABOUT = "Who came again, by when they first came."
#: A cell darker than this has light letters, or the other way round in a dark theme.
_TURN = 0.5
#: Shares are shaded against the greatest, but against no less than this.
_PALEST = 0.25
MOST_COHORTS, MOST_AGES = 100, 31
#: Rotation -> what it tells, what it costs.
_TELLS = {
    "daily": ("An id lives one day. It tells who came again on the **same day**, and nothing of any other: "
              "whoever comes back tomorrow is a new visitor."),
    "weekly": ("An id lives from Monday to Sunday. It tells who came again **later in the same week**; on Monday "
               "everybody is new."),
    "monthly": ("An id lives for a calendar month. It tells who came again **later in the same month**, by days or "
                "weeks; on the first everybody is new."),
}  # fmt: skip


def show() -> None:
    """The heat table, its figures in words, and what stands behind them."""
    with page("Retention", _ABOUT) as answers:
        _show(answers)


def _show(answers: Answers) -> None:
    rotation = data.settings().salt_rotation
    grain = picks.picked("Cohorts", "cohort", _GRAINS, "Visitors who first came in the same day, week or month")
    with st.spinner("Counting …"):
        frame = answers.ask("retention", grain=grain)
    if not frame["visitors"].sum():
        overview.empty(answers.view, answers.source)
        return
    st.markdown(summary(frame, grain, rotation))
    with st.container(border=True, key="retention"):
        kept = shown_part(frame)
        columns, table = pivot(kept, grain)
        ages = [name for name in columns if name.startswith("age")]
        shown = styled(table, ages, st.context.theme.type == "dark")
        chosen = partial(_chosen, kept, grain)
        told = [f"{str(frame.attrs.get('exactness', '')).capitalize()}.", "Click a cell to look at its days."]
        if len(kept) < len(frame):
            told.append(f"The newest {MOST_COHORTS} cohorts and {MOST_AGES} ages of each; the CSV has all.")
        call = answers.call("retention", grain=grain)
        answer_table.show(shown, frame, call, "retention", columns, chosen, told, 18)
    explain(rotation, lasting(frame, rotation))


def summary(frame: pd.DataFrame, grain: str, rotation: str) -> str:
    """The figures in words: who came twice at once, and who came later."""
    first = frame[frame["age"] == 0]
    people, again = int(first["visitors"].sum()), int(first["returning"].sum())
    word = _AGES[grain]
    told = word if lasting(frame, rotation) else min(grain, _LIVES[rotation], key=list(_AGES).index)
    text = f"**{labels.percent(again / max(people, 1))}** of {people:,} visitors came twice or more within a {told}."
    later = frame[frame["age"] == 1]
    if len(later):
        could = frame[(frame["age"] == 0) & frame["cohort"].isin(later["cohort"])]["visitors"].sum()
        text += f" **{labels.percent(later['visitors'].sum() / max(could, 1))}** came again a {word} later."
    return text


def lasting(frame: pd.DataFrame, rotation: str) -> bool:
    """Whether some visitors were known for longer than salts let them be: those that an imported file names."""
    return rotation == "daily" and bool((frame["age"] > 0).any())


def shown_part(frame: pd.DataFrame) -> pd.DataFrame:
    """As much of the answer as a table can show."""
    newest = frame["cohort"].drop_duplicates().tail(MOST_COHORTS)
    return frame[frame["cohort"].isin(newest) & (frame["age"] <= MOST_AGES)]


def pivot(frame: pd.DataFrame, grain: str) -> tuple[dict[str, Any], pd.DataFrame]:
    """Columns and rows of the heat table: cohort, visitors, share that came twice at once, share of each later age.

    What no id can tell is empty.
    """
    config = st.column_config
    first = frame[frame["age"] == 0].set_index("cohort")
    table = pd.DataFrame(
        {"visitors": first["visitors"], "again": first["returning"] / first["visitors"].where(first["visitors"] > 0)}
    )
    columns: dict[str, Any] = {
        "name": config.TextColumn("Cohort", width=170),
        "visitors": config.NumberColumn("Visitors", format="localized", width=80),
        "age0": config.NumberColumn(
            "Came twice",
            format="percent",
            help="Or more, in the cohort's own day, week or month, as far as an id lives",
        ),
    }
    ages = sorted({int(age) for age in frame["age"] if age > 0})
    table["age0"] = table.pop("again")
    for age in ages:
        table[f"age{age}"] = frame[frame["age"] == age].set_index("cohort")["share"]
        columns[f"age{age}"] = config.NumberColumn(
            f"+{age}", format="percent", width=64, help=f"{age} {_AGES[grain]}s later"
        )
    table.insert(0, "name", [time.strftime(_FORMS[grain]) for time in table.index])
    return columns, table.reset_index(drop=True)


def styled(table: pd.DataFrame, ages: list[str], dark: bool) -> Styler:
    """The table with its shares as shades, from the lightest for none to the deepest for the greatest."""
    ramp = colours.SEQUENTIAL[dark]
    most = float(np.nanmax(table[ages].to_numpy(dtype=float), initial=_PALEST))

    def shade(cell: Any) -> str:
        if pd.isna(cell):
            return ""
        share = float(cell)
        part = share / most
        letters = "#ffffff" if (part > _TURN) != dark else "#10201d" if not dark or part > _TURN else "#e4ebe9"
        return f"background-color: {ramp[min(int(part * len(ramp)), len(ramp) - 1)]}; color: {letters}"

    return table.style.map(shade, subset=pd.IndexSlice[:, ages])


def days_of(cohort: pd.Timestamp, age: int, grain: str) -> tuple[date, date]:
    """First and last day of the period that lies `age` of them after a cohort's."""
    first = cohort.date()
    if grain == "day":
        return (first + timedelta(days=age),) * 2
    if grain == "week":
        begin = first - timedelta(days=first.weekday()) + timedelta(weeks=age)
        return begin, begin + timedelta(days=6)
    begin = (pd.Timestamp(first.replace(day=1)) + pd.DateOffset(months=age)).date()
    return begin, (pd.Timestamp(begin) + pd.offsets.MonthEnd(0)).date()


def _chosen(frame: pd.DataFrame, grain: str, row: int, column: str) -> None:
    cohorts = frame.loc[frame["age"] == 0, "cohort"].tolist()
    age = int(column.removeprefix("age")) if column.startswith("age") else 0
    start, end = days_of(cohorts[row], age, grain)
    view = filters.current()
    filters.over(max(start, view.start), min(end, view.end))


def explain(rotation: str, longer: bool) -> None:
    """What ids of this rotation tell, and what the others would."""
    with st.container(border=True, key="retention_told"):
        st.subheader("What these ids can tell", anchor=False)
        st.markdown(f"`FOOTFALL_SALT_ROTATION` is `{rotation}`. {_TELLS[rotation]}")
        if longer:
            st.markdown("Some of these visitors were known for longer: a file that was imported names them itself.")
        others = "\n".join(f"- `{name}`: {text}" for name, text in _TELLS.items() if name != rotation)
        st.markdown(f"Other settings, for visits from then on:\n\n{others}")
        st.caption(
            "A longer life of ids tells more and protects less: whoever holds the salt of a period can tell whether an "
            "address was there in it. No cookie is set under any of them. Imported files that name their visitors keep "
            "their ids over all their days."
        )
