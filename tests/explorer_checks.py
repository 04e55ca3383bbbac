"""What a page shows and the truth about the same days and filters in; an assertion out: the pages of dimensions.

`PAGES` says of each page what its address asks besides, and what is compared. Texts are held against the same figures
written by `labels`, which has tests of its own.
"""

from __future__ import annotations

import math
import re
from html import unescape
from typing import Any

import brute_pages
import pytest
from brute_frames import Metrics
from explorer_shown import Shown, Trace, drawn
from explorer_traffic import MINUTE, Truth

from explorer import labels, tiles

COUNTS = ("visitors", "visits", "pageviews", "events")
RATES = {"views_per_visit": 1, "bounce_rate": 100, "visit_duration": 1, "engagement": 1, "scroll": 1}
_NONE: Metrics = dict.fromkeys((*COUNTS, *RATES), math.nan) | dict.fromkeys(COUNTS, 0)


def near(value: Any) -> Any:
    """The same number, or missing as well."""
    return pytest.approx(value, nan_ok=True)


def known(number: Any) -> float:
    """A cell as a number; what is empty is missing."""
    return math.nan if number is None else float(number)


def changed(now: float, before: float) -> str:
    """How a count has changed, as tables say it."""
    if not before or not now:
        return "new" if now else "gone" if before else ""
    text = f"{(now / before - 1) * 100:+,.1f}%".replace("-", "−")
    return "0%" if text[1:] == "0.0%" else text


def of_days(truth: Truth, metric: str, where: Any = None) -> list[float]:
    """A metric day by day."""
    return [truth.totals(bar, where)[metric] for bar in truth.bars(truth.days)]


def overview(shown: Shown, truth: Truth) -> None:
    """Tiles with their changes, the live tile, the series before and now, and the open tab of each card."""
    now, before = truth.totals(), truth.totals(truth.before)
    for tile in tiles.TILES:
        value, delta = shown.tiles[tile.title]
        assert value == tile.show(now[tile.metric]), tile
        if tile.metric == "bounce_rate":
            change = (now[tile.metric] - before[tile.metric]) * 100
            assert delta == ("" if math.isnan(change) else f"{change:+.1f} pp")
        elif before[tile.metric] and not math.isnan(now[tile.metric] - before[tile.metric]):
            change = (now[tile.metric] / before[tile.metric] - 1) * 100
            assert float(delta.rstrip("%")) == near(round(change, 0 if abs(change) >= 10 else 1)), tile
    live = {event.visitor for part, event in brute_pages.recent(truth.persons, {}, truth.now - 5 * MINUTE)
            if event in part.events}  # fmt: skip
    assert shown.tiles["Live now"][0] == f"{len(live):,}"
    traces = shown.figure("series")
    assert list(drawn(traces, "Visitors").values()) == of_days(truth, "visitors")
    assert next(trace["y"] for trace in traces if trace.get("name") == "Pageviews") == of_days(truth, "pageviews")
    earlier = [truth.totals(bar)["visitors"] for bar in truth.bars(truth.earlier)]
    assert list(drawn(traces, "Visitors compared with").values()) == earlier
    for dimension in ("page", "channel", "country", "device"):
        listed(shown, truth, dimension)
    listed(shown, truth, "event", "events", {"pageview"})


def listed(shown: Shown, truth: Truth, dimension: str, counted: str = "pageviews", but: set[str] = frozenset()) -> None:  # type: ignore[assignment]
    """A card's list has every value, with its figures and its share of all visitors."""
    everyone = max(truth.totals()["visitors"], 1)
    expected = sorted(
        [labels.value(dimension, value), labels.count(row["visitors"]), f"{100 * row['visitors'] / everyone:.1f}%",
         labels.count(row[counted])]
        for value, row in truth.rows(dimension).items() if value not in but
    )  # fmt: skip
    assert sorted(shown.lists.get(labels.title(dimension), [])) == expected, dimension


def table(shown: Shown, truth: Truth, dimension: str, name: str, by: str = "visitors") -> None:
    """A page's table: every value of now and before, all metrics, shares, changes and lines over time."""
    now, before = truth.rows(dimension), truth.rows(dimension, truth.before)
    found = shown.table(f"table:{name}:{dimension}")
    if not now:
        assert found is None
        return
    assert found is not None
    rows = {row["name"]: row for row in found.to_dict("records")}
    assert len(rows) == len(found)
    assert set(rows) == {labels.value(dimension, value) for value in now | before}
    whole = max(truth.totals()[by], 1)
    days = [truth.rows(dimension, bar) for bar in truth.bars(truth.days)[:-1]]  # the last one still runs
    for value in now | before:
        row, expected, earlier = rows[labels.value(dimension, value)], now.get(value, _NONE), before.get(value, _NONE)
        for metric in COUNTS:
            assert row[metric] == expected[metric], (value, metric)
        for metric, times in RATES.items():
            if metric in row:
                assert known(row[metric]) == near(expected.get(metric, math.nan) * times), (value, metric)
        if by in COUNTS:
            assert row["share"] == near(expected[by] / whole * 100), value
            assert row["change"] == changed(expected[by], earlier[by]), value
            assert list(row["trend"]) == [day.get(value, _NONE)[by] for day in days], value
    ranked = [-math.inf if math.isnan(known(number)) else number for number in found[by]]
    assert ranked == sorted(ranked, reverse=True)


def stack(shown: Shown, truth: Truth, dimension: str, name: str) -> None:
    """Bars of the largest values: each has its own count, and with all others they are the total."""
    metric = {"page": "pageviews", "hostname": "pageviews", "event": "events"}.get(dimension, "visits")
    values, traces = truth.rows(dimension), shown.figure(f"parts_chart:{name}")
    if dimension.startswith("prop:") or len(values) < 2 or not any(row[metric] for row in values.values()):
        assert not traces
        return
    assert [sum(day) for day in zip(*(trace["y"] for trace in traces), strict=True)] == of_days(truth, metric)
    days = [truth.rows(dimension, bar) for bar in truth.bars(truth.days)]
    of = {labels.value(dimension, value): value for value in values}
    for name_, counts in ((unescape(trace["name"]), trace["y"]) for trace in traces):
        if name_ != "All others":
            assert counts == [day.get(of[name_], _NONE)[metric] for day in days], name_


def explored(shown: Shown, truth: Truth, dimension: str, name: str) -> None:
    """The chart and the table of a dimension, and the sums that are told under it."""
    stack(shown, truth, dimension, name)
    table(shown, truth, dimension, name, "events" if dimension == "event" else "visitors")
    assert "collector verify" not in shown.text  # which is told where the rows do not sum to the total


def reading(shown: Shown, truth: Truth) -> None:
    """Content's time and scroll: a point for each page that is known to be read."""
    expected = {
        page: [near(row["engagement"]), near(row["scroll"]), f"{row['visitors']:,.0f} visitors"]
        for page, row in truth.rows("page").items()
        if row["engagement"] > 0 and not math.isnan(row["scroll"])
    }
    points: list[Trace] = shown.figure("reading")
    found = {
        told[0]: [x, y, told[1]]
        for trace in points
        for x, y, told in zip(trace["x"], trace["y"], trace["customdata"], strict=True)
    }
    assert found == expected
    table(shown, truth, "page", "content", "engagement")


def geography(shown: Shown, truth: Truth) -> None:
    """Figures of all countries on the map, whatever places are filtered; the list and table of those that are."""
    where = {
        key: values for key, values in truth.where.items() if key.split("__")[0] not in ("country", "region", "city")
    }
    now = truth.rows("country", where=where)
    before = truth.rows("country", truth.before, where)
    if not now:
        assert "Nothing matches" in shown.text
        return
    whole = max(sum(row["visitors"] for row in now.values()), 1)
    told: dict[str, str] = {}
    for trace in shown.figure("world"):
        texts = trace.get("customdata") or []
        codes = trace["locations"] if "locations" in trace else [code for _, code in texts]
        told |= dict(zip(codes, [text if isinstance(text, str) else text[0] for text in texts], strict=False))
    for code in (now | before).keys() - {"(none)"}:
        visitors, earlier = now.get(code, _NONE)["visitors"], before.get(code, _NONE)["visitors"]
        assert f">{visitors:,.0f} visitors · {labels.percent(visitors / whole)}<" in told[code], code
        assert re.search(rf"before: {earlier:,.0f}\b", told[code]), code
    assert set(told) == (now | before).keys() - {"(none)"}
    unknown = now.get("(none)", _NONE)["visitors"]
    assert (f"Country unknown, (none): {unknown:,} visitors ({labels.percent(unknown / whole)})" in shown.text) == (
        unknown > 0
    )
    if not truth.totals()["events"]:
        assert "Nothing matches" in shown.text
        return
    named = set(truth.where)
    lowest = "city" if named & {"region", "city"} else "region" if "country" in named else "country"
    listed(shown, truth, lowest)
    table(shown, truth, lowest, "places")
