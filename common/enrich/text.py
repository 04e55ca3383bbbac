"""A visitor's string in, a harmless one of bounded length out."""

from __future__ import annotations

import re

#: C0, DEL, C1; bidi marks, embeddings and isolates (they reorder what stands beside them); line and paragraph
#: separators; the byte order mark; surrogates, which UTF-8 cannot hold.
_UNWANTED = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]",
)


def clean(text: str, limit: int) -> str:
    """The text without control and direction characters, trimmed, at most `limit` bytes of UTF-8."""
    if text.isascii():
        if not text.isprintable():
            text = _UNWANTED.sub("", text)
        return text.strip()[:limit].rstrip()
    text = _UNWANTED.sub("", text).strip()
    if len(text) * 4 <= limit:  # no character takes more than four bytes
        return text
    return text.encode()[:limit].decode(errors="ignore").rstrip()
