"""Stored events are told again by today's lists; what came in under them comes out the same."""

from __future__ import annotations

import pytest

from common.enrich.acquisition import acquisition
from common.enrich.again import Came, again, came
from common.events import Event

OWN = frozenset({"example.com"})


def stored(referrer: str, query: str) -> Came:
    found = acquisition(referrer, query, OWN)
    return Came(found.source, found.referrer, found.channel, found.utm_source, found.utm_medium, found.utm_campaign)


@pytest.mark.parametrize(
    "referrer", ["", "https://www.google.de/", "https://t.co/x", "https://blog.example.org/", "https://chatgpt.com/"]
)
@pytest.mark.parametrize(
    "query",
    [
        "",
        "utm_source=newsletter&utm_medium=email",
        "utm_source=google&utm_medium=cpc&utm_campaign=shopping",
        "utm_source=fb",
        "ref=producthunt",
        "ref=somewhere-else",
        "source=google",
        "gclid=1",
        "mc_cid=1",
        "twclid=1",
        "utm_medium=social",
    ],
)
def test_under_the_same_lists_nothing_changes(referrer: str, query: str) -> None:
    found = stored(referrer, query)
    assert again(found) == (found.source, found.channel)


CHANGED = [
    (Came("chatgpt.com", "chatgpt.com", "Referral", "", "", ""), ("ChatGPT", "AI Assistants")),  # was unknown
    (Came("Google", "google.de", "Referral", "", "", ""), ("Google", "Organic Search")),  # had no category
    (Came("(direct)", "", "Referral", "", "", ""), ("(direct)", "Direct")),
    (Came("google", "", "Paid Other", "google", "cpc", ""), ("Google", "Paid Search")),
    (Came("Google", "google.de", "Paid Search", "", "", ""), ("Google", "Paid Search")),  # a click id may tell so
    (Came("Google", "google.de", "Paid Social", "", "", ""), ("Google", "Organic Search")),  # none of its own does
    (Came("my-letter", "", "Referral", "my-letter", "newsletter", ""), ("my-letter", "Email")),
]


@pytest.mark.parametrize(("found", "told"), CHANGED)
def test_what_changed_lists_tell(found: Came, told: tuple[str, str]) -> None:
    assert again(found) == told


def test_of_an_event() -> None:
    event = Event(*[0] * 4, "pageview", "human", "/", "h", "S", "r", "C", "us", "um", "uc", "ux", "ut", *[""] * 8)
    assert came(event) == Came("S", "r", "C", "us", "um", "uc")
