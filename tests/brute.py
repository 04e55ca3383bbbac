"""Persons' events in, every rollup row out, the slow and obvious way: what the fast path is held against.

Knows nothing of states, salts or arrival: it sees whole persons, sorts their events, and cuts visits where more than
30 minutes pass or 24 hours are over.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from common.events import VISIT_DIMENSIONS, Event
from common.rollups import METRICS
from common.vitals import EDGES

HALF_HOUR, ONE_DAY, QUARTER = 1_800_000, 86_400_000, 900_000
SIGNALS = ("engagement", "click", "vitals", "error")
Rows = dict[str, dict[str, list[int]]]


@dataclass
class BruteVisit:
    """A visit and everything in it."""

    events: list[Event] = field(default_factory=list)
    signals: list[Event] = field(default_factory=list)
    alive: int = 0


def visits_of(person: Iterable[Event]) -> tuple[list[BruteVisit], list[Event]]:
    """A person's visits, and the signals that found none."""
    visits: list[BruteVisit] = []
    lost: list[Event] = []
    for event in sorted(person, key=lambda e: (e.time, e.seq)):
        visit = visits[-1] if visits else None
        live = visit and event.time - visit.alive <= HALF_HOUR and event.time - visit.events[0].time <= ONE_DAY
        if event.type in SIGNALS:
            if not live:
                lost.append(event)
                continue
            visit.signals.append(event)
            if event.type == "engagement":
                visit.alive = event.time
            continue
        if not live:
            visit = BruteVisit()
            visits.append(visit)
        visit.events.append(event)
        visit.alive = event.time
    return visits, lost


def local_day(time: int, zone: str) -> str:
    """The date on the wall."""
    return datetime.fromtimestamp(time / 1000, ZoneInfo(zone)).date().isoformat()


def midnight(day: str, zone: str) -> int:
    """Ms when a date begins on the wall."""
    at = date.fromisoformat(day)
    moment = datetime(at.year, at.month, at.day, tzinfo=ZoneInfo(zone))
    return round(moment.astimezone(UTC).timestamp() * 1000)


def step_of(time: int, zone: str) -> int:
    """Quarter hours since the date began."""
    return (time - midnight(local_day(time, zone), zone)) // QUARTER


def hour_of(time: int, zone: str) -> int:
    """The first quarter of the wall clock's hour: an hour that comes twice is two."""
    here = ZoneInfo(zone)
    day, step = local_day(time, zone), step_of(time, zone)

    def wall(quarter: int) -> tuple[int, timedelta | None]:
        moment = datetime.fromtimestamp((midnight(day, zone) + quarter * QUARTER) / 1000, here)
        return moment.hour, moment.utcoffset()

    while step and wall(step - 1) == wall(step):
        step -= 1
    return step


def dims_of(visit: BruteVisit) -> dict[str, str]:
    """The visit's dimensions: those of its first event, and its entry and exit page."""
    views = [event.page for event in visit.events if event.type == "pageview"]
    dims = {name: getattr(visit.events[0], name) or "(none)" for name in VISIT_DIMENSIONS}
    return dims | {
        "entry_page": views[0] if views else "(none)",
        "exit_page": views[-1] if views else "(none)",
    }


def shape_of(visit: BruteVisit) -> str:
    """Pageviews, engaged seconds, interactive event."""
    views = sum(event.type == "pageview" for event in visit.events)
    seconds = sum(event.engaged for event in visit.signals) / 1000
    engaged = "<1" if seconds < 1 else "<10" if seconds < 10 else "<30" if seconds < 30 else "30+"
    interactive = any(event.type != "pageview" and event.interactive for event in visit.events)
    return f"{views if views < 3 else '3+'}.{engaged}.{'y' if interactive else 'n'}"


def is_bounce(visit: BruteVisit) -> bool:
    """One pageview, no interactive custom event."""
    return shape_of(visit)[0] == "1" and shape_of(visit).endswith("n")


def own_fields(event: Event) -> list[str]:
    """The rows an event counts in by itself."""
    names = [f"page={event.page or '(none)'}", f"hostname={event.hostname or '(none)'}"]
    if event.type not in SIGNALS:
        names.append(f"event={event.type}")
        names += [f"prop:{key}={value or '(none)'}" for key, value in (event.props or {}).items()]
    return names


def told_fields(event: Event) -> list[str]:
    """The rows of what a signal tells: every measure up to the first edge that is not below it; what went wrong."""
    props = event.props or {}
    if event.type == "error":
        return [f"error={props.get('message') or '(none)'}"]
    if event.type != "vitals":
        return []
    units = {name: round(float(text) * (10_000 if name == "cls" else 1)) for name, text in props.items()}
    return [f"vitals={name.upper()}.{min(edge for edge in EDGES if edge >= n)}" for name, n in units.items()]


def brute(persons: dict[int, list[Event]], zone: str) -> Rows:
    """Day -> field -> METRICS of everything, rows of zeros left out."""
    rows: defaultdict[str, defaultdict[str, defaultdict[str, int]]] = defaultdict(
        lambda: defaultdict(lambda: defaultdict(int))
    )
    distinct: set[tuple[str, str, int]] = set()
    for person, events in persons.items():
        visits, lost = visits_of(events)
        for event in lost:
            rows[local_day(event.time, zone)]["dropped=no_visit"]["events"] += 1
        for visit in visits:
            _visit(rows, distinct, person, visit, zone)
            for event in visit.signals if visit.events[0].class_ == "human" else ():
                for name in told_fields(event):
                    rows[local_day(event.time, zone)][name]["events"] += 1
    for day, name, _ in distinct:
        rows[day][name]["visitors"] += 1
    return {
        day: {name: [values[m] for m in METRICS] for name, values in of_day.items() if any(values.values())}
        for day, of_day in rows.items()
    }


def _visit(rows, distinct, person: int, visit: BruteVisit, zone: str) -> None:  # type: ignore[no-untyped-def]
    first, last = visit.events[0], visit.events[-1]
    human, begun = first.class_ == "human", local_day(first.time, zone)
    labels = [f"class={first.class_}"]
    if human:
        labels += [f"{name}={value}" for name, value in dims_of(visit).items()]
        rows[begun][f"shape={shape_of(visit)}"]["visits"] += 1
    for label in [*labels, f"step={first.class_}.{step_of(first.time, zone)}"]:
        rows[begun][label]["visits"] += 1
        rows[begun][label]["bounces"] += is_bounce(visit)
        rows[begun][label]["duration"] += last.time - first.time
    for event in visit.events:
        day, step = local_day(event.time, zone), step_of(event.time, zone)
        quarter = f"step={event.class_}.{step}"
        for name in [*labels, quarter, *(own_fields(event) if human else [])]:
            rows[day][name]["pageviews"] += event.type == "pageview"
            rows[day][name]["events"] += 1
            distinct.add((day, name, person))
        distinct.add((day, f"hour={event.class_}.{hour_of(event.time, zone)}", person))
        if human and event.currency:
            rows[day][f"revenue={event.currency}.{event.type}"]["events"] += 1
            rows[day][f"revenue={event.currency}.{event.type}"]["revenue"] += event.amount
    if human:
        for name in {name for event in visit.events for name in own_fields(event)}:
            rows[begun][name]["visits"] += 1
    depths: dict[tuple[str, str], int] = {}
    for event in visit.signals:
        if event.type != "engagement":
            continue
        day = local_day(event.time, zone)
        names = [*labels, f"step={event.class_}.{step_of(event.time, zone)}"]
        for name in [*names, *(own_fields(event) if human else [])]:
            rows[day][name]["engaged"] += event.engaged
        if human and event.scroll >= 0:
            key = (day, f"page={event.page}")
            depths[key] = max(depths.get(key, -1), event.scroll)
    for (day, name), depth in depths.items():
        rows[day][name]["scroll"] += depth
        rows[day][name]["scrolled"] += 1
