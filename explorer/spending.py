"""The Redis of this explorer in; two cards out: its commands this month against a budget, its memory and what fits."""

from __future__ import annotations

import time
from datetime import date

import pandas as pd
import redis
import streamlit as st

from common import budget, capacity, footprint, ledger
from common.budget import Month, Verdict
from common.capacity import Fit
from common.dimension_bytes import by_dimension
from common.footprint import FAMILIES, Footprint
from common.settings import Settings
from common.store import StoreError
from explorer import data, labels, spending_chart
from explorer.plot import plot

#: Counting costs three commands a look, measuring one a key.
_COMMANDS_AGE, _MEMORY_AGE = 60, 21_600
_DENIED = (
    "This Redis user may not look at it. `python -m common.acl` prints what the explorer's user needs; "
    "for one made by an older version, send it again."
)
#: Rows that are no dimension anybody filters by.
_TITLES = {"step": "15-minute bars", "hour": "Hour bars", "shape": "Shapes of visits", "prop": "(other properties)"}


def show(site: str) -> None:
    """Both cards, side by side."""
    left, right = st.columns(2)
    with left, st.container(border=True, height="stretch", key="card_commands"):
        st.subheader("Redis: commands this month", anchor=False)
        try:
            _commands(data.settings())
        except redis.ResponseError:
            st.caption(_DENIED)
    with right, st.container(border=True, height="stretch", key="card_memory"):
        st.subheader("Redis: memory", anchor=False)
        try:
            _memory(site, data.settings())
        except redis.ResponseError:
            st.caption(_DENIED)
        except StoreError as error:
            st.caption(labels.markdown(str(error), 200))


@st.cache_data(ttl=_COMMANDS_AGE, max_entries=4, show_spinner=False)
def _months(url: str) -> list[Month]:
    return ledger.read_months(data.client(), _now())


@st.cache_data(ttl=_MEMORY_AGE, max_entries=4, show_spinner="Measuring keys…")
def _footprint(url: str) -> Footprint:
    return footprint.measure(data.client())


@st.cache_data(ttl=_MEMORY_AGE, max_entries=200, show_spinner=False)
def _dimensions(url: str, site: str) -> dict[str, int]:
    return by_dimension(data.client(), site, _footprint(url).sizes)


def _now() -> int:
    return time.time_ns() // 1_000_000


def _dark() -> bool:
    return st.context.theme.type == "dark"


def _commands(settings: Settings) -> None:
    months, now = _months(data.address()), _now()
    purposes = months[-1].purposes()
    if not purposes:
        st.caption("Nothing counted yet: each process tells its count once an hour, and when it ends.")
        return
    verdict = budget.judge(months, settings.command_budget, now)
    with st.container(horizontal=True):
        st.metric("So far", labels.count(verdict.used))
        st.metric("By the month's end", f"≈ {labels.count(verdict.projected)}")
        if verdict.budget:
            st.metric("Budget", labels.count(verdict.budget))
    plot(
        spending_chart.month(verdict, _dark()), key="month",
        alt=f"{verdict.used:,} commands so far, {verdict.projected:,} by the month's end",
    )  # fmt: skip
    _judged(verdict)
    names = {budget.PURPOSES[purpose]: float(count) for purpose, count in purposes.items()}
    plot(spending_chart.parts(names, "commands", dark=_dark()), key="purposes", alt="Commands by purpose")
    st.caption(
        "Commands inside scripts are counted, as on a bill. *Everybody else* is what this Redis saw besides: "
        "other programs, and what a process has not told yet; each tells once an hour."
    )


def _judged(verdict: Verdict) -> None:
    if verdict.kind == "exceeded":
        st.error("The month's budget is used up.", icon=":material/block:")
    elif verdict.kind == "ahead":
        on = f"{verdict.on:%-d %b}" if verdict.on else "this month"
        st.warning(
            f"At this rate the budget is used up on {on}. `python -m collector doctor` says what to change.",
            icon=":material/trending_up:",
        )
    elif verdict.kind == "unlimited":
        st.caption("No budget is set. `FOOTFALL_COMMAND_BUDGET=500000` draws the line and has `doctor` warn ahead.")


def _memory(site: str, settings: Settings) -> None:
    found = _footprint(data.address())
    if not found.sizes:
        st.caption("Nothing of Footfall's is stored yet.")
        return
    fit = capacity.fit(found, settings.raw_days, budget.utc_day(_now()), settings.memory_budget)
    with st.container(horizontal=True):
        st.metric("Used by Redis", labels.size(fit.used))
        if fit.limit:
            st.metric("Limit", labels.size(fit.limit))
            st.metric("Months that still fit", months_text(fit.months))
        if each := found.event_bytes():
            st.metric("A raw event", f"{each:,.0f} B")
    st.caption(told(fit, date.fromordinal(budget.utc_day(_now()))))
    kinds, sites, months, dimensions = st.tabs(["Kinds", "Sites", "Months", "Dimensions"], key="memory_tabs")
    with kinds:
        sizes = {FAMILIES[family]: float(size) for family, size in found.by(lambda size: size.family).items()}
        plot(spending_chart.parts(sizes, "", True, _dark()), key="families", alt="Bytes by kind")
    with sites:
        _table("Site", found.by(lambda size: size.site or "(shared)"), "memory_sites")
    with months:
        _table("Month", by_month(found), "memory_months")
        st.caption("By the day of the events; *always*: states, salts and lists that belong to no month.")
    with dimensions:
        sizes_of = _dimensions(data.address(), site)
        _table(
            "Dimension",
            {_TITLES.get(name, labels.title(name)): size for name, size in sizes_of.items()},
            "memory_dimensions",
        )
        st.caption(f"Rollups of {labels.markdown(site)}; compressed days and months are shared out by what is in them.")
    if found.measured < found.keys:
        st.caption(f"{found.measured:,} of {found.keys:,} keys were measured, the rest estimated.")
    if st.button("Measure again", key="measure", type="tertiary", icon=":material/refresh:"):
        _footprint.clear()
        _dimensions.clear()
        st.rerun()


def months_text(months: float | None) -> str:
    """How many months fit, for people."""
    if months is None:
        return "–"
    if months >= capacity.MOST_MONTHS:
        return "100+ years"
    return f"{months:,.0f}" if months < 36 else f"{months / 12:,.0f} years"


def told(fit: Fit, today: date) -> str:
    """What grows, and when memory ends."""
    growing = (
        f"Each day of raw events takes {labels.size(fit.growth.raw_day)} until they move to the archive, "
        f"each month that closes {labels.size(fit.growth.month)} for good."
    )
    if not fit.limit:
        return growing + " This Redis has no limit (maxmemory); `FOOTFALL_MEMORY_BUDGET=256mb` sets one to plan by."
    if fit.ends is None:
        return growing + " At this rate memory does not end."
    return growing + (
        f" At this rate memory ends on {labels.span(fit.ends, fit.ends)}." if fit.ends > today else " It is full."
    )


def by_month(found: Footprint) -> dict[str, int]:
    """Bytes by month, the newest first, what belongs to none last."""
    sums = found.by(lambda size: size.month or "always")
    return dict(sorted(sums.items(), key=lambda item: (item[0] != "always", item[0]), reverse=True))


def _table(title: str, sizes: dict[str, int], key: str) -> None:
    total = sum(sizes.values()) or 1
    frame = pd.DataFrame({
        "name": list(sizes),
        "bytes": [labels.size(size) for size in sizes.values()],
        "share": [size / total * 100 for size in sizes.values()],
    })  # fmt: skip
    config = st.column_config
    st.dataframe(
        frame,
        hide_index=True,
        key=key,
        height=min(len(frame), 8) * 35 + 38,
        column_config={
            "name": config.TextColumn(title),
            "bytes": config.TextColumn("Memory", width="small"),
            "share": config.ProgressColumn("Share", format="%.1f%%", min_value=0, max_value=100, width="small"),
        },
    )
