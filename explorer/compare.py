"""Two segments of the URL in; their figures, lines and one breakdown side by side, and who is in both, out.

`a` and `b` say which, as explorer/segments.py reads them; `view` is what the view is filtered by.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from common.changes import BY_EVENT, BY_VISIT
from common.events import OTHER
from common.saved import SEGMENT
from explorer import answer_table, bars, charts_lines, code, filters, labels, overview, picks, segments
from explorer.charts_lines import Series
from explorer.code import Call
from explorer.data import Answers
from explorer.measures import MEASURES, difference, relative
from explorer.page import page
from explorer.plot import plot
from explorer.segments import ALL, Segment
from explorer.view import Filter, overlapping

_METRICS = (
    "visitors",
    "visits",
    "pageviews",
    "events",
    "views_per_visit",
    "bounce_rate",
    "visit_duration",
    "engagement",
)
_VIEW = "view"
_DEFAULT = {"a": _VIEW, "b": ALL}
_FORMS = {"rate": ".1%", "ratio": ".2f", "seconds": ",.0f", "count": ","}
_MOST = 300
#: Two segments to begin with, each one filter.
_PAIRS = {
    "Phones and desktops": (("device", "Mobile"), ("device", "Desktop")),
    "Search and direct": (("channel", "Organic Search"), ("channel", "Direct")),
    "Arrived at / and elsewhere": (("entry_page", "/"), ("entry_page__not", "/")),
}


def show() -> None:
    """The page."""
    with page("Compare", "Two segments side by side.") as answers:
        kept = segments.kept(answers.view.site).all(SEGMENT)
        with st.container(horizontal=True, vertical_alignment="bottom", key="compare_choices"):
            said = {name: _pick(answers, name, kept) for name in _DEFAULT}
            st.button("Swap", key="compare_swap", icon=":material/swap_horiz:", on_click=_swap, args=(said,))
        found = {
            name: segments.resolve("" if text == _VIEW else text, kept, answers.view.filters)
            for name, text in said.items()
        }
        first, second = found["a"], found["b"]
        if first is None or second is None:
            gone = " and ".join(labels.markdown(said[name][1:]) for name in found if found[name] is None)
            st.warning(f"No segment is kept as {gone}: choose another.", icon=":material/bookmark_remove:")
            return
        st.caption(f"A: {segments.reads(first.filters)}. B: {segments.reads(second.filters)}.")
        if set(first.filters) == set(second.filters):
            st.info(
                "Both are the same. Filter the view, or choose segments that are kept with it.",
                icon=":material/compare_arrows:",
            )
            with st.container(horizontal=True, vertical_alignment="center", key="compare_pairs"):
                st.caption("For instance:", width="content")
                for number, (title, pair) in enumerate(_PAIRS.items()):
                    st.button(title, key=f"compare_pair_{number}", on_click=_of_pair, args=pair)
            return
        _show(answers, first, second)


def _pick(answers: Answers, name: str, kept: dict[str, Any]) -> str:
    """One of the two, of what is kept and what the address says."""
    default, said = _DEFAULT[name], answers.view.choice(name, _DEFAULT[name])
    options = {_VIEW: "This view's filters", ALL: "Everyone"} | {f"@{each}": each for each in kept}
    if said not in options:
        options[said] = said[1:] if said.startswith("@") else "Filters of the link"
    ordered = {default: options[default]} | options
    return picks.listed(name.upper(), name, ordered, show=lambda key: labels.plain(options[key]), width=260)


def _of_pair(first: Filter, second: Filter) -> None:
    view = filters.current().choosing("a", segments.encode([first]))
    filters.go(view.choosing("b", segments.encode([second])))


def _swap(said: dict[str, str]) -> None:
    view = filters.current()
    for name, other in (("a", "b"), ("b", "a")):
        view = view.choosing(name, "" if said[other] == _DEFAULT[name] else said[other])
    filters.go(view)


def _show(answers: Answers, first: Segment, second: Segment) -> None:
    view = answers.view
    with st.spinner("Counting …"):
        totals = [answers.ask("totals", where=each.where) for each in (first, second)]
        shared = {"first": first.where, "second": second.where}
        both = answers.over(view.start, view.end, "overlap", **shared)
    if not any(total["events"] or total["visits"] for total in totals):
        overview.empty(view, answers.source)
        return
    left, right = st.columns([3, 2])
    with left, st.container(border=True, height="stretch", key="compare_totals"):
        frame = side_by_side(*totals)
        call = answers.call("totals", where=first.where)
        told = ["The code asks for A; B differs by its `where`."]
        answer_table.show(figures(frame), frame, call, "compare", _figure_columns(), told=told)
    with right, st.container(border=True, height="stretch", key="compare_overlap"):
        _overlap(both, Call(answers.source.site, "overlap", view.start, view.end, shared))
    _series(answers, first, second)
    with st.container(border=True, key="compare_by"):
        _breakdown(answers, first, second, totals)


def side_by_side(first: pd.Series, second: pd.Series) -> pd.DataFrame:
    """One row a metric: metric, a, b, difference (a - b)."""
    a, b = ([float(total[name]) for name in _METRICS] for total in (first, second))
    frame = pd.DataFrame({"metric": _METRICS, "a": a, "b": b})
    frame["difference"] = frame["a"] - frame["b"]
    frame.attrs = dict(second.attrs) if second.attrs.get("answered_by") != "rollups" else dict(first.attrs)
    return frame


def figures(frame: pd.DataFrame) -> pd.DataFrame:
    """The same as people read it."""
    names = list(frame["metric"])
    out = pd.DataFrame({"metric": [MEASURES[name].title for name in names]})
    for side in ("a", "b"):
        out[side] = [MEASURES[name].show(value) for name, value in zip(names, frame[side], strict=True)]
    pairs = list(zip(names, frame["difference"], frame["a"], frame["b"], strict=True))
    out["difference"] = [difference(name, value) for name, value, _, _ in pairs]
    out["relative"] = [relative(b, a) for _, _, a, b in pairs]
    return out


def _figure_columns() -> dict[str, Any]:
    right = partial(st.column_config.TextColumn, alignment="right")
    return {
        "metric": st.column_config.TextColumn("Metric"),
        "a": right("A"),
        "b": right("B"),
        "difference": right("A less B"),
        "relative": right("A against B"),
    }


def _overlap(found: pd.Series, call: Call) -> None:
    a, b, both = (int(found[name]) for name in ("first", "second", "both"))
    st.subheader("Who is in both", anchor=False)
    st.metric("Visitors in both", labels.count(both))
    for name, count in (("A", a), ("B", b)):
        st.caption(
            f"{name}: **{count:,}** visitors, of whom {labels.percent(both / count) if count else '–'} are in both."
        )
    st.caption(
        "Exact, from raw events; distinct within a day and summed over days. A visitor is in both where some of the "
        "day's events are in A and some, not necessarily the same, in B."
    )
    if gone := found.attrs.get("missing"):
        st.caption(f"Raw events of {len(gone)} days are gone: they are not in it.")
    code.button(call, found, "overlap")


def _series(answers: Answers, first: Segment, second: Segment) -> None:
    view, grain = answers.view, answers.view.bars
    with st.container(border=True, key="compare_series"):
        titles = {name: MEASURES[name].title for name in _METRICS}
        metric = picks.picked("Metric", "compare_metric", titles)
        frames = [answers.ask("series", grain=grain, where=each.where) for each in (first, second)]
        now = pd.Timestamp.now(tz=answers.source.zone)
        times = bars.begun(frames[0], now)["time"]
        cut = bars.partial(times, grain, view.start, view.end, now)
        series = [
            Series(f"{name}: {each.title}", frame[metric].head(len(times)).astype(float).tolist())
            for name, each, frame in zip("AB", (first, second), frames, strict=True)
        ]
        form, dark = _FORMS[MEASURES[metric].unit], st.context.theme.type == "dark"
        plot(
            charts_lines.lines(times, grain, series, cut, form, dark=dark),
            key="compare_chart", alt=f"{titles[metric]} of both segments over time",
        )  # fmt: skip
        call = answers.call("series", grain=grain, where=first.where)
        answer_table.foot(frames[0], call, "compare_series", ["CSV and code are of A."])


def _breakdown(answers: Answers, first: Segment, second: Segment, totals: Sequence[pd.Series]) -> None:
    names = [*BY_VISIT, *BY_EVENT, *answers.properties()]
    by = picks.listed("By", "compare_by", {name: labels.title(name) for name in names}, width=240)
    frames = [answers.ask("breakdown", dimension=by, where=each.where) for each in (first, second)]
    joined = beside(frames[0], frames[1], by, [float(total["visitors"]) for total in totals])
    if joined.empty:
        st.caption("Nothing here in these days.")
        return
    shown = joined.head(_MOST).copy()
    shown[by] = [labels.value(by, text) for text in shown[by]]
    shown["difference"] = [f"{number * 100:+.1f} pp" for number in shown["difference"]]
    for side in ("share_a", "share_b"):
        shown[side] *= 100
    told = ["Shares are of all visitors of each segment; the largest differences come first."]
    if overlapping(by):
        told.append("A visitor can be in several rows.")
    if len(joined) > _MOST:
        told.append(f"First {_MOST} of {len(joined):,} rows.")
    joined.attrs = dict(frames[1].attrs)
    answer_table.show(
        shown, joined, answers.call("breakdown", dimension=by, where=first.where), "compare_by",
        _columns(by), partial(_chosen, by, list(joined[by].head(_MOST))), told,
    )  # fmt: skip


def beside(first: pd.DataFrame, second: pd.DataFrame, by: str, visitors: Sequence[float]) -> pd.DataFrame:
    """One row a value of either: value, a, share_a, b, share_b (of all visitors), difference of the shares."""
    a, b = (frame.set_index(by)["visitors"] for frame in (first, second))
    joined = pd.DataFrame({"a": a, "b": b}).fillna(0).astype("int64")
    joined.insert(1, "share_a", joined["a"] / max(visitors[0], 1.0))
    joined["share_b"] = joined["b"] / max(visitors[1], 1.0)
    joined["difference"] = joined["share_a"] - joined["share_b"]
    order = (-joined["difference"].abs()).argsort(kind="stable")
    ordered: pd.DataFrame = joined.iloc[order]
    return ordered.rename_axis(by).reset_index()


def _columns(by: str) -> dict[str, Any]:
    config = st.column_config
    share = partial(config.ProgressColumn, format="%.1f%%", min_value=0, max_value=100)
    return {
        by: config.TextColumn(labels.markdown(labels.title(by)), width=200),
        "a": config.NumberColumn("A visitors", format="localized"),
        "share_a": share("A share"),
        "b": config.NumberColumn("B visitors", format="localized"),
        "share_b": share("B share"),
        "difference": config.TextColumn("Difference", alignment="right", help="Of the shares, in percentage points"),
    }


def _chosen(by: str, values: Sequence[str], place: int, column: str) -> None:
    if values[place] == OTHER:
        st.toast("(other) is a sum of many small values: it cannot be a filter.", icon=":material/info:")
    else:
        filters.drill(by, values[place])
