"""Days and a filter in, which events of a shard would go out: their places, and what they are. Reads only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from collector.choosing import Filter, Window, matching, runs
from common.calendars import Calendar
from common.events import SIGNALS, Event
from common.history import History
from common.keys import Shard
from common.raw import extent, lengths

#: What signals are counted as.
SIGNAL = "signal"


@dataclass
class Plan:
    """What would go."""

    gone: dict[int, set[int]] = field(default_factory=dict)  #: day -> places among its events, archived ones first
    looked: dict[int, tuple[bytes, list[int]]] = field(default_factory=dict)  #: day -> revision, lengths of its lists
    events: Counter[str] = field(default_factory=Counter)  #: by class, signals apart
    visitors: dict[int, set[int]] = field(default_factory=dict)  #: day -> human ones
    recent: set[int] = field(default_factory=set)  #: visitors of today and yesterday of whom nothing would be left


def plan(
    history: History,
    shard: Shard,
    local: Calendar,
    days: Sequence[int],
    wanted: Filter,
    now: int,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Plan:
    """Find what matches: events of the days; where the filter is of visits, events of visits that began on them.

    Raises StoreError, redis.RedisError.
    """
    found = Plan()

    def look(some: Sequence[int]) -> None:
        """Before a day's events are read: what is written later makes the deletion be refused."""
        for day in some:
            if day not in found.looked:
                found.looked[day] = (extent(history.client, shard, day).revision, lengths(history.client, shard, day))

    window, done, recent = Window(history, shard, local, look), 0, local.day(now) - 1
    for run in runs(days):
        if wanted.where:
            events = window.around(run)
            begin, end = local.start(run[0]), local.start(run[-1] + 1)
            listed = [event for some in events.values() for event in some]
            chosen = matching(listed, wanted, begin, end, wanted.by_visit)
        else:
            look(run)
            events = history.events(shard, run)
            chosen = {id(event) for some in events.values() for event in some}
        for day, some in events.items():
            _note(found, day, some, chosen, day >= recent)
        progress(done := done + len(run), len(days))
    if found.recent:
        for day, some in history.events(shard, [recent, recent + 1]).items():
            gone = found.gone.get(day, ())
            found.recent -= {event.visitor for place, event in enumerate(some) if place not in gone}
    found.looked = {day: found.looked[day] for day in sorted(found.gone)}
    return found


def joined(plans: Iterable[Plan]) -> Plan:
    """What would go of several shards, to be told: places are not."""
    found = Plan()
    for one in plans:
        found.events.update(one.events)
        for day in one.gone:
            found.gone.setdefault(day, set()).update(one.gone[day])
        for day, visitors in one.visitors.items():
            found.visitors.setdefault(day, set()).update(visitors)
    return found


def _note(found: Plan, day: int, events: Sequence[Event], chosen: set[int], recent: bool) -> None:
    places = {place for place, event in enumerate(events) if id(event) in chosen}
    if not places:
        return
    found.gone.setdefault(day, set()).update(places)
    some = [events[place] for place in places]
    found.events.update(SIGNAL if event.type in SIGNALS else event.class_ for event in some)
    humans = {event.visitor for event in some if event.class_ == "human" and event.type not in SIGNALS}
    found.visitors.setdefault(day, set()).update(humans)
    if recent:
        found.recent |= {event.visitor for event in some}
