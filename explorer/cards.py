"""Groups of dimensions in; cards of tabs out, each a list with bars whose rows become filters.

All cards are one element of ours and not a hundred of Streamlit's: what a click takes is mostly what the browser takes
to draw elements anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from common.events import PAGEVIEW
from explorer import code, filters, labels, lists
from explorer.away import said
from explorer.code import Call
from explorer.components import component
from explorer.data import AWAY, Answers, redis_answers
from explorer.view import encode


class Card(NamedTuple):
    """A title and its tabs: what a tab is called -> its dimension; and the page that has all its rows, under the name
    by which that page's dimension stands in the URL.
    """

    title: str
    tabs: Mapping[str, str]
    page: str = "breakdown"

    @property
    def key(self) -> str:
        """Of its element."""
        return f"card_{self.title.lower()}"


class Choice(NamedTuple):
    """Which of several dimensions an open tab shows."""

    label: str
    options: Sequence[str]
    chosen: int


class Asked(NamedTuple):
    """What the open tab of a card was asked, and its answer."""

    card: Card
    dimension: str
    call: Call
    frame: pd.DataFrame | None


PAGES = Card("Pages", {"Pages": "page", "Entry pages": "entry_page", "Exit pages": "exit_page"}, "content")
SOURCES = Card(
    "Sources", {"Channels": "channel", "Sources": "source", "Referrers": "referrer", "Campaigns": "utm"}, "sources"
)
PLACES = Card("Places", {"Countries": "country", "Regions": "region", "Cities": "city"})
DEVICES = Card(
    "Devices",
    {"Devices": "device", "Browsers": "browser", "Systems": "os", "Screens": "screen", "Languages": "language"},
    "technology",
)
EVENTS = Card("Events", {"Events": "event", "Properties": "prop", "Host names": "hostname"})
_UTM = ("utm_campaign", "utm_source", "utm_medium", "utm_content", "utm_term")
_NO_EVENTS = 'No custom events. Send one: footfall("Signup", {plan: "pro"}).'
_NO_PROPERTIES = 'Properties come with custom events: footfall("Signup", {plan: "pro"}).'
#: Card and row -> what is behind it: its dimension and values, as the card last showed them.
_ROWS = "card_rows"
_OPEN = "card_opens"
_KEY = "cards"


def grid(shown: Sequence[Card], answers: Answers, total: pd.Series) -> None:
    """Cards, two beside each other where there is room. A fragment: another tab draws nothing but the cards."""
    st.fragment(_grid)(shown, answers, total)


def chooser() -> None:
    """What takes the rows that are chosen in cards; once a page, outside of them: the whole body shows the filter."""
    component("chooser")(key="chooser", on_chosen_change=_row_chosen, height=1)


def _grid(shown: Sequence[Card], answers: Answers, total: pd.Series) -> None:
    target = st.session_state.pop(_OPEN, None)
    if target is not None:
        st.switch_page(f"app_pages/{target[0]}.py", query_params=target[1])
    drawn, asked = [], dict[str, Asked]()
    for which in shown:
        try:
            dimension, choice = _dimension(which, answers)
            frame = _frame(answers, dimension) if dimension else None
        except AWAY as error:
            if not redis_answers(error):
                st.rerun()  # the whole page says that Redis is away
            label = labels.title(next(iter(which.tabs.values())))
            drawn.append(_drawn(which, label, said(error)) | {"wrong": True})
            continue
        drawn.append(_shown(which, frame, dimension, choice, total))
        asked[which.key] = Asked(which, dimension, answers.call("breakdown", dimension=dimension), frame)
    component("cards", "lists.css")(
        key=_KEY,
        data={"cards": drawn},
        height="stretch",  # as what stands beside them
        on_tab_change=partial(_tab_chosen, shown),
        on_choice_change=partial(_choice_chosen, shown),
        on_asked_change=partial(_asked, asked),
        on_all_change=partial(_all_asked, asked),
    )
    code.dialog()


def _dimension(which: Card, answers: Answers) -> tuple[str, Choice | None]:
    """The dimension of the open tab, and the choice that it offers; "" where a choice has no options."""
    found = list(which.tabs.values())[_open(which)]
    options = {"utm": list(_UTM), "prop": answers.properties() if found == "prop" else []}.get(found)
    if options is None:
        return found, None
    if not options:
        return "", None
    chosen = st.session_state.get(_choice_key(which), 0)
    chosen = chosen if chosen < len(options) else 0
    label = "Campaign tag" if found == "utm" else "Property"
    return options[chosen], Choice(label, [labels.plain(labels.title(name)) for name in options], chosen)


def _frame(answers: Answers, dimension: str) -> pd.DataFrame:
    frame = answers.breakdown(dimension)
    if dimension != "event":
        return frame
    kept = frame[frame["event"] != PAGEVIEW].reset_index(drop=True)
    kept.attrs = frame.attrs
    return kept


def _shown(
    which: Card, frame: pd.DataFrame | None, dimension: str, choice: Choice | None, total: pd.Series
) -> dict[str, Any]:
    """What the browser draws. Remembers what its rows are."""
    view, number, drawn = filters.current(), len(frame) if frame is not None else 0, dict[str, Any]()
    if frame is None:
        note = _NO_PROPERTIES
    elif frame.empty:
        note = (
            _NO_EVENTS
            if dimension == "event"
            else f"Nothing here {'under these filters' if view.filters else 'in these days'}."
        )
    else:
        values = list(frame[dimension].head(lists.MOST))
        st.session_state.setdefault(_ROWS, {})[which.key] = (dimension, values)
        note = " ".join(lists.notes(frame, dimension, len(values), total["visitors"]))
        rows = [row._asdict() for row in lists.shaped(frame, dimension, total)]
        drawn = {"columns": lists.columns(dimension), "rows": rows}
        if number > lists.MOST:
            query = urlencode(encode(view.choosing(which.page, dimension)), doseq=True)
            drawn["all"] = {"label": f"All {number:,} rows", "href": f"{which.page}?{query}"}
    choosing = choice._asdict() if choice else None
    return _drawn(which, labels.title(dimension or "prop"), note) | drawn | {"choice": choosing, "asks": number > 0}


def _drawn(which: Card, label: str, note: str) -> dict[str, Any]:
    """What the browser draws of a card without rows."""
    return {
        "name": which.key, "title": which.title, "tabs": list(which.tabs), "open": _open(which), "label": label,
        "note": note, "hint": "Filter by this row", "columns": [], "rows": [], "all": None, "choice": None,
        "asks": False, "wrong": False,
    }  # fmt: skip


def _open(which: Card) -> int:
    number: int = st.session_state.get(f"tab_{which.key}", 0)
    return number


def _choice_key(which: Card) -> str:
    return f"choice_{which.key}_{_open(which)}"


def _told(name: str, shown: Sequence[Card]) -> tuple[Card, int] | None:
    """The card and the number that the browser told, where there is such a card."""
    match getattr(st.session_state.get(_KEY), name, None):
        case [str(key), int(number)] if number >= 0:
            return next(((which, number) for which in shown if which.key == key), None)
    return None


def _tab_chosen(shown: Sequence[Card]) -> None:
    told = _told("tab", shown)
    if told is not None and told[1] < len(told[0].tabs):
        st.session_state[f"tab_{told[0].key}"] = told[1]


def _choice_chosen(shown: Sequence[Card]) -> None:
    told = _told("choice", shown)
    if told is not None:
        st.session_state[_choice_key(told[0])] = told[1]


def _asked(asked: Mapping[str, Asked]) -> None:
    found = _pressed("asked", asked)
    if found is not None and found.frame is not None:
        code.ask(found.call, found.frame)


def _all_asked(asked: Mapping[str, Asked]) -> None:
    found = _pressed("all", asked)
    if found is not None:
        page = found.card.page
        st.session_state[_OPEN] = (page, encode(filters.current().choosing(page, found.dimension)))


def _pressed(name: str, asked: Mapping[str, Asked]) -> Asked | None:
    match getattr(st.session_state.get(_KEY), name, None):
        case [str(key), True]:
            return asked.get(key)
    return None


def _row_chosen() -> None:
    told = getattr(st.session_state.get("chooser"), "chosen", None)
    match told:
        case [str(card), int(number)] if number >= 0:
            dimension, values = st.session_state.get(_ROWS, {}).get(card, ("", []))
            lists.choose(dimension, values, number)
