"""The view in; a map of countries, and tables from country to region to city, out."""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

import pandas as pd
import streamlit as st

from common.events import NONE, OTHER
from common.filters import split
from explorer import cards, code, colours, earlier, filters, labels, maps, overview, picks, tables
from explorer.cards import Card
from explorer.data import Answers
from explorer.page import page
from explorer.plot import Point, plot
from explorer.view import View

_PLACES = ("country", "region", "city")
_METRICS = {"visitors": "Visitors", "visits": "Visits", "pageviews": "Pageviews"}
_CHANGE = {"change": "Change"}
_SCALES = {"log": "Log", "steps": "Fifths", "even": "Even"}
_AREAS = {
    "world": "World",
    "europe": "Europe",
    "asia": "Asia",
    "africa": "Africa",
    "north_america": "North America",
    "south_america": "South America",
    "oceania": "Oceania",
}
COUNTRIES = Card("Countries", {"Countries": "country", "Regions": "region", "Cities": "city"})
REGIONS = Card("Regions and cities", {"Regions": "region", "Cities": "city", "Countries": "country"})
CITIES = Card("Cities", {"Cities": "city", "Regions": "region", "Countries": "country"})
_ORIGIN = (
    "Countries come from a proxy's header, a GeoIP file or the browser's time zone; regions and cities from a GeoIP "
    "file with cities (`FOOTFALL_GEOIP`) alone. A VPN shows where it ends."
)


class Unplaced(NamedTuple):
    """What the map cannot show: how many have no country, how many are summed, and codes that it does not know."""

    unknown: int
    summed: int
    strange: dict[str, int]


def show() -> None:
    """Map and tables, or a helpful word where the range is empty."""
    with page("Geography", "Click a country to look at it alone, again to let it go.") as answers:
        _show(answers)


def _show(answers: Answers) -> None:
    view = answers.view
    with st.spinner("Counting …"):
        total = answers.totals()
        # Of all countries: the chosen one is outlined among the others, which can be clicked too.
        asked = {"dimension": "country", "where": elsewhere(view)}
        frame = answers.ask("breakdown", **asked)
        before = answers.compared("breakdown", **asked) if earlier.covers(answers.first_day(), view) else None
    if frame.empty:
        overview.empty(view, answers.source)
        return
    left, right = st.columns([8, 5])
    with left, st.container(border=True, height="stretch", key="map"):
        _map(answers, frame, before, asked)
    with right:
        if total["events"] or total["visits"]:
            cards.grid([level(view)], answers, total)
        else:
            overview.empty(view, answers.source)
            return
    lowest = next(iter(level(view).tabs.values()))
    st.subheader(f"All {next(iter(level(view).tabs)).lower()}", anchor=False)
    tables.table(answers, lowest, "places")


def _map(answers: Answers, frame: pd.DataFrame, before: pd.DataFrame | None, asked: dict[str, Any]) -> None:
    metrics = _METRICS | (_CHANGE if before is not None else {})
    with st.container(horizontal=True, vertical_alignment="bottom", key="map_choices"):
        metric = picks.picked("Colour", "map", metrics, _ORIGIN)
        counted = "visitors" if metric == "change" else metric
        scale = "" if metric == "change" else picks.picked("Scale", "scale", _SCALES)
        area = picks.listed("Area", "area", _AREAS, width=170)
    shown = placed(frame, counted, before)
    now, earlier = shown["now"].tolist(), shown["before"].tolist()
    colouring = colours.changed(now, earlier) if metric == "change" else colours.coloured(now, scale)
    chosen = [value for name, value in answers.view.filters if name == "country"]
    plot(
        maps.world(
            list(shown["country"]), colouring, hovers(shown, counted, before is not None), chosen, area,
            dark=st.context.theme.type == "dark", diverging=metric == "change",
        ),
        key="world",
        alt=f"World map: {_METRICS[counted].lower()} by country; the table beside has the same figures",
        told=partial(_country_chosen, frozenset(shown["country"])),
    )  # fmt: skip
    with st.container(horizontal=True, wrap=False, vertical_alignment="top", key="map_foot"):
        st.caption(" ".join(notes(frame, counted, answers.view, metric)))
        code.button(answers.call("breakdown", **asked), frame, "map")


def elsewhere(view: View) -> dict[str, list[str]]:
    """The view's filters without those on places, so that the map shows the neighbours too."""
    return {name: values for name, values in view.where.items() if split(name)[0] not in _PLACES}


def level(view: View) -> Card:
    """Which tables come first: what lies below the places that are chosen."""
    named = {name for name, _ in view.filters}
    return CITIES if named & {"region", "city"} else REGIONS if "country" in named else COUNTRIES


def placed(frame: pd.DataFrame, metric: str, before: pd.DataFrame | None) -> pd.DataFrame:
    """Countries that the map can show: country, now, before (0 where there were none); and share of all rows."""
    now = frame.set_index("country")[metric]
    earlier = pd.Series(dtype=float) if before is None else before.set_index("country")[metric]
    codes = [code for code in dict.fromkeys([*now.index, *earlier.index]) if code in maps.drawn()]
    table = pd.DataFrame({"country": codes})
    table["now"] = now.reindex(codes, fill_value=0).to_numpy(dtype=float)
    table["before"] = earlier.reindex(codes).fillna(0).to_numpy(dtype=float)
    table["share"] = table["now"] / max(float(now.sum()), 1.0)
    # Only gone countries are left with nothing now: they are there to be seen in the change.
    return table


def unplaced(frame: pd.DataFrame, metric: str) -> Unplaced:
    """What of a breakdown by country is not on the map."""
    counts = {str(name): int(count) for name, count in zip(frame["country"], frame[metric], strict=True)}
    unknown, summed = counts.pop(NONE, 0), counts.pop(OTHER, 0)
    return Unplaced(unknown, summed, {name: n for name, n in counts.items() if name not in maps.drawn()})


def hovers(shown: pd.DataFrame, metric: str, compared: bool) -> list[str]:
    """What a country says under the pointer: name, exact count, share, and what it was."""
    told = []
    for row in shown.itertuples():
        text = (
            f"<b>{labels.hover(labels.value('country', str(row.country)))}</b>"
            f"<br>{row.now:,.0f} {metric} · {labels.percent(float(str(row.share)))}"
        )
        if compared:
            text += f"<br>before: {row.before:,.0f}{_per_cent(float(str(row.now)), float(str(row.before)))}"
        told.append(text)
    return told


def notes(frame: pd.DataFrame, metric: str, view: View, shown: str) -> list[str]:
    """What a reader has to know about the map."""
    left, everyone = unplaced(frame, metric), max(float(frame[metric].sum()), 1.0)
    told = [f"From {frame.attrs.get('answered_by', 'rollups')}."]
    if left.unknown:
        told.append(f"Country unknown, (none): {left.unknown:,} {metric} ({labels.percent(left.unknown / everyone)}).")
    if left.summed:
        told.append(f"In (other), beyond a day's cap: {left.summed:,}.")
    if left.strange:
        names = ", ".join(
            f"{labels.markdown(labels.value('country', name), 24)} {n:,}" for name, n in left.strange.items()
        )
        told.append(f"Not on the map: {names}.")
    if shown == "change" and view.compared:
        told.append(f"Visitors against {labels.span(*view.compared)}.")
    if metric == "visitors" and view.days > 1:
        told.append("Visitors are the sum of days.")
    return told


def _per_cent(now: float, before: float) -> str:
    if not before:
        return " (new)" if now else ""
    return f" ({(now - before) / before:+.1%})"


def _country_chosen(known: frozenset[str], point: Point) -> None:
    place = pressed(point)
    if place in known:
        filters.go(turned(filters.current(), place))


def turned(view: View, country: str) -> View:
    """With a country chosen, or no longer, where it was."""
    chosen = ("country", country)
    return view.without(chosen) if chosen in view.filters else view.adding(*chosen)


def pressed(point: Point) -> str:
    """The country of a point that was clicked: of a shape its location, of a small one its own code."""
    custom = point.get("customdata")
    return str(point.get("location") or (custom[-1] if isinstance(custom, list) and len(custom) == 2 else ""))
