"""What a month's hash says of Redis commands in; sums by purpose, a projection and whether a budget holds out. Pure.

Each process counts what it sends. Besides, the server's own total is noted, the commands of everybody and of scripts
included: what nobody counted of it is `other`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Literal, NamedTuple

#: What commands are for -> what a page calls it.
PURPOSES = {
    "flush": "Writing events",
    "read": "Explorer and notebooks",
    "salts": "Salts and new sites",
    "rebuild": "Rebuilding days",
    "trim": "Daily job",
    "import": "Imports",
    "health": "Health checks and metrics",
    "other": "Everybody else",
}
OTHER = "other"
#: What happens once tells nothing about the days to come.
_ONCE = ("import",)
#: The days before today whose rate is taken for the rest of the month.
_WINDOW = 7
_HOUR, _DAY = 3_600_000, 86_400_000
_BASE = "base"


class Reading(NamedTuple):
    """The server's own count: of which of its runs, all commands since then, and when (ms) it began."""

    run: str
    total: int
    began: int


class Verdict(NamedTuple):
    """Whether the month's commands stay within the budget."""

    kind: Literal["unlimited", "fine", "ahead", "exceeded"]
    used: int
    projected: int
    budget: int  #: 0: none is set
    on: date | None  #: when it ends, as far as that lies in this month


@dataclass(frozen=True)
class Month:
    """Commands of one UTC month, by day (ordinal)."""

    name: str
    counted: dict[int, dict[str, int]] = field(default_factory=dict)
    seen: dict[int, int] = field(default_factory=dict)  #: what the server saw, own and others' commands
    since: int = 0  #: ms when counting began, 0 where nothing was counted

    @property
    def used(self) -> int:
        """All commands of the month."""
        return sum(self.purposes().values())

    def purposes(self) -> dict[str, int]:
        """Commands by purpose, in the order of PURPOSES, those without any left out."""
        sums: dict[str, int] = dict.fromkeys(PURPOSES, 0)
        for day in self.counted.values():
            for purpose, commands in day.items():
                sums[purpose if purpose in PURPOSES else OTHER] += commands
        sums[OTHER] += max(0, sum(self.seen.values()) - sum(sums.values()))
        return {purpose: commands for purpose, commands in sums.items() if commands}

    def days(self) -> dict[int, int]:
        """Commands by day."""
        found = {day: sum(counts.values()) for day, counts in self.counted.items()}
        return {day: max(found.get(day, 0), self.seen.get(day, 0)) for day in sorted(found.keys() | self.seen.keys())}


def month_of(now: int) -> str:
    """The UTC month of a time in ms, as 2026-11."""
    return f"{datetime.fromtimestamp(now / 1000, UTC):%Y-%m}"


def month_before(name: str) -> str:
    """The month before 2026-11."""
    return f"{date.fromordinal(_first(name) - 1):%Y-%m}"


def month_end(name: str) -> int:
    """The ms at which the month is over."""
    return _start(_first(month_of(_start(_first(name) + 31))))


def field_of(now: int, purpose: str) -> str:
    """The field that counts a purpose on the UTC day of `now` (ms)."""
    return f"{utc_day(now) - _first(month_of(now)) + 1:02}:{purpose}"


def reading_fields(reading: Reading, now: int) -> tuple[tuple[str, str], tuple[str, str]]:
    """Field and value of a reading, and of the run's base, which is written once a month.

    A run that began in this month counts whole; of an older one what comes after the first reading does.
    """
    fresh = month_of(reading.began) == month_of(now)
    base = f"0 {reading.began}" if fresh else f"{reading.total} {now}"
    return (field_of(now, f"@{reading.run}"), str(reading.total)), (f"{_BASE}:@{reading.run}", base)


def read_month(name: str, stored: Mapping[bytes, bytes], readings: Sequence[Reading] = (), now: int = 0) -> Month:
    """The month's hash, with what the servers say at this moment (`now` in ms) where that is known."""
    fields = {text.decode(): value.decode() for text, value in stored.items()}
    for reading in readings:
        (latest, count), (base, begin) = reading_fields(reading, now)
        fields = {base: begin, **fields, latest: count}
    counted: dict[int, dict[str, int]] = {}
    totals: dict[str, dict[int, int]] = {}
    bases: dict[str, tuple[int, int]] = {}
    for text, value in fields.items():
        head, _, tail = text.partition(":")
        if head == _BASE:
            least, _, began = value.partition(" ")
            bases[tail] = int(least), int(began)
        elif tail.startswith("@"):
            totals.setdefault(tail, {})[_first(name) + int(head) - 1] = int(value)
        else:
            counted.setdefault(_first(name) + int(head) - 1, {})[tail] = int(value)
    seen: dict[int, int] = {}
    for run, days in totals.items():
        last = bases.get(run, (0, 0))[0]
        for day, total in sorted(days.items()):
            # The server's statistics were reset: it counts from zero again.
            seen[day] = seen.get(day, 0) + (total - last if total >= last else total)
            last = total
    since = min((began for _, began in bases.values()), default=0)
    first = min(counted, default=0)
    if first and (not since or first < utc_day(since)):  # what processes counted before this server began
        since = _start(first)
    return Month(name, counted, seen, since)


def rate(months: Sequence[Month], now: int) -> float:
    """Commands a day that can be expected to go on: of today and the week before, imports left out."""
    since = min((month.since for month in months if month.since), default=now)
    begin = max(_start(utc_day(now) - _WINDOW), since)
    commands = 0
    for month in months:
        days = month.days()
        for day in range(utc_day(begin), utc_day(now) + 1):
            once = sum(month.counted.get(day, {}).get(purpose, 0) for purpose in _ONCE)
            commands += days.get(day, 0) - once
    return commands * _DAY / max(now - begin, _HOUR)


def judge(months: Sequence[Month], budget: int, now: int) -> Verdict:
    """The last of these months against a budget; 0: there is none. The one before tells the rate of its first days."""
    used, a_day = months[-1].used, rate(months, now)
    ends = month_end(month_of(now))
    projected = used + round(a_day * (ends - now) / _DAY)
    if not budget:
        return Verdict("unlimited", used, projected, 0, None)
    if used > budget:
        return Verdict("exceeded", used, projected, budget, None)
    if projected <= budget:
        return Verdict("fine", used, projected, budget, None)
    return Verdict(
        "ahead", used, projected, budget, date.fromordinal(utc_day(now + int((budget - used) / a_day * _DAY)))
    )


def _first(name: str) -> int:
    return date.fromisoformat(f"{name}-01").toordinal()


def utc_day(now: int) -> int:
    """The UTC day (ordinal) of a time in ms."""
    return now // _DAY + _EPOCH


def _start(day: int) -> int:
    return (day - _EPOCH) * _DAY


_EPOCH = date(1970, 1, 1).toordinal()
