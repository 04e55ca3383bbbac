"""A file of the archive, or a field of closed days, that cannot be read: told in a line; nobody else has to wait."""

from __future__ import annotations

from pathlib import Path

import lives
import pytest
import redis as redis_py
from lives import load, random_traffic, same, tend, told, traffic
from made import SITE, apply, event, ms

from collector.jobs.fold import open_days
from collector.jobs.months import closed_months
from collector.jobs.rebuild import marked_days, rebuild
from common import keys, manifest, parquet
from common.archive import Archive, ArchiveError
from common.dense import Damaged, NewerVersion
from common.history import History
from common.keys import iso, ordinal
from common.raw import read_day
from common.settings import Settings
from common.store import StoreError

FIRST = ordinal("2026-01-20")
DAYS = 81  # to 2026-04-10: January, February and March are over
NOW = ms("2026-04-10 16:00")
TODAY = ordinal("2026-04-10")
RAW_DAYS = 5
FEBRUARY, MARCH = ("2026-02-01", "2026-02-28"), ("2026-03-01", "2026-03-31")
CUT = ("2026-02-03", "2026-02-20")
WHERE = {"country": ["DE", "NP", "(none)"], "device": "Mobile"}


@pytest.fixture
def lived(redis: redis_py.Redis, tmp_path: Path) -> Path:
    """Three closed months in an archive; its folder."""
    lives.tended(redis, tmp_path, "UTC", FIRST, DAYS, seed=9, a_day=6, now=NOW, raw_days=RAW_DAYS)
    assert closed_months(redis, SITE) == {"2026-01", "2026-02", "2026-03"}
    return tmp_path


def file_of(redis: redis_py.Redis, data: Path, month: str, kind: str) -> Path:
    """A month's file of a kind."""
    files = manifest.files(redis, SITE).items()
    return data / "archive" / next(name for name, file in files if file.kind == kind and month in file.months)


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def newer(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Write it anew, as a later Footfall would."""
    table, kind = parquet.decode(path), manifest.EVENTS if "/events-" in str(path) else manifest.ROWS
    with monkeypatch.context() as patched:
        patched.setattr(parquet, "SCHEMA", parquet.SCHEMA + 1)
        path.write_bytes(parquet.encode(table, kind))


def spoil(path: Path, how: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Do that to it; what has to be said about it."""
    if how == "truncated":
        truncate(path)
        return "damaged ("
    if how == "gone":
        path.unlink()
        return "there is no such file; restore it from a backup of the archive"
    newer(path, monkeypatch)
    return "written by a newer Footfall; update this one"


def kept(redis: redis_py.Redis) -> int:
    """Raw events in Redis."""
    return sum(len(read_day(redis, SITE, day)) for day in range(FIRST, FIRST + DAYS + 1))


def events_of(redis: redis_py.Redis, data: Path) -> object:
    """As jobs read them."""
    days = range(ordinal(FEBRUARY[0]), ordinal(FEBRUARY[1]) + 1)
    return History(redis, Archive.open(Settings(data=data))).events(SITE, days)


def told_in_a_line(text: str, path: Path, what: str) -> None:
    assert text.startswith(f"archive {path.parents[2] if 'day=' not in str(path) else path.parents[3]}: ")
    assert path.name in text
    assert what in text
    assert "\n" not in text


HOWS = ["truncated", "gone", "newer"]


@pytest.mark.parametrize("how", HOWS)
def test_a_file_of_events(redis: redis_py.Redis, lived: Path, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    path = file_of(redis, lived, "2026-02", manifest.EVENTS)
    t = traffic(redis, lived)
    march, rollups = t.totals(*MARCH, WHERE), told(redis, lived, FIRST, TODAY, deep=False)
    what = spoil(path, how, monkeypatch)
    t = traffic(redis, lived)
    for ask in (t.totals, t.visits, t.events):
        with pytest.raises(ArchiveError) as raised:
            ask(*FEBRUARY, where=WHERE)
        told_in_a_line(str(raised.value), path, what)
    assert t.totals("2026-03-03", MARCH[1], WHERE)["pageviews"] > 0
    assert march.equals(t.totals("2026-03-02", MARCH[1], WHERE)) or march["pageviews"] > 0
    same(told(redis, lived, FIRST, TODAY, deep=False), rollups)
    # Rebuilt it cannot be; and nothing changes.
    version = redis.hget(SITE.dense(), keys.VERSION)
    assert version
    with pytest.raises(StoreError) as raised:
        rebuild(redis, SITE, [ordinal(day) for day in CUT], "UTC", NOW, archive=Archive.open(Settings(data=lived)))
    told_in_a_line(str(raised.value), path, what)
    same(told(redis, lived, FIRST, TODAY, deep=False), rollups)


def test_a_bit_that_flipped(redis: redis_py.Redis, lived: Path) -> None:
    """Wherever it is: the file's name is told, not what a library stumbles over, nor figures that are another's."""
    path = file_of(redis, lived, "2026-02", manifest.EVENTS)
    whole, known = path.read_bytes(), events_of(redis, lived)
    for at in range(100, len(whole), len(whole) // 24):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        with pytest.raises(StoreError) as raised:
            traffic(redis, lived).events(*FEBRUARY)
        told_in_a_line(str(raised.value), path, "restore it from a backup of the archive")
        try:
            assert events_of(redis, lived) == known, at
        except StoreError as error:
            told_in_a_line(str(error), path, "restore it from a backup of the archive")


@pytest.mark.parametrize("how", HOWS)
def test_a_file_of_rows(redis: redis_py.Redis, lived: Path, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    path = file_of(redis, lived, "2026-02", manifest.ROWS)
    before = told(redis, lived, ordinal(FEBRUARY[0]), ordinal(FEBRUARY[1]))
    what = spoil(path, how, monkeypatch)
    t = traffic(redis, lived)
    with pytest.raises(ArchiveError) as raised:
        t.breakdown("page", *CUT)
    told_in_a_line(str(raised.value), path, what)
    assert t.totals(*CUT)["pageviews"] > 0
    assert len(t.series(*CUT, "hour")) == 18 * 24
    same(told(redis, lived, ordinal(FEBRUARY[0]), ordinal(FEBRUARY[1])), before)
    assert len(t.breakdown("page", "2026-03-05", "2026-03-07")) > 0
    with pytest.raises(ArchiveError) as raised:
        rebuild(redis, SITE, [ordinal(CUT[0])], "UTC", NOW, archive=Archive.open(Settings(data=lived)))
    told_in_a_line(str(raised.value), path, what)
    same(told(redis, lived, ordinal(FEBRUARY[0]), ordinal(FEBRUARY[1])), before)


@pytest.mark.parametrize(
    ("how", "kind"),
    [
        ("truncated", manifest.EVENTS),
        ("truncated", manifest.ROWS),
        ("gone", manifest.ROWS),
        ("newer", manifest.EVENTS),
    ],
)
def test_the_daily_job_goes_on_with_everything_else(
    redis: redis_py.Redis, lived: Path, monkeypatch: pytest.MonkeyPatch, how: str, kind: str
) -> None:
    """Late events of three closed months, one of which cannot be read; and two new days, with visits over midnight."""
    late = {ordinal(day): event(500 + n, ms(f"{day} 12:00"), "/late") for n, day in enumerate(
        ("2026-01-25", "2026-02-10", "2026-03-10"))}  # fmt: skip
    new = random_traffic("UTC", TODAY + 1, 6, seed=3)
    load(redis, "UTC", new)
    apply(redis, late.values())
    before = told(redis, lived, FIRST, TODAY + 6, deep=False)
    path = file_of(redis, lived, "2026-02", kind)
    original = path.read_bytes()
    what = spoil(path, how, monkeypatch)
    now = ms("2026-04-16 16:00")
    for _ in range(2):
        done = tend(redis, lived, "UTC", now, RAW_DAYS)
        assert 0 < len(done.faults) <= 2
        for fault in done.faults:
            told_in_a_line(fault, path, what)
        today = ordinal("2026-04-16")
        day = ordinal("2026-02-10")
        assert [one for one in open_days(redis, SITE) if keys.month(one) != "2026-02"] == [today - 1, today]
        assert day in open_days(redis, SITE)
        assert {"2026-01", "2026-03"} <= closed_months(redis, SITE)
        # What was folded was settled before, and what could not be is still there.
        settled = [e for one in range(TODAY - RAW_DAYS, today - 1) for e in read_day(redis, SITE, one)]
        assert settled
        assert not any(e.before for e in settled)
        assert len(read_day(redis, SITE, day)) == 1
        same(told(redis, lived, FIRST, TODAY + 6, deep=False), before, ids=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(original)
    done = tend(redis, lived, "UTC", now, RAW_DAYS)
    assert done.faults == []
    assert marked_days(redis, SITE) == []
    same(told(redis, lived, FIRST, TODAY + 6, deep=False), before, ids=False)
    found = History(redis, Archive.open(Settings(data=lived))).events(SITE, late)
    for one, made in late.items():
        assert [e.page for e in found[one]].count("/late") == 1, iso(one)
        assert made.page == "/late"


@pytest.mark.parametrize("field", ["2026-02", "2026-04-03"])
def test_a_blob(redis: redis_py.Redis, lived: Path, field: str) -> None:
    """Of a newer version it is left alone; a damaged one is made again from events."""
    before = told(redis, lived, FIRST, TODAY)
    blob = redis.hget(SITE.dense(), field)
    span = FEBRUARY if field == "2026-02" else ("2026-04-03", "2026-04-03")
    day = ordinal(span[0])
    archive = Archive.open(Settings(data=lived))
    redis.hset(SITE.dense(), field, blob[:3] + b"\xff" + blob[4:])
    with pytest.raises(NewerVersion, match=rf"^example.com, {field}: .* newer Footfall; update this one$"):
        traffic(redis, lived).breakdown("page", *span)
    assert traffic(redis, lived).breakdown("page", *MARCH)["pageviews"].sum() > 0
    if field != "2026-02":  # a month's days are read from its file
        with pytest.raises(NewerVersion):
            rebuild(redis, SITE, [day], "UTC", NOW, archive=archive)
    redis.hset(SITE.dense(), field, blob[: len(blob) // 2])
    with pytest.raises(Damaged, match=rf"^example.com, {field}: .* damaged: run `python -m collector rebuild`$"):
        traffic(redis, lived).breakdown("page", *span)
    rebuild(redis, SITE, [day], "UTC", NOW, archive=archive)
    same(told(redis, lived, FIRST, TODAY), before)
