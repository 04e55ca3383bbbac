"""What a page shows and the truth about the same days and filters in; an assertion out: pages of now, and of sides."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from datetime import datetime
from zoneinfo import ZoneInfo

import brute_pages as brute
from brute_frames import visit_value
from explorer_checks import COUNTS, known, near, of_days
from explorer_depth_checks import percent, records
from explorer_shown import Shown, drawn
from explorer_traffic import MINUTE, ZONE, Truth

from explorer import labels
from explorer.measures import MEASURES, difference, relative


def live(shown: Shown, truth: Truth) -> None:
    """Who is here now, by minute, page, source and country; and the stream of events."""
    found = brute.recent(truth.persons, truth.where, truth.now - 30 * MINUTE)
    here = [(part, event) for part, event in found if event in part.events]
    now = [event.visitor for _, event in here if event.time > truth.now - 5 * MINUTE]
    assert shown.tiles["Visitors in 5 minutes"][0] == f"{len(set(now)):,}"
    assert shown.tiles["Visitors in 30 minutes"][0] == f"{len({event.visitor for _, event in here}):,}"
    assert shown.tiles["Pageviews in 30 minutes"][0] == f"{sum(event.type == 'pageview' for _, event in here):,}"
    (bars,) = shown.figure("minutes")
    minutes: defaultdict[str, set[int]] = defaultdict(set)
    for _, event in here:
        minutes[f"{datetime.fromtimestamp(event.time / 1000, ZoneInfo(ZONE)):%H:%M}"].add(event.visitor)
    told = dict(zip([text[:5] for text in bars["customdata"]], bars["y"], strict=True))
    assert {minute: n for minute, n in told.items() if n} == {minute: len(who) for minute, who in minutes.items()}
    for dimension in ("source", "country"):
        who: defaultdict[str, set[int]] = defaultdict(set)
        for part, event in here:
            who[labels.value(dimension, visit_value(part.visit, dimension))].add(event.visitor)
        rows = records(shown.table(f"live:{dimension}"))
        assert {name: row["visitors"] for name, row in rows.items()} == {name: len(ids) for name, ids in who.items()}
    stream = shown.table("time")
    seen = Counter((event.type, event.page) for _, event in found if event.type != "engagement")
    if sum(seen.values()) <= 60:
        assert Counter(zip(stream["event"], stream["page"], strict=True) if stream is not None else ()) == seen


def changes(shown: Shown, truth: Truth, metric: str, by: str) -> None:
    """Before and now; the waterfall between them, and every value's contribution, add up to the change."""
    show = MEASURES[metric].show
    before, after = truth.totals(truth.before)[metric], truth.totals()[metric]
    if not (truth.totals()["events"] or truth.totals(truth.before)["events"]):
        assert "Nothing matches" in shown.text
        return
    if math.isnan(after - before):
        assert "One of the two has no visits" in shown.text
        return
    assert [value for value, _ in shown.tiles.values()][:3] == [
        show(before),
        show(after),
        difference(metric, after - before),
    ]
    (waterfall,) = shown.figure("waterfall")
    first, *steps, last = waterfall["x"]
    assert (first, last) == (near(before), near(after))
    assert sum(steps) == near(after - before)
    rows = records(None if (found := shown.table("why:")) is None else found.drop(columns="dimension"))
    if metric in COUNTS:
        now, then = truth.rows(by), truth.rows(by, truth.before)
        expected = {
            labels.value(by, value): (then.get(value, {}).get(metric, 0), now.get(value, {}).get(metric, 0))
            for value in now | then
        }
        rest = [
            total - sum(each) for total, each in zip((before, after), zip(*expected.values(), strict=True), strict=True)
        ]
        expected |= {"(rest)": (rest[0], rest[1])} if any(rest) else {}
        assert {name: (row["before"], row["after"]) for name, row in rows.items()} == expected
        for name, (old, new) in expected.items():
            assert rows[name]["contribution"] == difference(metric, new - old), name
            assert known(rows[name]["share"]) == near(percent(new - old, after - before)), name


def engagement(shown: Shown, truth: Truth) -> None:
    """Bounces by each definition, Google's and Plausible's day by day, and the histogram they are made of."""
    rows = records(shown.table("rule"))
    for rule in brute.BOUNCES:
        seen, bounces = brute.bounced(truth.persons, truth.where, truth.span, rule)
        assert (rows[rule]["visits"], rows[rule]["bounces"]) == (seen, bounces), rule
        assert rows[rule]["bounce_rate"] == labels.percent(bounces / seen if seen else math.nan), rule
        traces = shown.figure("bounce_chart")
        days = [brute.bounced(truth.persons, truth.where, bar, rule) for bar in truth.bars(truth.days)]
        if rule != "Umami":
            expected = {n: near(bounces / seen) for n, (seen, bounces) in enumerate(days) if seen}
            assert drawn(traces, rule) == expected, rule
    found = shown.table("pageviews")
    assert found is not None
    cells = {
        (row["pageviews"], row["event"], name.removesuffix(" s")): row[name]
        for row in found.to_dict("records") for name in found.columns[2:] if row[name]
    }  # fmt: skip
    assert cells == brute.shapes(truth.persons, truth.where, truth.span)


def compare(shown: Shown, truth: Truth, by: str) -> None:
    """The view beside everyone: figures, who is in both, days, and one breakdown."""
    a, b = truth.totals(), truth.totals(where={})
    rows = records(shown.table("metric"))
    for name in (*COUNTS, "bounce_rate", "visit_duration", "engagement"):
        show, row = MEASURES[name], rows[MEASURES[name].title]
        assert (row["a"], row["b"]) == (show.show(a[name]), show.show(b[name])), name
        assert (row["difference"], row["relative"]) == (difference(name, a[name] - b[name]), relative(b[name], a[name]))
    one, two = (brute.people(truth.persons, where, truth.span, ZONE) for where in (truth.where, {}))
    assert shown.tiles["Visitors in both"][0] == labels.count(len(one & two))
    assert f"A: **{len(one):,}** visitors" in shown.text
    assert f"B: **{len(two):,}** visitors" in shown.text
    first, second = shown.figure("compare_chart")[::2]
    for trace, where in ((first, truth.where), (second, {})):
        assert list(drawn([*shown.figure("compare_chart")], trace["name"]).values()) == of_days(
            truth, "visitors", where
        )
    now, everyone = truth.rows(by), truth.rows(by, where={})
    assert {name: (row["a"], near(row["share_a"]), row["b"], near(row["share_b"]))
            for name, row in records(shown.table("compare_by:")).items()} == {
        labels.value(by, value): tuple(
            number for rows, total in ((now, a), (everyone, b))
            for count in [rows.get(value, {}).get("visitors", 0)]
            for number in (count, count / max(total["visitors"], 1) * 100)
        )
        for value in now | everyone
    }  # fmt: skip


def bots(shown: Shown, truth: Truth) -> None:
    """Classes apart, by day too."""
    where = {key: values for key, values in truth.where.items() if key != "class"}
    names = {"human": "Humans", "bot": "Bots", "ai": "AI agents"}
    totals = {name: truth.totals(where={**where, "class": [class_]}) for class_, name in names.items()}
    expected = {name: tuple(row[metric] for metric in COUNTS) for name, row in totals.items() if row["events"]}
    if not expected:
        assert "Nothing matches" in shown.text
        return
    traces = {trace["name"]: trace["y"] for trace in shown.figure("bots_chart")}
    for class_, name in names.items():
        assert traces[name] == of_days(truth, "pageviews", {**where, "class": [class_]}), name
    rows = records(shown.table("bots_classes:"))
    assert {name: tuple(row[metric] for metric in COUNTS) for name, row in rows.items()} == expected
