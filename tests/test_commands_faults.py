"""The commands over an archive that fails: exit codes, a line that says what to do, nothing dropped, done later."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
import redis as redis_py
from conftest import ROOT
from lives import load, random_traffic
from made import SITE

from collector.jobs.fold import open_days
from collector.jobs.months import closed_months
from common import keys, manifest, parquet
from common.archive import Archive
from common.calendars import calendar
from common.columns import slim
from common.history import History
from common.keys import iso
from common.parts import derived
from common.raw import read_day
from common.settings import Settings
from tests.chaos.disk import Disk

ENVIRON = {name: value for name, value in os.environ.items() if not name.startswith("FOOTFALL_")}
DAYS = 100
TODAY = calendar("UTC").day(time.time_ns() // 1_000_000)
FIRST = TODAY - DAYS + 1

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run(redis_url: str, tmp_path: Path) -> Run:
    """`python -m collector ...` with everything below a folder of the test's own."""

    def run(*words: str, limit: int = 0, **environ: str) -> subprocess.CompletedProcess[str]:
        chosen = {"FOOTFALL_REDIS_URL": redis_url, "FOOTFALL_DATA": str(tmp_path), "FOOTFALL_RAW_DAYS": "5"}
        command = [sys.executable, "-m", "collector", *words]
        limited = partial(resource.setrlimit, resource.RLIMIT_FSIZE, (limit, limit)) if limit else None
        return subprocess.run(
            command, cwd=ROOT, env=ENVIRON | chosen | environ, capture_output=True, text=True, timeout=120,
            check=False, preexec_fn=limited,
        )  # fmt: skip

    return run


@pytest.fixture
def lived(redis: redis_py.Redis) -> int:
    """Three whole months and more; how many events."""
    parts = random_traffic("UTC", FIRST, DAYS, seed=11, a_day=5)
    load(redis, "UTC", parts)
    return sum(map(len, parts))


def kept(redis: redis_py.Redis, data: Path | Settings) -> int:
    """Events wherever they lie."""
    settings = data if isinstance(data, Settings) else Settings(data=data)
    found = History(redis, Archive.open(settings)).events(SITE, range(FIRST - 1, TODAY + 2))
    return sum(map(len, found.values()))


def raw(redis: redis_py.Redis) -> int:
    return sum(len(read_day(redis, SITE, day)) for day in range(FIRST, TODAY + 1))


def told(done: subprocess.CompletedProcess[str], code: int, *words: str) -> list[str]:
    """The lines on stderr: each says who speaks, the first has all the words; no traceback."""
    lines = done.stderr.splitlines()
    assert done.returncode == code, done.stderr
    assert lines
    assert all(line.startswith("footfall: ") for line in lines), done.stderr
    for word in words:
        assert word in lines[0], lines
    return lines


def sizes(redis: redis_py.Redis, data: Path) -> dict[str, int]:
    """Bytes of the file of each month that is due."""
    history, due = History(redis, Archive.open(Settings(data=data))), range(FIRST, TODAY - 5)
    found = {}
    for month in sorted({keys.month(day) for day in due}):
        days = [day for day in keys.days_of(month) if day in due]
        table = derived(history, SITE, calendar("UTC"), days[0], days[-1])
        found[month] = parquet.encode(slim(table), manifest.EVENTS).size
    return found


def archived(redis: redis_py.Redis) -> set[str]:
    """Months with a file of events."""
    return {month for file in manifest.files(redis, SITE).values() if file.kind == "events" for month in file.months}


def test_a_file_too_large_in_mid_archive(redis: redis_py.Redis, run: Run, lived: int, tmp_path: Path) -> None:
    """As a quota of the process makes it: smaller files of earlier months are written and noted."""
    busy = keys.days_of(keys.month(FIRST + 45))
    more = random_traffic("UTC", busy[0], len(busy), seed=12, a_day=60)
    load(redis, "UTC", more)
    lived += sum(map(len, more))
    found = sizes(redis, tmp_path)
    largest, other = sorted(found, key=found.__getitem__)[-1:-3:-1]
    assert largest == keys.month(busy[0])
    done = run("trim", limit=(found[largest] + found[other]) // 2)
    told(done, 1, "example.com: archive ", f"month={largest}/", "larger than this process may write; raise its limit")
    assert archived(redis) == {month for month in found if month < largest}
    assert kept(redis, tmp_path) == lived
    assert not list(tmp_path.rglob("*.tmp"))
    assert open_days(redis, SITE) == [TODAY - 1, TODAY]
    done = run("trim")
    assert (done.returncode, done.stderr) == (0, "")
    assert archived(redis) == set(found)
    assert kept(redis, tmp_path) == lived


def test_a_full_disk(redis: redis_py.Redis, run: Run, lived: int, tmp_path: Path) -> None:
    disk = Disk(tmp_path)
    disk.fill("archive")
    done = run("trim", **disk.environ())
    told(
        done, 1, "example.com: archive ", "no space is left; free some or set FOOTFALL_ARCHIVE to a place that has more"
    )
    assert manifest.files(redis, SITE) == {}
    assert raw(redis) == lived
    assert open_days(redis, SITE) == [TODAY - 1, TODAY]
    disk.free("archive")
    done = run("trim", **disk.environ())
    assert (done.returncode, done.stderr) == (0, "")
    assert kept(redis, tmp_path) == lived
    assert closed_months(redis, SITE)


def test_a_store_that_cannot_be_reached(
    redis: redis_py.Redis, run: Run, lived: int, tmp_path: Path, free_port: Callable[[], int]
) -> None:
    where = f"s3://someone:hunter2@bucket/foot?endpoint_override=127.0.0.1:{free_port()}&scheme=http"
    away = {"FOOTFALL_ARCHIVE": where}
    begun = time.monotonic()
    done = run("trim", **away)
    lines = told(done, 1, "example.com: archive s3://bucket/foot: ", "cannot be reached; check endpoint_override")
    assert len(lines) == 1
    assert raw(redis) == lived
    assert run("trim").returncode == 0
    day = iso(FIRST + 20)
    for words in (("rebuild", "--days", day), ("export", "--out", str(tmp_path / "out"))):
        done = run(*words, **away)
        told(done, done.returncode or -1, "archive s3://bucket/foot: ", "cannot be reached")
    assert time.monotonic() - begun < 60
    assert "hunter2" not in done.stderr + done.stdout
    assert run("rebuild", "--days", f"{iso(TODAY - 1)}:{iso(TODAY)}", **away).returncode == 0
    assert kept(redis, tmp_path) == lived


def test_a_file_of_the_wrong_kind_of_version(redis: redis_py.Redis, run: Run, lived: int, tmp_path: Path) -> None:
    """A truncated file and a field of a newer version stop their own days; the others are made again."""
    assert run("trim").returncode == 0
    month = sorted(archived(redis))[1]
    days = keys.days_of(month)
    name = next(n for n, f in manifest.files(redis, SITE).items() if f.kind == "events" and month in f.months)
    path = tmp_path / "archive" / name
    path.write_bytes(path.read_bytes()[:-100])
    span = f"{iso(FIRST)}:{iso(TODAY)}"
    done = run("rebuild", "--days", span)
    told(done, 1, path.name, "damaged (", "restore it from a backup of the archive")
    again = set(open_days(redis, SITE))
    assert set(range(FIRST, days[0] - 1)) <= again
    assert set(range(days[-1] + 2, TODAY + 1)) <= again
    assert again.isdisjoint(days)
    assert run("trim").returncode == 0
    folded = TODAY - 3
    blob = redis.hget(SITE.dense(), iso(folded))
    redis.hset(SITE.dense(), iso(folded), blob[:3] + b"\xff" + blob[4:])
    done = run("rebuild", "--days", iso(folded))
    told(done, 1, f"example.com, {iso(folded)}: ", "written by a newer Footfall; update this one")
    assert redis.hget(SITE.dense(), iso(folded))[3] == 255
