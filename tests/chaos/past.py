"""A rig in, days of the past filled with events that are known one by one out; and commands beside its traffic."""

from __future__ import annotations

import subprocess
import sys
import time

import redis

from collector.append import Appender
from collector.jobs.rebuild import marked_days, rebuild
from collector.trim import finished
from common import keys
from common.archive import Archive
from common.events import VISIT_DIMENSIONS, Event
from common.frames import Traffic
from common.keys import Shard
from common.known import Known, encode
from common.settings import Settings
from tests.chaos.clock import DAY, MINUTE
from tests.chaos.process import ROOT
from tests.chaos.rig import MARK, Rig
from tests.chaos.sender import SITE

SHARD = Shard(SITE)
COUNTRIES = ("DE", "FR", "NP")
PAGES = 50
_EPOCH = 719_163


def today() -> int:
    """The ordinal of the current day, UTC."""
    return time.time_ns() // 1_000_000 // DAY + _EPOCH


def event(day: int, number: int) -> Event:
    """The `number`th event of a day; its title says which it is."""
    dims = dict.fromkeys(VISIT_DIMENSIONS, "") | {"source": "(direct)", "country": COUNTRIES[number // 3 % 3]}
    return Event(
        time=(day - _EPOCH) * DAY + 10 * MINUTE + number % 1_000 * MINUTE,
        seq=number,
        visitor=day * 1_000_000 + number // 3,
        before=0,
        type="pageview",
        class_="human",
        page=f"/{number % PAGES}",
        hostname=SITE,
        title=f"{day}.{number}",
        **dims,
    )


def append(appender: Appender, day: int, numbers: range) -> set[str]:
    """Add events to a day as an import does; their titles."""
    events = [event(day, number) for number in numbers]
    appender.append(SHARD, f"{day}.{numbers.start}", {day: events}, time.time_ns() // 1_000_000, "UTC")
    return {one.title for one in events}


def remember(client: redis.Redis) -> None:
    """Make the site known; its daily job of today counts as done, so that only jobs of the scenario run."""
    client.hset(keys.sites(), SITE, encode(Known("UTC", 1)))
    finished(client, SHARD, "UTC", time.time_ns() // 1_000_000, Settings().trim_hour)


def rebuild_marked(client: redis.Redis, archive: Archive | None = None) -> None:
    """Make marked days again."""
    now = time.time_ns() // 1_000_000
    rebuild(client, SHARD, marked_days(client, SHARD), "UTC", now, archive=archive)


def command(rig: Rig, *words: str) -> subprocess.Popen[bytes]:
    """`python -m collector ...` with the settings of the rig's first collector."""
    with (rig.folder / "commands.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "collector", *words],
            cwd=ROOT,
            env={"PATH": "/usr/bin:/bin", **rig.collector().environ, MARK: str(rig.folder)},
            stdout=log,
            stderr=log,
        )


def done(rig: Rig, *words: str) -> None:
    """The same, and it has to go well."""
    assert command(rig, *words).wait(300) == 0, f"{words} failed"


def traffic(rig: Rig, client: redis.Redis) -> Traffic:
    """A reader that keeps nothing from before."""
    return Traffic(site=SITE, client=client, settings=settings(rig))


def settings(rig: Rig) -> Settings:
    """Of everything that reads the rig's data in this process."""
    return Settings(sites={SITE: "UTC"}, data=rig.data)
