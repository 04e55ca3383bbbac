"""A site and chosen options in; the script tag that asks the collector for them out. Pure."""

from __future__ import annotations

from collections.abc import Collection
from html import escape
from typing import NamedTuple


class Part(NamedTuple):
    """An optional part of the tracker: its name in the address, and what it does."""

    name: str
    about: str


#: As docs/tracker.md has them; a test holds them against the collector's own list.
PARTS = (
    Part("outbound", "Clicks on links to other hosts: event `Outbound Link: Click`"),
    Part("downloads", "Clicks on links to files: event `File Download`"),
    Part("forms", "Sent forms: event `Form: Submission`"),
    Part("notfound", "Pages that came with status 404: event `404`"),
    Part("attributes", "Events by attributes: `<button data-footfall-event=\"Signup\">`"),
    Part("clicks", "Where people click, for heatmaps"),
    Part("vitals", "Core Web Vitals, for Performance"),
    Part("errors", "Uncaught errors of your scripts"),
    Part("hash", "Routes in the fragment are pages: `/app#/users`"),
    Part("manual", "No pageviews by themselves"),
    Part("exclusion", "Not counted: who set `localStorage.footfall_ignore = 1`"),
    Part("gpc", "Not counted: who sends Global Privacy Control"),
    Part("dnt", "Not counted: who sends Do Not Track"),
)  # fmt: skip
#: Comes with every script, and an attribute switches it on.
_BY_ATTRIBUTE = "clicks"
#: Seconds between two sendings of what waits, unless the tag says otherwise.
FLUSH = 10


def script_tag(site: str, collector: str, parts: Collection[str] = (), flush: int = FLUSH) -> str:
    """The tag to paste into every page's head."""
    named = [part.name for part in PARTS if part.name in parts and part.name != _BY_ATTRIBUTE]
    file = ".".join(["tracker", *named, "js"])
    attributes = [f'data-site="{escape(site)}"']
    if _BY_ATTRIBUTE in parts:
        attributes.append("data-clicks")
    if flush != FLUSH:
        attributes.append(f'data-flush="{flush}"')
    return f'<script defer src="{escape(collector)}/{file}" {" ".join(attributes)}></script>'
