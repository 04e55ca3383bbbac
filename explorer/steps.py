"""Steps of funnels and goals in and out: as the URL, people and filters write them. Pure.

A step is `page:/pricing`, `page:/blog/*` or `event:Signup`. In the URL steps stand behind one another with `>` between
them; in one of them `>` and `%` are percent-encoded.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from explorer import labels

MOST_STEPS = 10
_KINDS = ("page", "event")


def encode(steps: Sequence[str]) -> str:
    """Steps as the URL holds them."""
    return ">".join(step.replace("%", "%25").replace(">", "%3E") for step in steps)


def decode(text: str) -> list[str]:
    """Steps of the URL, at most ten; what is none is left out, but for an empty one that waits for its text."""
    found = [part.replace("%3E", ">").replace("%25", "%") for part in text.split(">")] if text else []
    return [step for step in found if step.partition(":")[0] in _KINDS and ":" in step][:MOST_STEPS]


def taken(steps: Sequence[str]) -> list[str]:
    """Those that say something."""
    return [step for step in steps if step.partition(":")[2]]


def typed(text: str) -> str:
    """What somebody typed as a step: a path or pattern is a page, anything else an event."""
    text = text.strip()
    if text.partition(":")[0] in _KINDS and ":" in text:
        return text
    if not text:
        return ""
    return f"page:{text}" if text[0] in "/*" else f"event:{text}"


def reads(step: str) -> str:
    """A step for people; plain text, not markdown."""
    kind, _, text = step.partition(":")
    return f"{labels.plain(text)} · event" if kind == "event" else labels.plain(text)


def filter_of(step: str | Mapping[str, object]) -> tuple[str, str] | None:
    """The filter that chooses what takes a step: its dimension, with an operator for a pattern, and value."""
    if not isinstance(step, str):
        return None
    kind, _, text = step.partition(":")
    if kind not in _KINDS or not text:
        return None
    if "*" not in text:
        return kind, text
    return f"{kind}__matches", "^" + ".*".join(re.escape(part) for part in text.split("*")) + "$"


def seconds(text: str) -> int | None:
    """A span that somebody typed, `90`, `90 s`, `30 min`, `2 h` or `7 d`, in seconds; None for anything else."""
    match = re.fullmatch(r"\s*(\d{1,9})\s*(s|sec|m|min|h|hours?|d|days?)?\s*", text.lower())
    if not match:
        return None
    unit = {"m": 60, "h": 3_600, "d": 86_400}.get((match[2] or "s")[0], 1)
    found = int(match[1]) * unit
    return found if 0 < found <= 400 * 86_400 else None


def span(number: int) -> str:
    """Seconds as `2 hours`."""
    for name, length in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if number >= length and number % length == 0:
            count = number // length
            return f"{count:,} {name}{'' if count == 1 else 's'}"
    return f"{number:,} s"
