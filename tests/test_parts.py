"""Derived rows of days: each event once, wherever it lies; kept while nothing changes, in a file across processes."""

from __future__ import annotations

from pathlib import Path

import pytest
import redis as redis_py
from lives import load, random_traffic, tend
from made import SITE, apply, event, ms

from common import keys
from common.archive import Archive
from common.calendars import calendar
from common.history import History
from common.parts import Composer, Parts
from common.settings import Settings
from common.store import StoreError

FIRST = keys.ordinal("2026-03-01")
NOW = ms("2026-03-20 12:00")
DAYS = range(FIRST, FIRST + 19)


@pytest.fixture
def made(redis: redis_py.Redis, tmp_path: Path) -> list[tuple[int, int, str]]:
    """Nineteen days, the first fourteen of them archived; what was made."""
    parts = random_traffic("UTC", FIRST, 19, seed=9, a_day=12)
    load(redis, "UTC", parts)
    assert tend(redis, tmp_path, "UTC", NOW, raw_days=5).faults == []
    return sorted((item.time, item.seq, item.page) for part in parts for item in part)


def composer(client: redis_py.Redis, data: Path, cache: Path | None = None) -> Composer:
    return Composer(History(client, Archive.open(Settings(data=data))), SITE, calendar("UTC"), cache)


def rows(data: Path, parts: Parts) -> list[tuple[int, int, str]]:
    """Time, seq and page of all rows."""
    tables = [
        *parts.tables,
        *(Archive.open(Settings(data=data)).read(str(path.relative_to(data / "archive"))) for path in parts.paths),
    ]
    return sorted((row["time"], row["seq"], row["page"]) for table in tables for row in table.to_pylist())


def test_each_event_once(redis: redis_py.Redis, tmp_path: Path, made: list[tuple[int, int, str]]) -> None:
    parts = composer(redis, tmp_path).parts(DAYS)
    assert rows(tmp_path, parts) == made
    assert parts.sources == ["archive", "raw events"]
    assert set(parts.held) == set(DAYS)
    assert len(parts.paths) == 1


def test_a_late_event_of_an_archived_day(
    redis: redis_py.Redis, tmp_path: Path, made: list[tuple[int, int, str]]
) -> None:
    apply(redis, [event(7, ms("2026-03-05 12:00"), "/late")])
    parts = composer(redis, tmp_path).parts(DAYS)
    assert rows(tmp_path, parts) == sorted([*made, (ms("2026-03-05 12:00"), 0, "/late")])
    assert parts.paths == []  # its file's other days are handed over as a table
    assert set(parts.held) == set(DAYS)


def test_only_what_is_near_is_read(redis: redis_py.Redis, tmp_path: Path, made: list[tuple[int, int, str]]) -> None:
    found = composer(redis, tmp_path).parts(range(FIRST + 16, FIRST + 17))
    assert (found.paths, found.sources) == ([], ["raw events"])
    assert set(range(FIRST + 15, FIRST + 19)) <= set(found.held) < set(DAYS)  # with what is kept together with them
    assert composer(redis, tmp_path).parts(range(FIRST - 90, FIRST - 80)) == ([], [], [], frozenset())


def test_kept_until_something_changes(
    redis: redis_py.Redis, tmp_path: Path, made: list[tuple[int, int, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    derived: list[object] = []
    real = Composer._derive
    monkeypatch.setattr(Composer, "_derive", lambda self, days: derived.append(days) or real(self, days))
    one = composer(redis, tmp_path, tmp_path / "cache")
    one.parts(DAYS)
    one.parts(DAYS)
    assert len(derived) == 1
    other = composer(redis, tmp_path, tmp_path / "cache")
    assert rows(tmp_path, other.parts(DAYS)) == made
    assert len(derived) == 1  # from the file
    apply(redis, [event(7, ms("2026-03-18 12:00"), "/late")])
    assert len(rows(tmp_path, other.parts(DAYS))) == len(made) + 1
    assert len(derived) == 2
    assert len(list((tmp_path / "cache").glob("*.arrow"))) == 1


def test_without_an_archive(redis: redis_py.Redis, made: list[tuple[int, int, str]]) -> None:
    with pytest.raises(StoreError, match="FOOTFALL_ARCHIVE"):
        Composer(History(redis, None), SITE, calendar("UTC")).parts(DAYS)


def test_periods_in_turn_derive_nothing_twice(
    redis: redis_py.Redis, tmp_path: Path, made: list[tuple[int, int, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page asks for a period, the one before it, and the first one again, for every tile."""
    from common import parts as module

    asked: list[object] = []
    derive = module.derive
    monkeypatch.setattr(module, "derive", lambda *given: asked.append(given[2]) or derive(*given))
    composer_ = composer(redis, tmp_path)
    periods = [range(FIRST + 20, FIRST + 30), range(FIRST + 10, FIRST + 20)]
    for period in periods:
        composer_.parts(period)
    before = len(asked)
    assert before > 0
    for period in periods * 2:
        composer_.parts(period)
    assert len(asked) == before
