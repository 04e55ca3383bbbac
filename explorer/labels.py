"""Values and numbers in, text for people out: titles, countries, counts, durations, dates, safe markdown. Pure."""

from __future__ import annotations

import math
import re
from datetime import date
from html import escape

from common.enrich.geo import country_name
from common.enrich.text import clean
from common.events import DIRECT, NONE, OTHER

TITLES = {
    "page": "Page",
    "entry_page": "Entry page",
    "exit_page": "Exit page",
    "hostname": "Host name",
    "source": "Source",
    "referrer": "Referrer",
    "channel": "Channel",
    "utm_source": "UTM source",
    "utm_medium": "UTM medium",
    "utm_campaign": "UTM campaign",
    "utm_content": "UTM content",
    "utm_term": "UTM term",
    "country": "Country",
    "region": "Region",
    "city": "City",
    "device": "Device",
    "browser": "Browser",
    "os": "System",
    "language": "Language",
    "screen": "Screen",
    "event": "Event",
    "class": "Class",
}
CLASS_NAMES = {"human": "Humans", "bot": "Bots", "ai": "AI agents"}
_ADDRESS = re.compile(r"(?<=www)(?=\.)|(?<=:)(?=//)|(?=@)", re.IGNORECASE)
_EXPLAINED = {
    NONE: "(none): not set or not known",
    OTHER: "(other): values beyond the day's cap, summed; exact, but no filter",
    DIRECT: "(direct): typed, bookmarked, or the referrer was withheld",
}


def title(dimension: str) -> str:
    """A dimension's name; of `prop:KEY` the key."""
    return TITLES.get(dimension) or dimension.removeprefix("prop:")


def value(dimension: str, text: str) -> str:
    """A dimension's value; countries get their name."""
    if dimension == "country":
        return country_name(text)
    if dimension == "class":
        return CLASS_NAMES.get(text, text)
    return text


def explanations(values: list[str]) -> list[str]:
    """What the bracketed values among these mean."""
    return [text for name, text in _EXPLAINED.items() if name in values]


def count(number: float) -> str:
    """12,345 as it is, millions shortened; a dash for no number."""
    if math.isnan(number):
        return "–"
    for least, unit in ((1e9, "B"), (1e6, "M")):
        if number >= least:
            return f"{number / least:.2f}{unit}"
    return f"{number:,.0f}"


def size(number: float) -> str:
    """Bytes as 512 B, 12.3 KB, 4.57 MB."""
    for least, unit in ((1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "KB")):
        if number >= least:
            return f"{number / least:.3g} {unit}" if number < 999.5 * least else f"{number / least:,.0f} {unit}"
    return f"{number:,.0f} B"


def duration(seconds: float) -> str:
    """Seconds as 45s, 2m 05s or 1h 03m."""
    if math.isnan(seconds):
        return "–"
    whole = round(seconds)
    minutes, rest = divmod(whole, 60)
    if minutes >= 60:
        return f"{minutes // 60}h {minutes % 60:02d}m"
    return f"{minutes}m {rest:02d}s" if minutes else f"{rest}s"


def percent(share: float) -> str:
    """0.4286 as 42.9%."""
    return "–" if math.isnan(share) else f"{share * 100:.1f}%"


def ratio(number: float) -> str:
    """2.637 as 2.64."""
    return "–" if math.isnan(number) else f"{number:.2f}"


def span(start: date, end: date) -> str:
    """Days as 24 Nov 2026, 1–24 Nov 2026, 29 Oct – 25 Nov 2026 or 1 Dec 2025 – 2 Jan 2026."""
    last = f"{end.day} {end:%b %Y}"
    if start == end:
        return f"{start:%a} {last}"
    if start.year != end.year:
        return f"{start.day} {start:%b %Y} – {last}"
    return f"{start.day}–{last}" if start.month == end.month else f"{start.day} {start:%b} – {last}"


def plain(text: str, most: int = 100) -> str:
    """Anybody's text on one line, without the characters that turn what stands beside it around; cut."""
    line = clean(" ".join(text.split()), 10_000)
    return line if len(line) <= most else line[: most - 1] + "…"


def markdown(text: str, most: int = 60) -> str:
    """Anybody's text as markdown that shows it and nothing more: no link, image, directive, formula or emphasis."""
    # Addresses become links after backslashes are read; a word joiner, which nobody sees, keeps them apart.
    apart = _ADDRESS.sub("\u2060", plain(text, most))
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", apart)


def hover(text: str) -> str:
    """Anybody's text for plotly, which renders tags and reads %{...} in templates."""
    return escape(text).replace("%{", "%&#123;")
