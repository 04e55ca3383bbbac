"""The view in; where visits go from page to page, as a flow and as a table of pairs, out."""

from __future__ import annotations

from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from common.depth.paths import REST
from common.depth.transitions import ENTRY, EXIT
from common.events import NONE
from explorer import answer_table, charts_flow, earlier, filters, labels, overview, picks, step_select, steps
from explorer.data import Answers
from explorer.page import page
from explorer.plot import Point, plot
from explorer.view import View, overlapping

_WAYS = {"": "What follows", "back": "What led there"}
_HOPS = {"3": "3 steps", "2": "2 steps", "4": "4 steps"}
_TOPS = {"8": "8 pages", "5": "5 pages", "12": "12 pages", "20": "20 pages"}
_ITEMS = {"": "Pages", "all": "Pages and events"}
_RELOADS = {"": "No", "1": "Yes"}
_ABOUT = "Where visits begin, where they go, where they end."


def show() -> None:
    """Controls, the flow, and the table of transitions."""
    with page("Journeys", _ABOUT) as answers:
        _show(answers)


def _show(answers: Answers) -> None:
    with st.container(border=True, key="flow"):
        _controls(answers)
        options = options_of(answers.view)
        with st.spinner("Counting …"):
            frame = answers.ask("paths", **options)
        if frame.empty:
            _empty(answers, options)
        else:
            _flow(answers, frame, options)
    with st.container(border=True, key="transitions"):
        _transitions(answers)


def options_of(view: View) -> dict[str, Any]:
    """What `Traffic.paths` is asked with: the choices of the URL."""
    at = view.choice("at")
    return {
        "at": at if steps.taken([at]) and steps.filter_of(at) else None,
        "back": view.choice("way") == "back",
        "steps": int(view.choice("hops") if view.choice("hops") in _HOPS else "3"),
        "top": int(view.choice("top") if view.choice("top") in _TOPS else "8"),
        "self_transitions": view.choice("reloads") == "1",
        "events": view.choice("items") == "all",
    }


def _controls(answers: Answers) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", key="flow_controls"):
        with st.container(width=340):
            step_select.select(
                "Around a page or event", "at_choice", answers.view.choice("at"), step_select.options(answers),
                _at_chosen, "Whole visits: choose, or type /blog/*",
            )  # fmt: skip
        picks.picked("Direction", "way", _WAYS)
        picks.picked("Length", "hops", _HOPS)
        picks.listed("At each step", "top", _TOPS, width=120)
        picks.picked("Steps are", "items", _ITEMS)
        picks.picked("Reloads", "reloads", _RELOADS, "Whether a page that follows itself is a step")


def _flow(answers: Answers, frame: pd.DataFrame, options: dict[str, Any]) -> None:
    with st.container(key="wide_chart"):
        plot(
            charts_flow.sankey(frame, options["back"], st.context.theme.type == "dark"),
            key="flow_chart",
            alt="Where visits go, step by step",
            told=partial(_chosen, begins_at_entry(options)),
        )
    call = answers.call("paths", **{name: value for name, value in options.items() if value not in (False, None)})
    answer_table.foot(frame, call, "paths", told(frame, answers.view, options))


def told(frame: pd.DataFrame, view: View, options: dict[str, Any]) -> list[str]:
    """What a reader has to know about a flow."""
    first = int(frame.loc[frame["step"] == 1, "visits"].sum())
    if options["at"]:
        where = "the last time" if options["back"] else "the first time"
        found = [f"{first:,} visits that came by, from {where} they did."]
    else:
        which, what = "last" if options["back"] else "first", "step" if options["events"] else "page"
        found = [f"{first:,} visits, from their {which} {what}."]
    found.append("Click a page or a flow to filter by it.")
    if any(overlapping(dimension) for dimension, _ in view.filters):
        found.append("Filters on pages, hosts, events and properties choose visits that hold such an event.")
    if REST in set(frame["from"]) | set(frame["to"]):
        found.append(f"{REST.capitalize()} are those beyond the first {options['top']} of their step.")
    return found


def begins_at_entry(options: dict[str, Any]) -> bool:
    """Whether the first column holds the pages where visits began."""
    return options["at"] is None and not options["back"]


def filters_of(item: str, column: int, at_entry: bool) -> list[tuple[str, str]]:
    """The filter that a page or event of a flow stands for; none for what is no page."""
    if item in (ENTRY, EXIT, REST):
        return []
    if not item.startswith("/") and item != NONE:
        return [("event", item)]
    return [("entry_page" if column == 0 and at_entry else "page", item)]


def filters_of_link(origin: str, target: str, column: int, at_entry: bool) -> list[tuple[str, str]]:
    """The filters of a flow from one page to the next: what it leads to, and where it begins or ends."""
    if target == EXIT:
        found = filters_of(origin, column, at_entry)
        return [("exit_page", origin)] if found and found[0][0] != "event" else found
    first = filters_of(origin, column, at_entry) if column == 0 and at_entry else []
    return [*first, *filters_of(target, column + 1, at_entry)]


def _chosen(at_entry: bool, point: Point) -> None:
    told = point.get("customdata") or []
    if len(told) == 6:
        found = filters_of_link(str(told[3]), str(told[4]), int(told[5]), at_entry)
    else:
        found = filters_of(str(told[2]), int(told[3]), at_entry) if len(told) == 4 else []
    if not found:
        st.toast("This stands for many pages, or for none: it cannot be a filter.", icon=":material/info:")
    add(found)


def add(found: list[tuple[str, str]]) -> None:
    """Add several filters at once."""
    view = filters.current()
    for dimension, value in found:
        view = view.adding(dimension, value)
    if found:
        filters.go(view)


def _transitions(answers: Answers) -> None:
    st.subheader("From page to page", anchor=False)
    options = {"self_transitions": answers.view.choice("reloads") == "1", "ends": True}
    frame = answers.ask("transitions", **options)
    if frame.empty:
        st.caption("No pageviews in these days." if not answers.view.filters else "None under these filters.")
        return
    head = frame.head(answer_table.ROWS_SHOWN)
    shown = head.assign(share=head["share"] * 100)
    before = earlier.asked(answers, "transitions", **options)
    if before is not None:
        shown.insert(3, "change", earlier.changes(head, before, ["from", "to"], "count"))
    config = st.column_config
    columns = {
        "from": config.TextColumn("From", width=140),
        "to": config.TextColumn("To", width=140),
        "count": config.NumberColumn("Times", format="localized"),
        "change": config.TextColumn("Change", width=80, alignment="right", help="Against the days that are compared"),
        "share": config.ProgressColumn("Share", format="%.1f%%", min_value=0, max_value=100, help="Of all rows"),
    }
    notes = [f"First {len(head):,} of {len(frame):,} rows; the CSV has all."] if len(head) < len(frame) else []
    notes.append("Within visits that began in these days. (entry) and (exit) are where visits begin and end.")
    call = answers.call(
        "transitions", **({"ends": True} | ({} if options["self_transitions"] else {"self_transitions": False}))
    )
    answer_table.show(shown, frame, call, "transitions", columns, partial(_row_chosen, head), notes, 12)


def _row_chosen(head: pd.DataFrame, row: int, column: str) -> None:
    origin, target = str(head["from"].iloc[row]), str(head["to"].iloc[row])
    if origin == ENTRY:
        add([("entry_page", target)])
    elif target == EXIT:
        add([("exit_page", origin)])
    else:
        add([("page", target if column == "to" else origin)])


def _empty(answers: Answers, options: dict[str, Any]) -> None:
    if options["at"]:
        st.info(
            f"No visit came by {labels.markdown(steps.reads(options['at']))} in these days.",
            icon=":material/filter_alt_off:",
        )
    elif not options["events"] and answers.totals()["events"]:
        st.info("No pageviews in these days, but events: let them be steps too.", icon=":material/route:")
        st.button("Show events", key="show_events", type="primary", on_click=filters.choose, args=("items", "all"))
    else:
        overview.empty(answers.view, answers.source)


def _at_chosen() -> None:
    filters.choose("at", step_select.chosen("at_choice"))
