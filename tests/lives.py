"""A seed in, months of small random traffic in Redis out; and everything `Traffic` tells about them, to be compared."""

from __future__ import annotations

import random
from collections.abc import Iterable
from pathlib import Path

import pandas as pd
import redis as redis_py
import snapshots
from brute import local_day, midnight
from made import SITE, apply
from test_truth import event

from collector.jobs.lease import Lease
from collector.jobs.rebuild import marked_days, rebuild
from collector.jobs.tend import Tended, Tender
from common import keys
from common.archive import Archive
from common.calendars import calendar
from common.events import EVENT_DIMENSIONS, PATH_DIMENSIONS, VISIT_DIMENSIONS, Event
from common.frames import Traffic
from common.known import Known, encode
from common.settings import Settings

MINUTE, HOUR = 60_000, 3_600_000
DIMENSIONS = (*EVENT_DIMENSIONS, *PATH_DIMENSIONS, *VISIT_DIMENSIONS, "class", "prop:plan")


def random_traffic(zone: str, first: int, days: int, seed: int, a_day: int = 25) -> list[list[Event]]:
    """Events day by day: persons who come at any time, often around midnight, and look at a few pages."""
    draw, seq, out, over = random.Random(seed), 0, [], midnight(keys.iso(first + days), zone)
    for day in range(first, first + days):
        events: list[Event] = []
        start = midnight(keys.iso(day), zone)
        while len(events) < a_day:
            time = start + draw.choice((draw.randrange(23 * HOUR), 23 * HOUR + draw.randrange(HOUR)))
            person = draw.randrange(6)
            for _ in range(draw.randrange(1, 6)):
                seq += 1
                events.append(event(zone, person, time, seq, draw))
                time += draw.choice((1_000, 5 * MINUTE, 25 * MINUTE, 40 * MINUTE))
        out.append(sorted((item for item in events if item.time < over), key=lambda item: item.time))
    return out


def load(client: redis_py.Redis, zone: str, parts: Iterable[list[Event]]) -> None:
    """Flush them, and make marked days again, as the background does."""
    client.hset(keys.sites(), SITE.site, encode(Known(zone, 1)))
    for part in parts:
        apply(client, part, zone)
    if marked := marked_days(client, SITE):
        rebuild(client, SITE, marked, zone, max(item.time for part in parts for item in part))


def tend(
    client: redis_py.Redis, data: Path | Settings, zone: str, now: int, raw_days: int = 30, raw_bytes: int = 0
) -> Tended:
    """The daily job at `now`."""
    with Lease(client, SITE) as lease:
        return Tender(lease, zone, Archive.open(chosen(data)), now).run(raw_days, raw_bytes)


def tended(
    client: redis_py.Redis, data: Path, zone: str, first: int, days: int, seed: int, a_day: int, now: int, raw_days: int
) -> None:
    """Random traffic after its daily job, in an empty Redis and folder: made once, then put back."""
    snapshots.again(_tended, client, data, zone, first, days, seed, a_day, now, raw_days)


def _tended(
    client: redis_py.Redis, data: Path, zone: str, first: int, days: int, seed: int, a_day: int, now: int, raw_days: int
) -> None:
    load(client, zone, random_traffic(zone, first, days, seed, a_day))
    assert tend(client, data, zone, now, raw_days).faults == []


def traffic(client: redis_py.Redis, data: Path | Settings) -> Traffic:
    """A reader without anything kept."""
    return Traffic(site=SITE.site, client=client, settings=chosen(data))


def chosen(data: Path | Settings) -> Settings:
    """Settings of a data folder."""
    return data if isinstance(data, Settings) else Settings(data=data)


def told(
    client: redis_py.Redis, data: Path | Settings, first: int, last: int, deep: bool = True
) -> dict[str, pd.DataFrame]:
    """All that is told about the days from first to last."""
    t, start, end = traffic(client, data), keys.iso(first), keys.iso(last)
    found: dict[str, pd.DataFrame] = {"totals": t.totals(start, end).to_frame().T}
    found |= {f"series {grain}": t.series(start, end, grain) for grain in ("15min", "hour", "day", "week", "month")}
    found |= {name: t.breakdown(name, start, end) for name in DIMENSIONS}
    found |= {"dropped": t.dropped(start, end), "shapes": t.shapes(start, end), "revenue": t.revenue(start, end)}
    found |= {"vitals": t.vitals(start, end), "errors": t.errors(start, end)}
    if deep:
        where = {"country": "DE", "device": "Mobile"}
        found["where totals"] = t.totals(start, end, where).to_frame().T
        found["where series"] = t.series(start, end, "day", {**where, "page": "/docs"})
        found["where page"] = t.breakdown("page", start, end, {"event": "Signup"})
        found["where vitals"] = t.vitals(start, end, where, by="page")
        found["where errors"] = t.errors(start, end, where)
        found["visits"] = t.visits(start, end).drop(columns=["visit"], errors="ignore")
        found["events"] = t.events(start, end).drop(columns=["visit"], errors="ignore")
    return found


def same(found: dict[str, pd.DataFrame], expected: dict[str, pd.DataFrame], ids: bool = True) -> None:
    """Raises AssertionError naming the frame that differs. Without `ids`, visitors may: they settle once."""
    assert found.keys() == expected.keys()
    for name, wanted in expected.items():
        frame, other = wanted, found[name]
        if not ids:
            drop = [column for column in ("visitors", "visitor") if column in frame]
            keyed = [column for column in frame.columns if column not in drop]
            frame, other = (one.drop(columns=drop).sort_values(keyed[:1], kind="stable") for one in (frame, other))
        try:
            pd.testing.assert_frame_equal(
                other.reset_index(drop=True), frame.reset_index(drop=True), check_dtype=False, check_like=True
            )
        except AssertionError as error:
            raise AssertionError(f"{name}: {error}") from error


def zone_day(zone: str, time: int) -> int:
    """The local day of a time."""
    return calendar(zone).day(time)


__all__ = ["local_day"]
