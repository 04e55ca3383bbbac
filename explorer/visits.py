"""The view in; its visits out, newest first and page by page, each of which unfolds into what happened in it."""

from __future__ import annotations

import hashlib
import math
from datetime import date, timedelta
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from common.events import NONE, PAGEVIEW
from explorer import code, filters, labels, overview
from explorer.code import Call
from explorer.data import Answers
from explorer.page import page
from explorer.view import View

A_PAGE = 25
#: A visit lasts 24 hours at most, which may touch the day after the next where a day has 23.
_DAYS_ON = 2
_PRIVACY = (
    "*Visitor* and four letters stand for an id that only that day knows: the same letters on one day are the same "
    "visitor, on two days they mean nothing. The id itself is not shown."
)


def show() -> None:
    """The page."""
    with page("Visits", "The newest first.") as answers:
        _show(answers)


def _show(answers: Answers) -> None:
    view = answers.view
    with st.spinner("Looking …"):
        total = int(answers.totals()["visits"])
        pages = max(1, math.ceil(total / A_PAGE))
        number = page_number(view, pages)
        found = answers.ask("visits", limit=A_PAGE, offset=A_PAGE * (number - 1))
    if found.empty:
        overview.empty(view, answers.source)
        return
    st.caption(_PRIVACY)
    newest = found.iloc[::-1].reset_index(drop=True)
    open_one = view.choice("visit")
    with st.container(gap="xxsmall"):
        for row in _records(newest):
            _visit(answers, row, open_one)
    _foot(answers, found, number, pages, total)


def page_number(view: View, pages: int) -> int:
    """The page that the URL asks for, from 1 on."""
    asked = view.choice("p", "1")
    return min(max(int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 9 else 1, 1), pages)


def short_name(visitor: int, day: date) -> str:
    """Four letters for a visitor on a day. Two visitors may share them; nothing leads back to the id."""
    told = hashlib.blake2b(f"{day.isoformat()} {visitor}".encode(), digest_size=8).digest()
    number = int.from_bytes(told)
    letters = "ABCDEFGHJKLMNPQRSTUVWXYZ"
    return "".join(letters[number // len(letters) ** place % len(letters)] for place in range(4))


def heading(row: dict[str, Any]) -> str:
    """A visit in a line of markdown."""
    start: pd.Timestamp = row["start"]
    entry, leave = row["entry_page"], row["exit_page"]
    way = (
        labels.markdown(entry, 44) if entry == leave else f"{labels.markdown(entry, 34)} → {labels.markdown(leave, 34)}"
    )
    if entry == NONE:
        way = "no page"
    views = int(row["pageviews"])
    others = int(row["events"]) - views
    parts = [
        labels.markdown(row["source"], 30),
        *([labels.markdown(labels.value("country", row["country"]), 30)] if row["country"] != NONE else []),
        labels.markdown(row["device"], 20),
        f"{views} view{'' if views == 1 else 's'}",
        *([f"{others} event{'' if others == 1 else 's'}"] if others else []),
        labels.duration(row["duration"]),
    ]
    return f"**{start:%-d %b %H:%M}**\u2003{way}\u2003:gray[{' · '.join(parts)}]"


def _visit(answers: Answers, row: dict[str, Any], open_one: str) -> None:
    number = str(row["visit"])
    key = f"visit:{number}"
    st.session_state[key] = number == open_one
    with st.expander(heading(row), key=key, on_change=partial(_turned, number)):
        if number == open_one:
            _unfolded(answers, row)


def _turned(number: str) -> None:
    filters.choose("visit", number if st.session_state.get(f"visit:{number}") else "")


def _unfolded(answers: Answers, row: dict[str, Any]) -> None:
    began: date = row["start"].date()
    found = answers.over(began, began + timedelta(days=_DAYS_ON), "timeline", visit=int(row["visit"]))
    st.caption(" · ".join(facts(row)))
    key = f"timeline:{row['visit']}:{st.session_state.get('timeline_turns', 0)}"
    st.dataframe(
        timeline(found),
        key=key,
        hide_index=True,
        placeholder="",
        height=35 * (min(len(found), 14) + 1) + 3,
        on_select=partial(_chosen, key, list(found["page"]), list(found["event"])),
        selection_mode="single-cell",
        column_config=_columns(),
    )
    with st.container(horizontal=True, vertical_alignment="center", key="timeline_foot"):
        st.caption("Click a page or an event to filter by it.")
        code.button(Call(answers.view.site, "timeline", None, None, {"visit": int(row["visit"])}), found, "timeline")


def facts(row: dict[str, Any]) -> list[str]:
    """What is known of a visit, each as markdown; what is not set is left out."""
    start: pd.Timestamp = row["start"]
    told = [f"Visitor **{short_name(int(row['visitor']), start.date())}**", f"{start:%a %-d %b %Y, %H:%M:%S}"]
    for name in ("channel", "source", "referrer", "utm_campaign", "country", "region", "city", "browser", "os",
                 "language", "screen"):  # fmt: skip
        if (text := row.get(name)) and text != NONE:
            told.append(f"{labels.title(name)} {labels.markdown(labels.value(name, text), 40)}")
    told.append(f"engaged {labels.duration(row['engagement'])}")
    return [*told, "bounced"] if row["bounce"] else told


def timeline(found: pd.DataFrame) -> pd.DataFrame:
    """Events as they are shown: clock, time since the visit's first event, what, where, and what came with it."""
    began = found["time"].iloc[0] if len(found) else None
    return pd.DataFrame({
        "clock": [f"{time:%H:%M:%S}" for time in found["time"]],
        "after": [f"+{labels.duration((time - began).total_seconds())}" for time in found["time"]],
        "event": list(found["event"]),
        "page": list(found["page"]),
        "with": [_with(row) for row in _records(found)],
        "engaged": [engaged / 1000 if engaged else None for engaged in found["engaged"]],
        "scroll": [scroll if scroll >= 0 else None for scroll in found["scroll"]],
    })  # fmt: skip


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]


def _with(row: dict[str, Any]) -> str:
    """Title, properties, money and target of an event, in one line."""
    props = row["props"] if isinstance(row["props"], dict) else {}
    told = [f"{name}: {value}" for name, value in props.items()]
    if row["currency"]:
        told.append(f"{row['amount'] / 100:,.2f} {row['currency']}")
    if row["event"] == PAGEVIEW and row["title"]:
        told.insert(0, row["title"])
    if row["target"]:
        told.append(row["target"])
    return labels.plain(", ".join(told), 300)


def _columns() -> dict[str, Any]:
    config = st.column_config
    return {
        "clock": config.TextColumn("Time", width=80),
        "after": config.TextColumn("After", width=75),
        "event": config.TextColumn("Event", width=130),
        "page": config.TextColumn("Page", width=220),
        "with": config.TextColumn("Title, properties, revenue", width=230),
        "engaged": config.NumberColumn("Engaged", format="%.1f s", width=80, help="Visible and focused since the last"),
        "scroll": config.NumberColumn("Scroll", format="%d%%", width=70, help="Greatest depth so far"),
    }


def _chosen(key: str, pages: list[str], events: list[str]) -> None:
    cells = st.session_state[key]["selection"].get("cells", ())
    if not cells or cells[0][0] >= len(pages):
        return
    row, column = cells[0]
    st.session_state["timeline_turns"] = st.session_state.get("timeline_turns", 0) + 1
    if column == "page":
        filters.go(filters.current().choosing("p", "").adding("page", pages[row]))
    elif column == "event":
        filters.go(filters.current().choosing("p", "").adding("event", events[row]))


def _foot(answers: Answers, found: pd.DataFrame, number: int, pages: int, total: int) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="visits_foot"):
        if pages > 1:
            key = f"visits_page:{number}"  # a new one on each page, set from the URL
            st.pagination(pages, default=number, key=key, on_change=partial(_paged, key))
        st.caption(f"{total:,} visits, {A_PAGE} a page. Today's may get new places while events arrive.")
        offset = {"offset": A_PAGE * (number - 1)} if number > 1 else {}
        shown = found.drop(columns="visitor")
        shown.attrs = found.attrs
        code.button(answers.call("visits", limit=A_PAGE, **offset), shown, "visits")


def _paged(key: str) -> None:
    number = st.session_state[key]
    filters.go(filters.current().choosing("visit", "").choosing("p", "" if number == 1 else str(number)))
