"""A zone's name and milliseconds in, local days and 15-minute steps out. Days are ordinals of `datetime.date`."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

STEP = 900_000
#: A visit ends after this many ms without an event or engagement.
PAUSE = 1_800_000
#: No visit is longer, so that a page that never sleeps cannot make one visit for ever.
LONGEST = 86_400_000


class Calendar:
    """Local days of one zone. A day begins at its first instant; its steps count 15 minutes from there."""

    def __init__(self, zone: str) -> None:
        self.zone = zone
        self._info = ZoneInfo(zone)
        self._starts: dict[int, int] = {}
        self._held = (0, 0, 0)  #: the day asked for last, its start and end; one value, since threads share it

    def start(self, day: int) -> int:
        """Ms at which a local day begins."""
        start = self._starts.get(day)
        if start is None:
            midnight = datetime.combine(date.fromordinal(day), datetime.min.time(), self._info)
            start = self._starts[day] = round(midnight.timestamp()) * 1000
        return start

    def day(self, time: int) -> int:
        """Ordinal of the local day that holds a time in ms."""
        return self._around(time)[0]

    def step(self, time: int) -> int:
        """Number of the 15-minute step within its local day: 0-95, to 99 on a day of 25 hours."""
        return (time - self._around(time)[1]) // STEP

    def place(self, time: int) -> tuple[int, int]:
        """Local day and step of a time, as `day` and `step` tell them."""
        day, start, _ = self._around(time)
        return day, (time - start) // STEP

    def _around(self, time: int) -> tuple[int, int, int]:
        held = self._held
        if not held[1] <= time < held[2]:
            local = datetime.fromtimestamp(time / 1000, UTC) + timedelta(hours=14)
            day = local.toordinal()
            while self.start(day) > time:
                day -= 1
            held = self._held = (day, self.start(day), self.start(day + 1))
        return held

    def steps(self, day: int) -> int:
        """How many steps a local day has: 96, or 92 or 100 where clocks change."""
        return -(-(self.start(day + 1) - self.start(day)) // STEP)

    @cache  # noqa: B019 - calendars live as long as the process
    def hours(self, day: int) -> tuple[int, ...]:
        """For every step of a day the step at which its hour bar begins; an hour that comes twice is two bars."""
        first: dict[tuple[int, int | None, timedelta | None], int] = {}
        bars = []
        for step in range(self.steps(day)):
            local = datetime.fromtimestamp((self.start(day) + step * STEP) / 1000, self._info)
            bars.append(first.setdefault((local.hour, local.fold, local.utcoffset()), step))
        return tuple(bars)

    @cache  # noqa: B019
    def hour_mask(self, day: int, step: int) -> int:
        """Bits of the steps that share an hour bar with this one."""
        bars = self.hours(day)
        return sum(1 << other for other, bar in enumerate(bars) if bar == bars[step])

    def today(self, now: int) -> int:
        """The local day at `now` ms."""
        return self.day(now)


@cache
def calendar(zone: str) -> Calendar:
    """The calendar of a zone, one per process."""
    return Calendar(zone)
