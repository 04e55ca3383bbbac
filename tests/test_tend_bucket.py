"""The daily job with an object store: what it moves there is told as before, and a store that dies costs nothing."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis as redis_py
from lives import load, random_traffic, same, tend, told, traffic
from made import SITE, ms
from object_store import BUCKET, ObjectStore, object_store

from collector.jobs.adopt import noted
from collector.jobs.fold import open_days
from collector.jobs.months import closed_months
from common import keys, manifest
from common.archive import Archive
from common.buckets import Bucket
from common.events import Event
from common.history import History
from common.raw import read_day
from common.settings import Settings
from common.store import StoreError

FIRST = keys.ordinal("2026-02-20")
DAYS = 50  # to 2026-04-10: a whole month between two cut ones
LAST = FIRST + DAYS - 1
NOW = ms("2026-04-10 16:00")
RAW_DAYS = 5
MARCH = ("2026-03-01", "2026-03-31")


@pytest.fixture(scope="module")
def bucket(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectStore]:
    with object_store(tmp_path_factory.mktemp("store")) as store:
        yield store


@pytest.fixture
def store(bucket: ObjectStore) -> Iterator[ObjectStore]:
    """It runs, and is empty afterwards."""
    yield bucket
    bucket.kill()
    shutil.rmtree(bucket.folder / BUCKET)
    (bucket.folder / BUCKET).mkdir()
    bucket.start()


@pytest.fixture
def settings(store: ObjectStore, tmp_path: Path) -> Settings:
    return store.settings(tmp_path)


def facts(events: list[Event]) -> Counter[tuple[int, int]]:
    """Which events they are, whatever their visitors are called by now."""
    return Counter((event.time, event.seq) for event in events)


def kept(client: redis_py.Redis, settings: Settings) -> Counter[tuple[int, int]]:
    """How often each event is in Redis or in a file that counts."""
    found = History(client, Archive.open(settings)).events(SITE, range(FIRST - 1, LAST + 2))
    return facts([event for events in found.values() for event in events])


def raw(client: redis_py.Redis) -> int:
    return sum(len(read_day(client, SITE, day)) for day in range(FIRST, LAST + 1))


def test_what_is_told_stays(redis: redis_py.Redis, settings: Settings, tmp_path: Path) -> None:
    load(redis, "UTC", random_traffic("UTC", FIRST, DAYS, seed=4))
    spans = [(FIRST, LAST + 1), (FIRST + 3, FIRST + 20)]
    before, events = [told(redis, settings, *span) for span in spans], kept(redis, settings)
    assert tend(redis, settings, "UTC", NOW, RAW_DAYS).faults == []
    assert closed_months(redis, SITE) == {"2026-02", "2026-03"}
    assert sorted(Archive.open(settings).names(SITE.site)) == sorted(manifest.files(redis, SITE))
    assert not (tmp_path / "archive").exists()
    assert kept(redis, settings) == events
    for span, expected in zip(spans, before, strict=True):
        same(told(redis, settings, *span), expected, ids=False)
    assert tend(redis, settings, "UTC", NOW, RAW_DAYS).faults == []


def test_copies_answer_while_the_store_is_away(redis: redis_py.Redis, settings: Settings, store: ObjectStore) -> None:
    """Whole months need no file; what was asked for lately has its copies; all else says what is wrong."""
    load(redis, "UTC", random_traffic("UTC", FIRST, DAYS, seed=4))
    assert tend(redis, settings, "UTC", NOW, RAW_DAYS).faults == []
    t = traffic(redis, settings)
    cut, where = ("2026-03-03", "2026-03-20"), {"country": "DE"}
    known = t.breakdown("page", *cut), t.totals(*MARCH, where), t.breakdown("page", *MARCH)
    store.kill()
    again = traffic(redis, settings)
    assert known[0].equals(again.breakdown("page", *cut))
    assert known[1].equals(again.totals(*MARCH, where))
    fresh = traffic(redis, store.settings(settings.data / "other"))
    assert known[2].equals(fresh.breakdown("page", *MARCH))
    for ask in (lambda: fresh.breakdown("page", *cut), lambda: fresh.totals(*MARCH, where)):
        with pytest.raises(StoreError, match=r"^archive s3://archive/foot/fall: reading .*parquet: cannot be reached"):
            ask()


def test_a_store_that_is_away_stops_only_what_needs_it(
    redis: redis_py.Redis, settings: Settings, store: ObjectStore
) -> None:
    load(redis, "UTC", random_traffic("UTC", FIRST, DAYS, seed=2))
    before, events = told(redis, settings, FIRST, LAST + 1), kept(redis, settings)
    store.kill()
    done = tend(redis, settings, "UTC", NOW, RAW_DAYS)
    assert (done.folded, done.archived, done.closed) == (DAYS - 2, 0, [])
    assert done.faults
    for fault in done.faults:
        assert fault.startswith("archive s3://archive/foot/fall: ")
        assert "cannot be reached; check endpoint_override" in fault
        assert "\n" not in fault
    assert raw(redis) == sum(events.values())
    same(told(redis, settings, FIRST, LAST + 1), before, ids=False)
    store.start()
    done = tend(redis, settings, "UTC", NOW, RAW_DAYS)
    assert (done.faults, done.closed) == ([], ["2026-02", "2026-03"])
    assert kept(redis, settings) == events
    same(told(redis, settings, FIRST, LAST + 1), before, ids=False)


def dying(store: ObjectStore, kind: str, at: int, after: bool) -> Callable[[Bucket, str, object], None]:
    """In place of `Bucket._write`: the server dies at its `at`th file of a kind, before or after that was written."""
    real, seen = Bucket._write, list[str]()

    def write(bucket: Bucket, name: str, data: object) -> None:
        if kind in name:
            seen.append(name)
        dies = kind in name and len(seen) == at
        if dies and not after:
            store.kill()
        real(bucket, name, data)
        if dies and after:
            store.kill()

    return write


@pytest.mark.parametrize(
    ("kind", "at", "after"),
    [
        ("/events-", 2, False),
        ("/events-", 3, True),
        ("/rows-", 1, True),
        ("manifest.json", 1, True),
        ("manifest.json", 2, False),
    ],
)
def test_a_store_that_dies_at_work(
    redis: redis_py.Redis,
    settings: Settings,
    store: ObjectStore,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    at: int,
    after: bool,
) -> None:
    load(redis, "UTC", random_traffic("UTC", FIRST, DAYS, seed=8, a_day=8))
    before, events = told(redis, settings, FIRST, LAST + 1), kept(redis, settings)
    with monkeypatch.context() as patched:
        patched.setattr(Bucket, "_write", dying(store, kind, at, after))
        done = tend(redis, settings, "UTC", NOW, RAW_DAYS)
    assert done.faults
    assert all("cannot be reached" in fault and "\n" not in fault for fault in done.faults)
    shallow = told(redis, settings, FIRST, LAST + 1, deep=False)  # needs no file
    same(shallow, {name: before[name] for name in shallow}, ids=False)
    store.start()
    assert kept(redis, settings) == events  # each in one place, before anything else is done
    same(told(redis, settings, FIRST, LAST + 1), before, ids=False)
    done = tend(redis, settings, "UTC", NOW, RAW_DAYS)
    assert done.faults == []
    assert closed_months(redis, SITE) == {"2026-02", "2026-03"}
    assert open_days(redis, SITE) == [LAST - 1, LAST]
    assert kept(redis, settings) == events
    same(told(redis, settings, FIRST, LAST + 1), before, ids=False)
    assert tend(redis, settings, "UTC", NOW, RAW_DAYS).faults == []
    archive = Archive.open(settings)
    assert sorted(archive.names(SITE.site)) == sorted(manifest.files(redis, SITE))
    assert noted(archive, SITE).files == manifest.files(redis, SITE)
