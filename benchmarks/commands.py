"""A busy site, an idle one and a look at the explorer in; Redis commands by event, hour and month out.

Counted by the server itself (INFO commandstats), so nobody's commands are left out, those of scripts included.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from unittest.mock import patch

from benchmarks import load, paced, shown, traffic
from benchmarks.served import Place, collecting
from benchmarks.traffic import SITE, Shape
from collector import trimming

KEYS = ("commands_per_event_1m_h", "commands_idle_hour", "commands_month_busy")
EVENTS_AN_HOUR = 1_000_000
#: What a month of a free tier's memory and bandwidth is good for; the events of one ordinary busy site.
EVENTS_A_MONTH = 30_000_000
#: What a month is taken for: the longest, with so many openings a day, each looked at for so many s.
DAYS, OPENINGS, STAY = 31, 20, 60
_SHAPE = Shape(2)  # most batches are a pageview, or what came with it
_DAY = 86_400_000


def measure(quick: bool) -> dict[str, float]:
    """The figures of this part. While it lasts, another site is left alone: the idle one."""
    with tempfile.TemporaryDirectory(prefix="footfall-commands-") as name:
        folder = Path(name)
        pools = {shape: traffic.write(folder / f"{shape}.txt", Shape(shape)) for shape in (2, 10)}
        with (
            collecting(folder / "idle", [SITE], core=None, FOOTFALL_FLUSH_SECONDS="60") as idle,
            shown.explorer(folder / "idle", FOOTFALL_FLUSH_SECONDS="60"),
        ):
            paced.send(idle.port, pools[2], 0, 100)
            idle.quiet()
            idle.reset()
            begun = time.monotonic()
            figures = _busy(folder / "busy", pools[2], quick)
            figures |= {"commands_a_daily_job": _daily_job(folder / "day", pools[10], quick)}
            figures |= _opening(quick)
            hours = (time.monotonic() - begun) / 3_600
            figures["commands_idle_hours_watched"] = hours
            seen = idle.commands()
            *_, job = (_jobs(idle, after) for after in (1, 2, 3, 4))  # the last finds nothing to do
            figures["commands_idle_hour"] = seen / hours + job / 24
    looks = OPENINGS * (figures["commands_an_opening"] + figures["commands_a_minute_open"] * STAY / 60)
    rest = DAYS * (looks + figures["commands_a_daily_job"])
    for key, of in (("commands_month_busy", "commands_a_flush"), ("commands_month_1m_h", "commands_a_flush_1m_h")):
        figures[key] = DAYS * 1_440 * figures[of] + rest
    return figures


def _busy(folder: Path, pool: Path, quick: bool) -> dict[str, float]:
    """A million events an hour, a flush a minute; quick: the same events to a flush, and a flush every five seconds."""
    every, flushes = (5, 2) if quick else (60, 3)
    events_a_flush = EVENTS_AN_HOUR / 60
    with collecting(folder, [SITE], core=None, FOOTFALL_FLUSH_SECONDS=str(every)) as place:
        paced.send(place.port, pool, 0, 10)
        place.quiet()
        place.reset()
        events = _flushed(place, pool, events_a_flush, every, flushes)
        busiest = place.commands()
        place.reset()
        more = _flushed(place, pool, EVENTS_A_MONTH / DAYS / 1_440, every, 2)
        ordinary, scripts = place.commands(), place.commands_by_name()["evalsha"]
        today = str(place.traffic(SITE).today())
        found = place.traffic(SITE).totals(today, today)["pageviews"]
        if found != events + more + 10 * _SHAPE.events:
            raise AssertionError(f"{events + more} events sent, {found:.0f} counted")
    return {
        "commands_per_event_1m_h": busiest / events,
        "commands_a_flush_1m_h": busiest / events * events_a_flush,
        "commands_a_flush": ordinary / scripts,
    }


def _flushed(place: Place, pool: Path, events_a_flush: float, every: int, flushes: int) -> int:
    """Events that were sent at an even pace for so many flushes, and applied."""
    rate = events_a_flush / every / _SHAPE.events
    events = paced.send(place.port, pool, rate, every * flushes).requests * _SHAPE.events
    place.applied()
    return events


def _daily_job(folder: Path, pool: Path, quick: bool) -> float:
    """Commands of the daily job after a day with a million events: of the costliest of the three days after it."""
    with collecting(folder, [SITE], core=None) as place:
        sent = 0
        while sent < (20_000 if quick else 1_000_000):
            sent += 10 * load.run(place.port, pool, 1 if quick else 5).requests
        place.quiet()
        return max(_jobs(place, after) for after in (1, 2, 3))


def _jobs(place: Place, days: int) -> int:
    """Commands of the daily job as it would run so many days from now."""
    now: Callable[[], int] = lambda: time.time_ns() // 1_000_000 + days * _DAY  # noqa: E731
    place.reset()
    with (
        patch.dict("os.environ", place.environ | {"FOOTFALL_REDIS_URL": place.url}),
        patch.object(trimming, "now_ms", now),
    ):
        try:
            trimming.command.main(["--quiet", "--if-due"], standalone_mode=False)
        except SystemExit as ended:
            if ended.code:
                raise AssertionError("the daily job left something undone") from ended
    return place.commands()


def _opening(quick: bool) -> dict[str, float]:
    """The overview of 30 days opened and looked at, then a page chosen; the demo, tended as a collector does."""
    days, stay = (30, 5) if quick else (90, STAY)  # looked at for a whole one, since it asks once a flush
    opened, minutes, clicks = [], [], []
    with (
        collecting(shown.demo(days), [shown.SITE], collectors=0) as place,
        shown.explorer(place.settings.data, FOOTFALL_FLUSH_SECONDS="60") as address,
        shown.browser() as browser,
    ):
        _jobs(place, 0)
        for turn in range(2 if quick else 3):  # the first fills the caches of closed days, as one of a day's does
            with shown.tab(browser) as page:
                place.reset()
                shown.open_overview(page, address)
                opened.append(place.commands())
                place.reset()
                page.wait_for_timeout(1_000 * stay)
                minutes.append(place.commands() * 60 / stay)
                place.reset()
                shown.choose_row(page, 3 * turn)
                clicks.append(place.commands())
    first, *later = opened
    return {
        "commands_an_opening": (first + (OPENINGS - 1) * median(later)) / OPENINGS,
        "commands_a_minute_open": median(minutes),
        "commands_a_click": median(clicks),
    }
