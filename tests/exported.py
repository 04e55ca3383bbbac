"""Traffic with everything that an export has to bring back in Redis; commands run as a user runs them."""

from __future__ import annotations

import itertools
import random
from pathlib import Path

import pandas as pd
import redis as redis_py
import snapshots
from click.testing import CliRunner
from lives import load, random_traffic, tend, told, traffic
from made import SITE, ms
from msgspec.structs import replace

from collector import deleting, exporting, importing
from collector.batches import Batch
from collector.flush import Flusher, Numbered
from common import keys
from common.calendars import calendar
from common.events import Event

ZONE = "America/New_York"
FIRST = keys.ordinal("2026-02-25")
DAYS = 40  # to 2026-04-05: a whole month between two cut ones, and a change of clocks
LAST = FIRST + DAYS - 1
NOW = ms("2026-04-05 23:00", ZONE)
_collectors = itertools.count()
HOSTILE = (
    "=1+1",
    "'=1",
    "''",
    " @SUM(A1)",
    "-2+3",
    '"; DROP',
    "a,b;c\td",
    "two\nlines\r\nmore",
    "\u200b+x",
    "naïve 日本 🦊",
    "[](javascript:x)",
    "\x00nul",
)


def whole(client: redis_py.Redis, data: Path) -> None:
    """Days that are archived, folded and open, in closed and cut months; hostile texts, money, drops, local salts."""
    snapshots.again(make, client, data)


def make(client: redis_py.Redis, data: Path) -> None:
    """The same, made anew."""
    draw = random.Random(4)
    parts = [[_odd(event, draw) for event in part] for part in random_traffic(ZONE, FIRST, DAYS, seed=11)]
    load(client, ZONE, parts)
    for day in (FIRST + 3, FIRST + 20, LAST):
        drop(client, day, {"spam": 3, "invalid": day - FIRST})
    assert tend(client, data, ZONE, NOW, raw_days=5).faults == []


def drop(client: redis_py.Redis, day: int, reasons: dict[str, int]) -> None:
    """What was not counted on a day."""
    received = calendar(ZONE).start(day) + 3_600_000
    batch = Batch(SITE.site, ZONE, received, 0, [], reasons)
    Flusher(client, f"drop-{next(_collectors)}").apply(SITE, [Numbered(1, batch)], received)


def _odd(event: Event, draw: random.Random) -> Event:
    if draw.random() < 0.7:
        return event
    text = draw.choice(HOSTILE)
    event = replace(event, page=f"/{text}", title=text, utm_campaign=text, city=text, salt_local=draw.random() < 0.3)
    if event.type in ("pageview", "engagement"):
        return event
    if event.type == "click":
        return replace(event, target=text, x=-3, y=70_000)
    return replace(event, props={text: text, "plan": text} if draw.random() < 0.8 else {}, currency="EUR", amount=-5)


def everything(client: redis_py.Redis, data: Path, first: int = FIRST, last: int = LAST) -> dict[str, pd.DataFrame]:
    """All that is told."""
    t, span = traffic(client, data), (keys.iso(first), keys.iso(last))
    found = told(client, data, first, last)
    found |= {name: t.breakdown(name, *span) for name in t.properties(*span)}
    classes = {"class": ["human", "bot", "ai"]}
    found["all classes"] = t.events(*span, classes).drop(columns=["visit"], errors="ignore")
    found["over counted"] = pd.DataFrame({"n": [t.over_counted(*span)]})
    found["first"] = pd.DataFrame({"day": [t.first_day()]})
    return found


def ran(command: str, client: redis_py.Redis, data: Path, *arguments: str, code: int = 0) -> str:
    """What a command says; `code` is how it has to end."""
    of = {"export": exporting.command, "import": importing.command, "delete": deleting.command}[command]
    pool = client.connection_pool.connection_kwargs
    url = f"unix://{pool['path']}" if "path" in pool else f"redis://{pool['host']}:{pool['port']}/0"
    done = CliRunner().invoke(of, arguments, env={"FOOTFALL_REDIS_URL": url, "FOOTFALL_DATA": str(data)})
    assert done.exit_code == code, (done.output, done.exception)
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.output
