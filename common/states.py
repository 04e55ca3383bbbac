"""What is remembered of a visitor: the open visit whole, and what was counted already. Stored as msgpack arrays."""

from __future__ import annotations

from zlib import crc32

import msgspec

from common.calendars import LONGEST, PAUSE
from common.events import Event
from common.rollups import Increments

Order = tuple[int, int, int]
_encode = msgspec.msgpack.Encoder().encode


class Visit(msgspec.Struct, array_like=True):
    """One visit as far as it is known. Times in ms."""

    order: Order  #: of the first event
    first: int
    last: int  #: of the last event
    alive: int  #: of the last event or engagement
    values: tuple[str, ...]  #: the first event's VISIT_DIMENSIONS
    counts: dict[int, list[int]]  #: day -> pageviews, events, engaged ms
    seen: dict[int, set[int]]  #: day -> ids of pages, hosts, events and props
    depths: dict[int, dict[int, int]]  #: day -> id of a page -> greatest scroll in percent
    entry: str = ""
    entry_order: Order | None = None
    exit: str = ""
    exit_order: Order | None = None
    interactive: bool = False


class State(msgspec.Struct, array_like=True):
    """What is remembered of one visitor for two days."""

    class_: str
    visit: Visit | None = None  #: the latest one
    previous: int = 0  #: when the visit before it was last alive
    orphan: int = 0  #: time of the latest signal that found no visit
    handed: bool = False  #: the next day's id continued from here, or tried to
    steps: dict[int, bytes] = {}  #: day -> bits of the 15-minute steps with an event
    closed: dict[int, set[int]] = {}  #: day -> ids of all values of earlier visits
    day: int = 0  #: the latest day with something of this visitor; two days later the state is dropped


class Folded(msgspec.Struct):
    """What events add up to: rows to add, days to make again, signals that found no visit per day."""

    increments: Increments
    marked: set[int]
    no_visit: dict[int, int]
    shared: dict[tuple[int, int], tuple[tuple[str, ...], list[int]]] = {}  #: not yet in their rows: `counting.spread`


def folded() -> Folded:
    """Nothing yet."""
    return Folded({}, set(), {})


def order_of(event: Event) -> Order:
    """A total order of a visitor's events that does not depend on when they arrived."""
    return (event.time, event.seq, crc32(_encode(event)))


def continues(first: int, alive: int, time: int) -> bool:
    """Whether something at `time` still belongs to a visit: no gap over 30 minutes, at most 24 hours in all."""
    return time - alive <= PAUSE and time - first <= LONGEST


def forget(state: State, day: int) -> None:
    """Drop what a state remembers of days before `day`."""
    for days in (state.steps, state.closed):
        for old in [known for known in days if known < day]:
            del days[old]
