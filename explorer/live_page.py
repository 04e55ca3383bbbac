"""The last half hour's events in; who is there now, by minute, on which pages and from where, and the events out."""

from __future__ import annotations

import time
from datetime import timedelta
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from common.events import ENGAGEMENT, NONE, SIGNALS
from explorer import charts_live, code, filters, labels
from explorer.away import show_error
from explorer.code import Call
from explorer.data import AWAY, Answers, redis_answers
from explorer.live import live_pace
from explorer.page import bar
from explorer.plot import plot
from explorer.seen import paced, watch
from explorer.visits import short_name

MINUTES, NOW = 30, 5
_STREAM, _ROWS = 60, 8
_WIDTHS = {"time": 72, "visitor": 70, "event": 130, "page": 260, "source": 130, "country": 130, "device": 80}
_CARDS = (("page", "Pages now"), ("source", "Sources"), ("country", "Countries"))


def show() -> None:
    """The page. It is always of the last half hour, whatever days the address has; the filters hold."""
    answers = Answers(filters.current_source(), filters.current())
    st.title("Live", anchor=False)
    st.caption(f"{labels.markdown(answers.view.site)} · The last {MINUTES} minutes, whatever the period.")
    bar(answers)
    began = time.monotonic()
    _asked_first(answers)
    every = paced(live_pace(time.monotonic() - began, answers.source.flush_seconds))
    st.fragment(_live, run_every=every)(answers)
    watch()
    code.dialog()


def _asked_first(answers: Answers) -> None:
    """What a look takes says how often one may be had; it is kept, and drawn by the fragment."""
    asked(answers, pd.Timestamp.now(tz=answers.source.zone))


def _live(answers: Answers) -> None:
    if st.session_state.pop("live_drilled", False):
        st.rerun()
    try:
        _drawn(Answers(answers.source, answers.view))  # one of its own, since a page's stay with the revision it saw
    except AWAY as error:
        if not redis_answers(error):
            st.rerun()  # the whole page says that Redis is away
        show_error(error)
    code.dialog()


def _drawn(answers: Answers) -> None:
    now = pd.Timestamp.now(tz=answers.source.zone)
    found = asked(answers, now)
    events = found[~found["event"].isin(SIGNALS)]
    per_minute = by_minute(events, now)
    left, right = st.columns([1, 3])
    with left, st.container(border=True, height="stretch"):
        st.metric(f"Visitors in {NOW} minutes", f"{since(events, now, NOW)['visitor'].nunique():,}")
        st.metric(f"Visitors in {MINUTES} minutes", f"{events['visitor'].nunique():,}")
        st.metric(f"Pageviews in {MINUTES} minutes", f"{int((events['event'] == 'pageview').sum()):,}")
    with right, st.container(border=True, height="stretch"):
        plot(
            charts_live.minutes(list(per_minute.index), per_minute.tolist(), st.context.theme.type == "dark"),
            key="minutes", alt=f"Visitors by minute, the last {MINUTES} minutes",
        )  # fmt: skip
        st.caption("Visitors by minute; the pale one still runs.")
    for place, (dimension, title) in zip(st.columns(3), _CARDS, strict=True):
        with place, st.container(border=True, height="stretch", key=f"live_{dimension}"):
            st.subheader(title, anchor=False)
            _card(since(events, now, NOW) if dimension == "page" else events, dimension)
    with st.container(border=True, key="live_stream"):
        st.subheader("Events as they come in", anchor=False)
        _stream(found, answers)


def asked(answers: Answers, now: pd.Timestamp) -> pd.DataFrame:
    """The last half hour's events. An answer is kept until a flush changes it, and only gets older meanwhile."""
    first = (now - timedelta(minutes=MINUTES)).date()
    found = answers.over(first, now.date(), "recent", minutes=MINUTES, where=answers.view.where)
    return since(found, now, MINUTES)


def since(events: pd.DataFrame, now: pd.Timestamp, minutes: int) -> pd.DataFrame:
    """The events of the last minutes."""
    kept = events[events["time"] > now - timedelta(minutes=minutes)]
    kept.attrs = events.attrs
    return kept


def by_minute(events: pd.DataFrame, now: pd.Timestamp) -> pd.Series:
    """Distinct visitors of each of the last minutes, the present one included, oldest first."""
    last = now.tz_convert("UTC").floor("min")  # on the wall a minute may come twice
    wanted = pd.DatetimeIndex([last - timedelta(minutes=ago) for ago in range(MINUTES - 1, -1, -1)])
    minute = events["time"].dt.tz_convert("UTC").dt.floor("min")
    counted = events.groupby(minute)["visitor"].nunique()
    counts = counted.reindex(wanted, fill_value=0).to_numpy(dtype=int)
    return pd.Series(counts, index=wanted.tz_convert(now.tz))


def current_values(events: pd.DataFrame, dimension: str) -> pd.DataFrame:
    """Values by visitors, most first. A visitor is where their last event was; a source and a country are of visits."""
    newest = events.drop_duplicates("visitor", keep="last") if dimension == "page" else events
    counted = newest.groupby(dimension)["visitor"].nunique()
    frame = counted.rename("visitors").reset_index()
    return frame.sort_values(["visitors", dimension], ascending=[False, True]).reset_index(drop=True)


def _card(events: pd.DataFrame, dimension: str) -> None:
    frame = current_values(events, dimension)
    if frame.empty:
        st.caption(f"Nobody in the last {NOW if dimension == 'page' else MINUTES} minutes.")
        return
    shown = frame.head(_ROWS)
    key = f"live:{dimension}:{st.session_state.get('live_turns', 0)}"
    table = pd.DataFrame({
        "name": [labels.value(dimension, text) for text in shown[dimension]],
        "visitors": shown["visitors"].to_numpy(),
    })  # fmt: skip
    st.dataframe(
        table, key=key, hide_index=True, height=35 * (len(shown) + 1) + 3, selection_mode="single-cell",
        on_select=partial(_chosen, key, dimension, list(shown[dimension])),
        column_config={
            "name": st.column_config.TextColumn(labels.title(dimension), width=170),
            "visitors": st.column_config.ProgressColumn(
                "Visitors", format="%d", min_value=0, max_value=int(shown["visitors"].max()), width=90
            ),
        },
    )  # fmt: skip
    if len(frame) > _ROWS:
        st.caption(f"First {_ROWS} of {len(frame):,}.")


def _chosen(key: str, dimension: str, values: list[str]) -> None:
    cells = st.session_state[key]["selection"].get("cells", ())
    if cells and cells[0][0] < len(values):
        filters.drill(dimension, values[cells[0][0]])
        st.session_state["live_turns"] = st.session_state.get("live_turns", 0) + 1
        st.session_state["live_drilled"] = True


def stream(found: pd.DataFrame) -> pd.DataFrame:
    """The newest events as they are shown, newest first. That somebody is still reading is left out, and so are clicks
    of no visit, which are dropped and counted nowhere.
    """
    newest = found[(found["event"] != ENGAGEMENT) & (found["visit"] >= 0)].iloc[::-1].head(_STREAM)
    return pd.DataFrame({
        "time": [f"{time:%H:%M:%S}" for time in newest["time"]],
        "visitor": [short_name(int(row["visitor"]), row["time"].date()) for row in _records(newest)],
        "event": list(newest["event"]),
        "page": list(newest["page"]),
        "source": _told(newest, "source"),
        "country": _told(newest, "country"),
        "device": _told(newest, "device"),
    })  # fmt: skip


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]


def _told(frame: pd.DataFrame, dimension: str) -> list[str]:
    return [
        labels.value(dimension, text) if isinstance(text, str) and text != NONE else "" for text in frame[dimension]
    ]


def _stream(found: pd.DataFrame, answers: Answers) -> None:
    shown, view = stream(found), answers.view
    if shown.empty:
        st.caption("No event yet. New ones show by themselves." if not view.filters else "No event matches.")
    else:
        titles = {name: labels.title(name) for name in shown.columns} | {"time": "Time", "visitor": "Visitor"}
        st.dataframe(
            shown, key="live_events", hide_index=True, height=35 * (min(len(shown), 10) + 1) + 3,
            column_config={
                name: st.column_config.TextColumn(text, width=_WIDTHS[name]) for name, text in titles.items()
            },
        )  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="center", key="live_foot"):
        flush = answers.source.flush_seconds
        paused = f"Collectors write every {flush:g} s. " if flush > 2 else ""
        st.caption(
            f"{paused}Nothing is asked while this tab is hidden. *Visitor* is four letters that mean something on "
            "that day alone."
        )
        taken = found.drop(columns="visitor")
        taken.attrs = found.attrs
        code.button(Call(view.site, "recent", None, None, {"minutes": MINUTES, "where": view.where}), taken, "live")
