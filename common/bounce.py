"""A definition of a bounce and the histogram of `Traffic.shapes` in; bounces and their rate out. Pure.

A visit is engaged when it has `pages` pageviews, is `seconds` engaged, or (`events`) holds an interactive custom event;
else it bounced. Definitions of other products are applied to visits as they are counted here: what these products call
a visit may begin and end elsewhere.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import NamedTuple

import pandas as pd

#: Where the histogram that is kept for good tells visits apart: seconds engaged, and the most pageviews.
STORED_SECONDS = (1.0, 10.0, 30.0)
STORED_PAGES = 3
#: What becomes of a visit without any pageview (custom events alone): it is engaged, judged as any other, or left out.
ENGAGED, JUDGED, LEFT_OUT = "engaged", "judged", "left out"


class Rule(NamedTuple):
    """One definition. Zero `pages` or `seconds`: they do not matter."""

    name: str
    title: str
    pages: int
    seconds: float
    events: bool
    viewless: str
    about: str
    source: str = ""


PLAUSIBLE = Rule(
    "plausible", "Plausible", 2, 0.0, True, ENGAGED,
    "One pageview and no interactive custom event. The bounce rate of all other pages here.",
    "https://plausible.io/docs/metrics-definitions",
)  # fmt: skip
UMAMI = Rule(
    "umami", "Umami", 2, 0.0, False, LEFT_OUT,
    "One pageview, whatever custom events there are. Visits without a pageview are no visits.",
    "https://github.com/umami-software/umami/blob/master/src/queries/sql/getWebsiteStats.ts",
)  # fmt: skip
GA4 = Rule(
    "ga4", "Google Analytics 4", 2, 10.0, True, JUDGED,
    "Not an engaged session: under 10 s in the foreground, fewer than two pageviews, and no key event, "
    "for which any interactive custom event stands here.",
    "https://support.google.com/analytics/answer/12195621",
)  # fmt: skip
RULES = {rule.name: rule for rule in (PLAUSIBLE, UMAMI, GA4)}
OWN = "own"
MOST_SECONDS, MOST_PAGES = 3_600.0, 20
_OWN = re.compile(r"^own:(\d{1,4}(?:\.\d{1,3})?):(\d{1,2}):([01])$")


def own(seconds: float, pages: int, events: bool) -> Rule:
    """A definition of one's own; what lies out of range is brought into it."""
    seconds, pages = min(max(seconds, 0.0), MOST_SECONDS), min(max(pages, 0), MOST_PAGES)
    asked = [f"under {seconds:g} s engaged"] if seconds else []
    asked += [f"fewer than {pages} pageviews"] if pages else []
    asked += ["no interactive custom event"] if events else []
    about = f"{', '.join(asked)}." if asked else "Nothing makes a visit engaged: every one bounces."
    return Rule(named(seconds, pages, events), "Your own", pages, seconds, events, JUDGED, about.capitalize())


def named(seconds: float, pages: int, events: bool) -> str:
    """A definition of one's own in one word, e.g. `own:15:2:1`, as addresses hold it."""
    return f"{OWN}:{seconds:g}:{pages}:{int(events)}"


def rule_of(name: str) -> Rule:
    """The definition of that name; Plausible's where there is none."""
    if found := _OWN.match(name):
        return own(float(found[1]), int(found[2]), found[3] == "1")
    return RULES.get(name, PLAUSIBLE)


def is_stored(rule: Rule, seconds: Sequence[float] = STORED_SECONDS, pages: int = STORED_PAGES) -> bool:
    """Whether a histogram with these edges answers the definition exactly."""
    return (not rule.seconds or rule.seconds in seconds) and rule.pages <= pages


def counted(rule: Rule, shapes: pd.DataFrame) -> pd.DataFrame:
    """One row a bar, or one in all: visits, bounces, bounce_rate (0-1; NaN without visits).

    Raises ValueError where the histogram does not tell the definition's sides apart.
    """
    edges, most = shapes.attrs.get("seconds", STORED_SECONDS), shapes.attrs.get("pages", STORED_PAGES)
    if not is_stored(rule, edges, most):
        raise ValueError(
            f"{rule.name}: these visits are told apart at {edges} s and {most} pageviews; ask shapes for it"
        )
    views = shapes["pageviews"].str.rstrip("+").astype("int64")
    engaged = pd.Series(False, index=shapes.index)
    if rule.pages:
        engaged |= views.ge(rule.pages)
    if rule.seconds:
        engaged |= shapes["engaged"].map(_end).gt(rule.seconds)
    if rule.events:
        engaged |= shapes["interactive"].eq("y")
    if rule.viewless == ENGAGED:
        engaged |= views.eq(0)
    counts = pd.DataFrame({"visits": shapes["visits"], "bounces": shapes["visits"].where(~engaged, 0)})
    if rule.viewless == LEFT_OUT:
        counts = counts.where(views.gt(0), 0)
    timed = "time" in shapes
    found = counts.groupby(shapes["time"]).sum().reset_index() if timed else counts.sum().to_frame().T
    found["bounce_rate"] = found["bounces"] / found["visits"].where(found["visits"] > 0, math.nan)
    return found


def _end(label: str) -> float:
    """Seconds below which a bucket ends: 10 of `<10`, none of `30+`."""
    return math.inf if label.endswith("+") else float(label[1:])
