"""A page, a person and chance in, what a browser would have measured, reported or been clicked on there out. Pure.

Chance is one of its own, so that what people do stays the same with or without signals.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple

from collector.demo_tables import Error, Page, tables

#: Part of the visits whose first page is measured.
MEASURED = 0.35
#: How long the largest part of a page takes, by kind; 1 is an ordinary page.
_HEAVY: Mapping[str, float] = MappingProxyType(
    {"home": 1.25, "post": 1.1, "features": 1.45, "docs": 0.8, "account": 1.9}
)
#: Widths below this are of phones: slower, and with larger shifts.
_PHONE = 600
#: Windows that do not fill a wide screen: how often, and their width.
_SMALLER, _WINDOWS = 0.3, (1_280, 1_100, 960, 700)
_WIDE = 1_200


class Browser(NamedTuple):
    """What matters of a person's browser; the age of the demo in days."""

    user_agent: str
    width: float
    age: int


def vitals_of(page: Page, browser: Browser, chance: random.Random) -> dict[str, float] | None:
    """What was measured of the page; None for most. Only Chromium tells of shifts and interactions, Safari of less."""
    if chance.random() >= MEASURED:
        return None
    slow = (1.7 if browser.width < _PHONE else 1.0) * (1 - min(browser.age, 90) / 450)
    ttfb = chance.lognormvariate(5.2, 0.6) * slow
    fcp = ttfb + chance.lognormvariate(6.2, 0.45) * slow
    found = {"ttfb": ttfb, "fcp": fcp}
    if "Chrome" in browser.user_agent or "Firefox" in browser.user_agent:
        found["lcp"] = fcp + chance.lognormvariate(6.3, 0.6) * slow * _HEAVY.get(page.kind, 1.0)
    if "Chrome" in browser.user_agent:
        found["cls"] = chance.betavariate(0.35, 5) * (1.4 if browser.width < _PHONE else 0.7)
        if chance.random() < 0.75:
            found["inp"] = 8 * round(chance.lognormvariate(4.4, 0.75) * slow / 8 + 1)
    return {name: round(value, 4) for name, value in found.items()}


def error_of(page: Page, browser: Browser, chance: random.Random) -> str | None:
    """The message of what goes wrong on a page; None for most."""
    roll = chance.random()
    for error in _errors(page.kind, browser.age):
        if roll < error.often:
            is_safari = "Safari" in browser.user_agent and "Chrome" not in browser.user_agent
            return error.message if is_safari or error.browser == "any" else None
        roll -= error.often
    return None


@lru_cache(1_000)
def _errors(kind: str, age: int) -> tuple[Error, ...]:
    """What may go wrong on pages of a kind, so many days after the first."""
    some = (error for error in tables().errors if error.kind in ("any", kind))
    return tuple(error for error in some if error.begin <= age < error.end)


def click_of(browser: Browser, chance: random.Random) -> tuple[float, dict[str, Any]]:
    """How wide the window is in which somebody clicks, and where on its target the click falls, in percent."""
    smaller = browser.width >= _WIDE and chance.random() < _SMALLER
    spot = {name: round(min(max(chance.gauss(50, wide), 0), 100)) for name, wide in (("across", 22), ("down", 15))}
    return (chance.choice(_WINDOWS) if smaller else browser.width), spot
