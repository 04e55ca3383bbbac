"""What a page shows and the truth about the same days and filters in; an assertion out: the pages of single events."""

from __future__ import annotations

import math
from collections import Counter
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import brute_pages as brute
import pandas as pd
from brute import dims_of
from brute_frames import Part
from explorer_checks import changed, known, near
from explorer_shown import Shown
from explorer_traffic import MINUTE, ZONE, Truth

from common.currencies import written
from common.events import Event
from explorer import labels, visits

SIGNUP = "event:Signup"


def is_signup(event: Event) -> bool:
    """Whether it reaches the goal."""
    return event.type == "Signup"


def percent(part: float, whole: float) -> float:
    """In per cent; missing where there is no whole."""
    return part / whole * 100 if whole else math.nan


def records(found: pd.DataFrame | None) -> dict[str, dict[str, Any]]:
    """Rows by what is in their first column."""
    return {} if found is None else {str(row[found.columns[0]]): row for row in found.to_dict("records")}


def events(shown: Shown, truth: Truth, by: str) -> None:
    """Events and goals with their rates, one goal by day and by a dimension, properties, money."""
    everyone = truth.totals()["visitors"]
    own = {name: row for name, row in truth.rows("event").items() if name != "pageview"}
    before = truth.rows("event", truth.before)
    rows = records(shown.table("events:"))
    assert {name: (row["visitors"], row["events"], near(row["rate"]), row["change"]) for name, row in rows.items()} == {
        name: (row["visitors"], row["events"], percent(row["visitors"], everyone),
               changed(row["visitors"], before.get(name, {}).get("visitors", 0)))
        for name, row in own.items()
    }  # fmt: skip
    goals = {"Docs": lambda event: event.page == "/docs", "Signed up": is_signup}
    rows = records(shown.table("goals:"))
    for name, takes in goals.items():
        now = converted(truth, takes)
        assert (rows[name]["converters"], rows[name]["conversions"]) == now[1:], name
        assert known(rows[name]["rate"]) == near(percent(now[1], now[0])), name
        assert rows[name]["change"] == changed(now[1], converted(truth, takes, span=truth.before)[1]), name
    visitors, converters, often = converted(truth, is_signup)
    assert (
        f"**{labels.percent(converters / visitors if visitors else math.nan)}** of {visitors:,} visitors" in shown.text
    )
    assert f"{converters:,} converters, {often:,} times." in shown.text
    bars, line, hollow = shown.figure("goal_series")
    days = [converted(truth, is_signup, span=bar) for bar in truth.bars(truth.days)]
    assert bars["y"] == [day[1] for day in days]
    rates = dict(enumerate(line["y"])) | dict(
        zip(hollow["x"], hollow["y"], strict=True)
    )  # apart where a day still runs
    assert [known(rates[place]) for place in range(len(days))] == [near(percent(day[1], day[0])) for day in days]
    valued = brute.converted(truth.persons, truth.where, truth.span, ZONE, is_signup, by)
    rows = records(shown.table("goal_by:"))
    assert {name: (row["visitors"], row["converters"], row["conversions"]) for name, row in rows.items()} == {
        labels.value(by, value): counts for value, counts in valued.items()
    }
    assert [near(row["rate"]) for row in rows.values()] == [
        percent(r["converters"], r["visitors"]) for r in rows.values()
    ]
    properties(shown, truth, own)
    money = brute.revenue(truth.persons, truth.where, truth.span)
    found = shown.table("revenue:")
    assert {
        (row["name"], row["currency"]): (row["events"], row["amount"])
        for row in (found.to_dict("records") if found is not None else [])
    } == {key: (count, written(amount, key[1])) for key, (count, amount) in money.items()}


def properties(shown: Shown, truth: Truth, own: dict[str, Any]) -> None:
    """One event's properties."""
    found = records(shown.table("properties:"))
    if "Signup" not in own:
        assert not found
        return
    values = truth.rows("prop:plan", where=truth.where | {"event": ["Signup"]})
    everyone = truth.totals()["visitors"]
    assert {name: (row["visitors"], row["events"], near(row["rate"])) for name, row in found.items()} == {
        value: (row["visitors"], row["events"], percent(row["visitors"], everyone)) for value, row in values.items()
    }


def converted(truth: Truth, takes: brute.Takes, span: brute.Span | None = None) -> tuple[int, int, int]:
    """Visitors, converters, conversions."""
    return brute.converted(truth.persons, truth.where, span or truth.span, ZONE, takes).get("", (0, 0, 0))


def funnels(shown: Shown, truth: Truth) -> None:
    """Three steps: bars, table and the sentence."""
    steps = [lambda event: event.page == "/", lambda event: event.page.startswith("/blog/"), is_signup]
    reached = brute.funnel(truth.persons, truth.where, truth.span, steps)
    found = shown.table("funnel:")
    if not reached[0][0]:
        assert found is None
        total = truth.totals()
        there = total["events"] or total["visits"]
        assert ("Nobody took the first step" if there else "Nothing matches these filters") in shown.text
        return
    assert found is not None
    counts = [visitors for visitors, _ in reached]
    lost = [0, counts[0] - counts[1], counts[1] - counts[2]]
    assert list(zip(found["visitors"], found["visits"], strict=True)) == reached
    assert list(found["dropped"]) == lost
    assert list(found["from_first"]) == [near(percent(count, counts[0])) for count in counts]
    assert list(found["from_previous"]) == [
        near(100),
        near(percent(counts[1], counts[0])),
        near(percent(*counts[:0:-1])),
    ]
    bars, gone = shown.figure("funnel_chart")
    assert bars["y"] == counts
    assert gone["y"] == lost[1:]
    assert f"{labels.percent(counts[2] / counts[0])} of {counts[0]:,} visitors came to the last step" in shown.text


def journeys(shown: Shown, truth: Truth) -> None:
    """Ribbons and nodes of the flow, and the table of pairs."""
    expected = brute.paths(truth.persons, truth.where, truth.span, 3)
    ribbons, nodes = {}, Counter[tuple[int, str]]()
    for trace in shown.figure("flow_chart"):
        for told in trace.get("customdata") or []:
            if len(told) == 6:
                ribbons[int(told[5]) + 1, told[3], told[4]] = told[2]
            else:
                nodes[int(told[3]), told[2]] += int(told[1])
    assert ribbons == expected
    into, out = Counter[tuple[int, str]](), Counter[tuple[int, str]]()
    for (step, origin, target), number in expected.items():
        out[step - 1, origin] += number
        into[step, target] += number
    assert nodes == out | into
    pairs = brute.transitions(truth.persons, truth.where, truth.span)
    before = brute.transitions(truth.persons, truth.where, truth.before)
    found = shown.table("transitions:")
    whole = sum(pairs.values())
    assert {
        (row["from"], row["to"]): (row["count"], near(row["share"]), row["change"])
        for row in (found.to_dict("records") if found is not None else [])
    } == {pair: (count, percent(count, whole), changed(count, before[pair])) for pair, count in pairs.items()}


def retention(shown: Shown, truth: Truth) -> None:
    """Cohorts of days, of which daily ids tell who came twice."""
    expected = brute.cohorts(truth.persons, truth.where, truth.span, ZONE)
    found = shown.table("retention:")
    assert found is not None
    told = [expected.get(day, (0, 0)) for day in truth.days]
    assert list(found["name"]) == [f"{pd.Timestamp(day):%a %-d %b %Y}" for day in truth.days]
    assert list(found["visitors"]) == [people for people, _ in told]
    assert [known(share) * 100 for share in found["age0"]] == [near(percent(again, people)) for people, again in told]
    people, again = (sum(each) for each in zip(*told, strict=True))
    assert f"**{labels.percent(again / people)}** of {people:,} visitors came twice" in shown.text


def listed(shown: Shown, truth: Truth, page: int) -> None:
    """A page of visits, newest first, each in a line; and how many there are."""
    found = brute.visits(truth.persons, truth.where, truth.span)
    assert f"{len(found):,} visits, {visits.A_PAGE} a page." in shown.text
    newest = sorted(found, key=lambda part: -part.visit.events[0].time)
    page = min(page, -(-len(found) // visits.A_PAGE))
    wanted = newest[visits.A_PAGE * (page - 1) : visits.A_PAGE * page]
    assert [label for label in shown.labels("expander") if "\u2003" in label] == [heading(part) for part in wanted]


def heading(part: Part) -> str:
    """A visit's line."""
    visit, dims = part.visit, dims_of(part.visit)
    start = datetime.fromtimestamp(visit.events[0].time / 1000, ZoneInfo(ZONE))
    views = sum(event.type == "pageview" for event in visit.events)
    counts = {"pageviews": views, "events": len(visit.events), "duration": brute.duration(visit)}
    return visits.heading({**dims, **counts, "start": start})


def clicked(shown: Shown, truth: Truth) -> None:
    """Clicks by page, by element of the chosen page, and by cell of it."""
    span = truth.span
    pages = brute.clicks(truth.persons, truth.where, span, ZONE, lambda event: event.page)
    if not pages:
        assert "No clicks in these days" in shown.text
        return
    options = shown.app.selectbox(key="heat_page_choice").options
    assert sorted(options) == sorted(f"{page} · {n:,} click{'' if n == 1 else 's'}" for page, (n, _) in pages.items())
    page = shown.choice("heat_page_choice")
    assert pages[page][0] == max(n for n, _ in pages.values())
    within = truth.where | {"page": [page]}
    elements = brute.clicks(truth.persons, within, span, ZONE, lambda event: event.target or "(none)")
    rows = records(shown.table("elements:"))
    whole = sum(n for n, _ in elements.values())
    assert {name: (row["clicks"], row["visitors"], near(row["share"])) for name, row in rows.items()} == {
        name: (*counts, percent(counts[0], whole)) for name, counts in elements.items()
    }
    cells = brute.clicks(truth.persons, within, span, ZONE, lambda event: (event.y // 20, event.x // 20))
    grid = shown.figure("clicks_chart")[0]["customdata"]
    assert {
        (down, across): (int(n), int(who))
        for down, row in enumerate(grid) for across, (n, who) in enumerate(row) if n
    } == cells  # fmt: skip


def scrolled(shown: Shown, truth: Truth) -> None:
    """How far down the chosen page visits got."""
    if not truth.rows("page"):
        assert "Nothing matches" in shown.text
        return
    page = shown.choice("heat_page_choice")
    expected = brute.depths(truth.persons, truth.where, truth.span, page)
    bars = shown.figure("scroll_chart")
    assert (bars[0]["customdata"] if bars else [0] * 11) == expected
    assert not bars or bars[0]["x"] == [near(percent(depth, expected[0])) for depth in expected]


def hours(shown: Shown, truth: Truth) -> None:
    """Sums of every hour of the week."""
    grid = shown.figure("hours_chart")[0]["customdata"]
    begin, end = truth.span
    for start in range(begin, end, 60 * MINUTE):
        at, row = datetime.fromtimestamp(start / 1000, ZoneInfo(ZONE)), truth.totals((start, start + 60 * MINUTE))
        assert [int(n) for n in grid[at.weekday()][at.hour][:3]] == [
            row[name] for name in ("visitors", "visits", "pageviews")
        ]
