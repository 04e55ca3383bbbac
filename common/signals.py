"""Signals that are counted by themselves in, the rollup rows they add to out. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from common.events import ERROR, NONE, Event
from common.keys import field
from common.rollups import EVENTS, Increments, row
from common.vitals import bucket

#: The property that holds what an error said.
MESSAGE = "message"


def rows_of(type_: str, props: Mapping[str, str] | None) -> list[str]:
    """The rows of `vitals` and `error` that a signal adds one event to."""
    if type_ == ERROR:
        return [_error((props or {}).get(MESSAGE) or NONE)]
    return [name for key, text in (props or {}).items() if (name := _vital(key, text))]


def count_signal(event: Event, day: int, out: Increments) -> None:
    """Add one event to each of its rows."""
    for name in rows_of(event.type, event.props):
        row(out, day, name)[EVENTS] += 1


@lru_cache(4_096)
def _error(message: str) -> str:
    return field(ERROR, message)


@lru_cache(16_384)
def _vital(key: str, text: str) -> str:
    found = bucket(key, text)
    return field("vitals", found) if found else ""
