"""What a browser says of itself in; language, screen and host name as dimension values out, "" for junk."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from functools import lru_cache

#: Upper bounds of the width in CSS pixels. Plain letters, since "Mobile" and "Desktop" are names of devices.
SCREENS = (
    (576, "XS (<576 px)"),
    (768, "S (576-767 px)"),
    (992, "M (768-991 px)"),
    (1440, "L (992-1439 px)"),
)
WIDEST = "XL (>=1440 px)"
_BOUNDS = [bound for bound, _ in SCREENS]
_CLASSES = [*(name for _, name in SCREENS), WIDEST]

#: language, extended language, script, region, then variants and extensions, which are dropped: each
#: would be a value of its own, and rare enough to point at a person.
_TAG = re.compile(
    r"([a-z]{2,3})(?:-[a-z]{3}){0,3}(?:-([a-z]{4}))?(?:-([a-z]{2}|[0-9]{3}))?(?:-[a-z0-9]{1,8})*",
    re.IGNORECASE | re.ASCII,
)
#: Codes that ISO 639 withdrew but old systems send; and "und", which says that nothing is known.
_RENAMED = {"iw": "he", "in": "id", "ji": "yi", "jw": "jv", "mo": "ro", "und": ""}
_HOST = re.compile(
    r"(?!-)[a-z0-9_-]+(?:\.[a-z0-9_-]+)*(?::[0-9]{1,5})?"  # a name or an IPv4 address
    r"|\[[0-9a-f:.]+\](?::[0-9]{1,5})?"  # an IPv6 address
)


def language(tag: str) -> str:
    """A BCP 47 tag, or the most wanted one of an Accept-Language header, as language[-Script][-REGION]."""
    return _language(tag) if len(tag) <= 200 else ""


@lru_cache(4096)
def _language(tag: str) -> str:
    best, most = "", 0.0
    for item in tag.split(","):
        name, _, rest = item.partition(";")
        quality = _quality(rest)
        if quality > most and (found := _canonical(name.strip().replace("_", "-"))):
            best, most = found, quality
    return best


def _canonical(tag: str) -> str:
    match = _TAG.fullmatch(tag)
    if match is None:
        return ""
    primary, script, region = match.groups()
    primary = _RENAMED.get(primary.lower(), primary.lower())
    parts = (primary, script and script.title(), region and region.upper())
    return "-".join(filter(None, parts)) if primary else ""


def _quality(parameters: str) -> float:
    match = re.search(r"\bq=([01](?:\.[0-9]{0,3})?)\s*(?:;|$)", parameters)
    return float(match[1]) if match else 1.0


def screen(size: object) -> str:
    """Size class of a [width, height] in CSS pixels."""
    if not isinstance(size, Sequence) or isinstance(size, str | bytes) or len(size) != 2:
        return ""
    width = size[0]
    if isinstance(width, bool) or not isinstance(width, int | float) or not 0 < width <= 100_000:
        return ""
    return _CLASSES[bisect_right(_BOUNDS, width)]


def hostname(host: str) -> str:
    """A host in lower case without `www.`, trailing dot and the ports of HTTP; other ports stay."""
    if len(host) > 300:
        return ""
    host = host.strip().lower()
    if not host.isascii():
        host = _punycode(host)
    name, colon, port = host.rpartition(":")
    if colon and port in {"80", "443"} and (":" not in name or name.endswith("]")):
        host = name
    host = host.removeprefix("www.").rstrip(".")
    return host if len(host) <= 253 and _HOST.fullmatch(host) else ""


def _punycode(host: str) -> str:
    """Logs hold names as they were typed; browsers send them as they are in the DNS."""
    try:
        return host.encode("idna").decode()
    except UnicodeError:
        return ""
