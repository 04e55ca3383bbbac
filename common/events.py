"""Request bodies in, validated `RawEvent`s out; and `Event`, the enriched row that journal, Redis and frames share."""

from __future__ import annotations

import msgspec

#: Signals tell about a visit but never make one: no visitor, no visit, no bounce, no duration.
ENGAGEMENT = "engagement"
CLICK = "click"
VITALS = "vitals"
ERROR = "error"
PAGEVIEW = "pageview"
SIGNALS = frozenset({ENGAGEMENT, CLICK, VITALS, ERROR})
#: Signals that have rollups of their own.
COUNTED_SIGNALS = frozenset({VITALS, ERROR})

#: Dimensions of the visit, taken from its first event; every event of the visit is counted under them.
VISIT_DIMENSIONS = (
    "source",
    "referrer",
    "channel",
    "utm_source",
    "utm_medium",
    "utm_campaign",
    "utm_content",
    "utm_term",
    "country",
    "region",
    "city",
    "device",
    "browser",
    "os",
    "language",
    "screen",
)
#: Dimensions of the visit that its pageviews decide.
PATH_DIMENSIONS = ("entry_page", "exit_page")
#: Dimensions of the single event. `prop:KEY` is one more for every key.
EVENT_DIMENSIONS = ("page", "hostname", "event")
#: What sent the event. Figures are of humans unless a filter names a class.
CLASSES = ("human", "bot", "ai")

NONE = "(none)"
DIRECT = "(direct)"
OTHER = "(other)"


class Event(msgspec.Struct, array_like=True, omit_defaults=True):
    """One enriched event as it is journalled and kept raw. Holds no address and no user agent.

    Its visit's dimensions are those of the visit's *first* event; here each event keeps its own, so that
    rollups can be made again from raw rows in any order. An empty string means "(none)".
    """

    time: int  #: ms since the epoch, UTC
    seq: int  #: place within its batch or file; orders events of the same millisecond
    visitor: int  #: 64-bit keyed hash under the salt of the event's own day
    before: int  #: the same under the salt before, only in a day's first 1,800 s; else 0
    type: str  #: pageview, one of SIGNALS or a custom event's name
    class_: str  #: human, bot or ai
    page: str  #: path without query and fragment
    hostname: str  #: host without `www.`
    source: str
    referrer: str  #: external host without `www.`
    channel: str
    utm_source: str
    utm_medium: str
    utm_campaign: str
    utm_content: str
    utm_term: str
    country: str  #: ISO 3166 alpha-2
    region: str
    city: str
    device: str  #: Desktop, Mobile, Tablet, Other
    browser: str
    os: str
    language: str
    screen: str  #: size class
    title: str = ""
    interactive: bool = True
    props: dict[str, str] | None = None
    engaged: int = 0  #: ms visible and focused, on engagement
    scroll: int = -1  #: greatest depth 0-100, on engagement; -1 unknown
    amount: int = 0  #: revenue in minor units
    currency: str = ""  #: ISO 4217
    x: int = -1  #: click, px from the page's left
    y: int = -1  #: click, px from the page's top
    target: str = ""  #: click, what was clicked
    salt_local: bool = False  #: hashed while Redis was away: visitor over-counted
    # What older rows do not have stands below, so that they are still read.
    across: int = -1  #: click, percent of the target's width from its left; -1 unknown
    down: int = -1  #: click, percent of the target's height from its top
    width: int = 0  #: click, about the viewport's px; 0 unknown. Its class is the event's own `screen`
