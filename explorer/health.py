"""The view in; drops by reason, classes, marked days, the collector's own word and what Redis costs out."""

from __future__ import annotations

import http.client
import json
from functools import partial
from typing import Any, cast

import pandas as pd
import streamlit as st

from common.keys import Shard
from common.rollups import DROP_REASONS
from explorer import charts, data, exports, health_days, labels, spending
from explorer.data import Answers
from explorer.page import page
from explorer.plot import plot
from explorer.source import Source

_WORDS = {"accepting": "Accepting events", "redis": "Redis"}


def collector_status(port: int, timeout: float = 0.3) -> dict[str, Any] | None:
    """What the collector on this machine says of itself; None when there is none."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request("GET", "/healthz")
        told = json.loads(connection.getresponse().read(10_000))
    except (OSError, http.client.HTTPException, ValueError):
        return None
    finally:
        connection.close()
    return told if isinstance(told, dict) else None


def marked_days(source: Source) -> list[str]:
    """Days whose figures wait to be counted again from raw events."""
    found = {day for shard in source.reader.shards for day in cast("list[bytes]", source.client.hkeys(shard.marked()))}
    return sorted(day.decode() for day in found)


def dropped_table(frame: pd.DataFrame) -> pd.DataFrame:
    """Reasons with what they mean."""
    meaning = frame["reason"].map(lambda reason: DROP_REASONS.get(reason, ""))
    return pd.DataFrame({"reason": frame["reason"], "meaning": meaning, "events": frame["events"]})


def daily_job(source: Source) -> str | None:
    """When the site's daily job was last claimed, of today or yesterday; None where it was not."""
    today = source.today().toordinal()
    for day, name in ((today, "today"), (today - 1, "yesterday")):
        if source.client.exists(Shard(source.site).trimmed(day)):
            return f"The daily job of {name} ran."
    return None


def show() -> None:
    """The page."""
    with page("Data health", "Of all traffic, whatever is filtered.", filtered=False) as answers:
        _show(answers)


def _show(answers: Answers) -> None:
    source, site = answers.source, answers.view.site
    with st.container(border=True, key="intake_card"):
        health_days.accepted(answers)
    left, right = st.columns(2)
    with left, st.container(border=True, height="stretch"):
        _classes(answers)
    with right, st.container(border=True, height="stretch"):
        _dropped(answers)
    left, right = st.columns(2)
    with left, st.container(border=True, height="stretch"):
        health_days.coverage(answers)
        health_days.verify(site, daily_job(source))
    with right, st.container(border=True, height="stretch"):
        if hasattr(source, "loss"):
            health_days.lost(answers)
    left, right = st.columns(2)
    with left, st.container(border=True, height="stretch"):
        _marked(source)
    with right, st.container(border=True, height="stretch"):
        _collector()
    spending.show(site)


def _classes(answers: Answers) -> None:
    st.subheader("Who sent events", anchor=False)
    frame = answers.classes()
    if frame.empty:
        st.caption("Nobody in these days.")
        return
    names = [labels.value("class", text) for text in frame["class"]]
    plot(
        charts.bars(names, frame["events"].tolist(), "events", dark=st.context.theme.type == "dark"),
        key="classes",
        alt="Events by class",
    )
    st.caption("Bots and AI agents are counted apart, never dropped: choose them under *Traffic of*.")
    if over := answers.over_counted():
        st.warning(
            f"{over:,} events came while Redis was away and a collector had no salt: pageviews are exact, "
            "visitors of these days are counted too high."
        )


def _dropped(answers: Answers) -> None:
    st.subheader("Dropped events", anchor=False)
    frame = dropped_table(answers.dropped())
    if frame.empty:
        st.caption("Nothing was dropped in these days.")
        return
    st.dataframe(
        frame,
        hide_index=True,
        key="dropped",
        column_config={
            "reason": st.column_config.TextColumn("Reason", width="small"),
            "meaning": st.column_config.TextColumn("Meaning"),
            "events": st.column_config.NumberColumn("Events", format="localized", width="small"),
        },
    )
    view = answers.view
    st.download_button(
        "CSV", partial(exports.csv, frame), exports.file_name(view.site, "dropped"), "text/csv", on_click="ignore",
        type="tertiary", icon=":material/download:",
    )  # fmt: skip


def _marked(source: Source) -> None:
    st.subheader("Waiting to be counted again", anchor=False)
    days = marked_days(source)
    if not days:
        st.caption("No day: every figure agrees with its raw events.")
        return
    st.text(", ".join(days[:40]))
    st.caption(
        "Late events touched visits of these days; they are rebuilt in the background. At once: "
        "`python -m collector rebuild`."
    )


def _collector() -> None:
    st.subheader("Collector", anchor=False)
    port = data.settings().collector_port
    told = collector_status(port)
    if told is None:
        st.caption(f"No collector answers on port {port} of this machine. Figures already in Redis are not affected.")
        return
    facts = pd.DataFrame({"what": [_WORDS.get(name, name.replace("_", " ")) for name in told],
                          "value": [_fact(value) for value in told.values()]})  # fmt: skip
    st.dataframe(facts, hide_index=True, key="collector", column_config={"what": "Collector says", "value": ""})


def _fact(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return f"{value:,}"
    return str(value)[:200]
