"""The message of an error in a page in, the same without what may tell of a person out. Pure.

Messages hold what the page was doing: addresses with tokens, mail addresses, numbers of orders and people. What stays
tells one error from another; the same error of two people is one message.
"""

from __future__ import annotations

import re

from common.enrich.text import clean

#: Characters of a message, and of what is read of one.
MOST, _READ = 200, 1_000
_SECRETS = "token|passw(?:or)?d|pwd|secret|authorization|bearer|api[_-]?key|session(?:[_-]?id)?|jwt|otp"
_VALUE = r"[\"']?[^\s\"'<>(),;{]+"
#: Each in its turn: a pattern, and what stands there afterwards. Begins are bounded, so that all take linear time.
_MASKS = tuple(
    (re.compile(pattern, re.IGNORECASE), put)
    for pattern, put in (
        # data: and blob: may hold anything
        (r"\bdata:[^\s\"'<>()]*", "data:"),
        # a name and a password before the host
        (r"(?<=://)[^\s/@\"'<>()]*@", ""),
        # query and fragment of an address or path; a query by itself
        (r"(/[^\s\"'<>()?#/]*)[?#][^\s\"'<>()]*", r"\1"),
        (r"[?&#][\w.%~\[\]-]{1,80}=[^\s\"'<>()]*", ""),
        (rf"(?<!unexpected )(?<!\w)((?:\w{{1,40}}[_-])?(?:{_SECRETS})\"? ?[=:] ?)(?:bearer )?{_VALUE}", r"\1{id}"),
        (rf"\b({_SECRETS}) (?=[^\s\d]*\d)[^\s\"'<>(),;]+", r"\1 {id}"),
        (r"(?<![\w.+%-])[\w.+%-]+(?:@|%40)(?:[\w-]+\.)*[\w-]*[^\W\d][\w-]*", "{email}"),
        (r"(?<![0-9a-z])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![0-9a-z])", "{id}"),
        (r"(?<![\w-])eyJ[\w-]+\.[\w.-]+", "{id}"),
        (r"(?<![\w-])(?=[a-z_-]*\d)[\w-]{24,}", "{id}"),
        (r"(?<![0-9a-z])(?=[a-f]*\d)[0-9a-f]{8,}(?![0-9a-z])", "{id}"),
        (r"(?<![0-9a-f:.])(?:[0-9a-f]{0,4}:){3,7}[0-9a-f]{0,4}(?![0-9a-z:])", "{ip}"),
        (r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])", "{ip}"),
        (r"\+?(?<!\d)\d(?:[ ./-]?\d){6,}", "{number}"),
        (r"\d{5,}", "{number}"),
        (r"\s+", " "),
    )
)  # fmt: skip


def error_text(message: str) -> str:
    """At most 200 characters without mail addresses, queries, fragments, ids, addresses of computers, long numbers."""
    text = clean(" ".join(message[: 2 * _READ].split()), 8 * _READ)
    if len(text) > _READ:  # what is cut in two would not be known for what it is
        text = re.sub(r"[^\s\"'<>()]+\Z", "", text[:_READ]) or "{id}"
    for pattern, put in _MASKS:
        text = pattern.sub(put, text)
    return text.strip()[:MOST].rstrip()
