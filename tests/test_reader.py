"""Days are read once, wherever they stand, and again when their revision or the version says so."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import redis as redis_py
from made import SITE, apply, event, ms
from places import Shelf, day_rows, put_folded, put_month, put_open, row

from common import keys, standing
from common import reader as module
from common.arrays import listed
from common.dense import DayRows
from common.keys import Shard, iso, ordinal
from common.manifest import EVENTS, File, encoded
from common.reader import Reader
from common.store import StoreError
from common.tables import total

DAY = ordinal("2026-05-05")
START = ms("2026-05-05")
MARCH = {
    ordinal("2026-03-10"): day_rows(4, class_human=row(4), page_a=row(3), page_b=row(1)),
    ordinal("2026-03-20"): day_rows(4, class_human=row(2), page_a=row(2)),
}
FIRST, LAST = sorted(MARCH)


@pytest.fixture
def calls(redis: redis_py.Redis) -> Callable[[], dict[str, int]]:
    """A function that tells which commands ran since it was asked before."""

    def since() -> dict[str, int]:
        stats = redis.info("commandstats")
        redis.config_resetstat()
        names = ("hgetall", "hget", "hmget", "hkeys", "smembers", "lrange")
        return {name: stats[f"cmdstat_{name}"]["calls"] for name in names if f"cmdstat_{name}" in stats}

    return since


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The reader's clock, to be moved by hand."""
    now = [1_000.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    return now


def views(reader: Reader, day: int = DAY) -> int:
    names, array = reader.days([day])[day]["class"]
    return int(array[names.index("human")][0])


def pages(reader: Reader, first: int, last: int) -> dict[str, int]:
    """Pageviews by page of a range."""
    sums: dict[str, int] = {}
    for rows in reader.spans(range(first, last + 1)):
        for page, array in zip(*rows.get("page", ((), ())), strict=True):
            sums[page] = sums.get(page, 0) + int(array[0])
    return sums


def test_a_question_costs_one_round_trip_while_nothing_changes(
    redis: redis_py.Redis, calls: Callable[[], dict[str, int]], clock: list[float]
) -> None:
    put_open(redis, SITE, DAY, {"class=human": row(1)}, 1)
    put_folded(redis, SITE, DAY - 1, day_rows(1, class_human=row(5)))
    reader, days = Reader(redis, SITE.site), [DAY - 2, DAY - 1, DAY]
    calls()
    assert [len(rows) for rows in reader.days(days).values()] == [0, 1, 1]
    assert calls() == {"hget": 4, "hkeys": 1, "smembers": 1, "hmget": 1, "hgetall": 1}
    reader.days(days)
    assert calls() == {}  # trusted for a while
    clock[0] += 1
    reader.days(days)
    assert calls() == {"hget": 2, "smembers": 1}  # the version and one revision
    put_open(redis, SITE, DAY, {"class=human": row(2)}, 2)
    calls()
    assert views(reader) == 1
    clock[0] += 1
    assert views(reader) == 2
    assert calls() == {"hget": 3, "smembers": 1, "hgetall": 1}


def test_a_new_version_has_folded_days_read_but_not_decoded_again(
    redis: redis_py.Redis, calls: Callable[[], dict[str, int]], clock: list[float]
) -> None:
    put_folded(redis, SITE, DAY, day_rows(1, class_human=row(5)))
    put_folded(redis, SITE, DAY - 1, day_rows(1, class_human=row(6)))
    reader = Reader(redis, SITE.site)
    before = reader.days([DAY - 1, DAY])
    put_folded(redis, SITE, DAY - 1, day_rows(1, class_human=row(7)))
    clock[0] += 1
    calls()
    after = reader.days([DAY - 1, DAY])
    assert calls()["hmget"] == 1
    assert after[DAY]["class"][1] is before[DAY]["class"][1]
    assert views(reader, DAY - 1) == 7


def test_what_was_added_to_a_folded_day_is_added(redis: redis_py.Redis, clock: list[float]) -> None:
    """Its hash begins at revision 1 again: what was read of the day before it was folded is not taken for it."""
    put_open(redis, SITE, DAY, {"class=human": row(10)}, 1)
    reader = Reader(redis, SITE.site)
    assert views(reader) == 10
    put_folded(redis, SITE, DAY, day_rows(10, class_human=row(10), page_a=row(1)))
    put_open(redis, SITE, DAY, {"class=human": row(2), "page=a": row(-1), "page=b": row(3)}, 1)
    clock[0] += 1
    assert {name: values[0] for name, values in listed(reader.days([DAY])[DAY]).items()} == {
        "class=human": 12,
        "page=b": 3,
    }


def test_closed_months_are_one_span_and_cut_ones_come_from_their_file(redis: redis_py.Redis) -> None:
    shelf = Shelf()
    name = put_month(redis, SITE, MARCH, shelf)
    reader = Reader(redis, SITE.site, lambda: shelf)
    # A range that holds all days with rows holds the month whole, whatever else of it is left out.
    for first, last in ((FIRST, LAST), (FIRST - 5, LAST + 50)):
        assert pages(reader, first, last) == {"a": 5, "b": 1}
    assert pages(reader, FIRST + 1, LAST - 1) == {}
    assert shelf.read_names == []
    assert pages(reader, FIRST, LAST - 1) == {"a": 3, "b": 1}
    assert pages(reader, FIRST + 1, LAST) == {"a": 2}
    assert shelf.read_names == [name]
    assert len(reader.spans(range(FIRST, LAST + 22))) == 1 + 10  # the month, and days of April


def test_days_of_a_closed_month_have_what_bars_need(redis: redis_py.Redis) -> None:
    put_month(redis, SITE, MARCH, Shelf())
    put_open(redis, SITE, LAST, {"class=human": row(1), "page=a": row(1), "step=human.3": row(1)})
    found = Reader(redis, SITE.site).days([FIRST, FIRST + 1, LAST])
    assert {day: listed(rows) for day, rows in found.items()} == {
        FIRST: {"class=human": row(4)},
        FIRST + 1: {},
        LAST: {"class=human": row(3), "step=human.3": row(1)},
    }
    assert pages(Reader(redis, SITE.site), FIRST, LAST) == {"a": 6, "b": 1}


@pytest.mark.parametrize(
    ("warm", "trip"), [(False, 1), (False, 2), (False, 3), (False, 4), (False, 5), (True, 1), (True, 2)]
)
def test_a_job_between_two_round_trips_is_seen(
    redis: redis_py.Redis, clock: list[float], monkeypatch: pytest.MonkeyPatch, warm: bool, trip: int
) -> None:
    """Days are folded, and a month is closed, before the n-th round trip: no day is lost and none counts twice."""
    shelf = Shelf()
    for day, rows in MARCH.items():
        put_folded(redis, SITE, day, rows)
    put_open(redis, SITE, DAY, {"class=human": row(7), "page=a": row(7)})
    put_open(redis, SITE, DAY + 1, {"class=human": row(1), "page=c": row(1)})
    reader = Reader(redis, SITE.site, lambda: shelf)
    if warm:
        reader.spans(range(FIRST, DAY + 2))
        clock[0] += 1
    trips, ask = 0, standing.replies_to

    def asked(client: redis_py.Redis, commands: list[standing.Command]) -> list[object]:
        nonlocal trips
        trips += 1
        if trips == trip:
            put_folded(redis, SITE, DAY, day_rows(7, class_human=row(7), page_a=row(7)))
            put_month(redis, SITE, MARCH, shelf)
        return ask(client, commands)

    monkeypatch.setattr(standing, "replies_to", asked)
    assert pages(reader, FIRST + 1, DAY + 1) == {"a": 9, "c": 1}
    assert [views(reader, day) for day in (FIRST, LAST, DAY, DAY + 1)] == [4, 2, 7, 1]
    clock[0] += 1
    assert pages(reader, FIRST + 1, DAY + 1) == {"a": 9, "c": 1}
    assert trips >= trip


def test_a_file_of_a_month_that_was_opened_again_is_not_missed(redis: redis_py.Redis) -> None:
    class Late(Shelf):
        """The month is opened, and its file removed, just before it is read."""

        def read(self, name: str, columns: object = None) -> object:  # type: ignore[override]
            for day, rows in MARCH.items():
                put_folded(redis, SITE, day, rows)
            redis.hdel(SITE.dense(), "2026-03")
            redis.delete(SITE.archive())
            self.tables.clear()
            return super().read(name)

    shelf = Late()
    put_month(redis, SITE, MARCH, shelf)
    assert pages(Reader(redis, SITE.site, lambda: shelf), FIRST, FIRST) == {"a": 3, "b": 1}
    assert len(shelf.read_names) == 1


def test_sums_and_totals_are_those_of_spans_and_days_wherever_they_stand(
    redis: redis_py.Redis, clock: list[float]
) -> None:
    """A whole month and a cut one, with and without what was added later; folded days, open ones, both at once."""
    put_month(redis, SITE, MARCH, shelf := Shelf())
    put_folded(redis, SITE, DAY - 1, day_rows(1, class_human=row(5), class_bot=row(1), page_a=row(5)))
    put_folded(redis, SITE, DAY, day_rows(1, class_human=row(1), page_a=row(1)))
    put_open(redis, SITE, DAY, {"class=human": row(2), "page=c": row(2)})
    put_open(redis, SITE, DAY + 1, {"class=ai": row(3), "page=b": row(3)})
    reader = Reader(redis, SITE.site, lambda: shelf)

    def found(first: int, last: int, *classes: str) -> tuple[dict[str, int], dict[int, int]]:
        days = range(first, last + 1)
        sums = reader.summed(days).frame("page")["pageviews"].to_dict()
        assert sums == pages(reader, first, last)
        totals = {day: int(views) for day, views in zip(days, reader.totals(days, classes)[:, 0], strict=True) if views}
        assert totals == {
            day: views for day, rows in reader.days(days).items() if (views := total({day: rows}, "class", classes)[0])
        }
        return sums, totals

    assert found(FIRST, DAY + 1, "human") == (
        {"a": 11, "b": 4, "c": 2},
        {FIRST: 4, LAST: 2, DAY - 1: 5, DAY: 3},
    )
    assert found(FIRST + 1, DAY + 1, "bot", "ai") == ({"a": 8, "b": 3, "c": 2}, {DAY - 1: 1, DAY + 1: 3})
    assert found(DAY + 2, DAY + 3, "human") == ({}, {})
    put_open(redis, SITE, LAST, {"class=human": row(1), "page=a": row(-1), "page=d": row(2)})
    clock[0] += 1
    assert found(FIRST, LAST, "human") == ({"a": 4, "b": 1, "d": 2}, {FIRST: 4, LAST: 3})
    assert found(LAST, LAST, "human") == ({"a": 1, "d": 2}, {LAST: 3})


def test_sums_are_kept_until_a_day_changes(redis: redis_py.Redis, clock: list[float]) -> None:
    put_open(redis, SITE, DAY, {"class=human": row(1), "page=a": row(1)}, 1)
    put_folded(redis, SITE, DAY - 1, day_rows(1, page_a=row(5)))
    reader, days = Reader(redis, SITE.site), range(DAY - 1, DAY + 1)
    held = reader.summed(days)
    clock[0] += 1
    assert reader.summed(days) is held
    assert reader.summed(range(DAY, DAY + 1)).frame("page")["pageviews"].to_dict() == {"a": 1}
    put_open(redis, SITE, DAY, {"class=human": row(1), "page=a": row(2)}, 2)
    clock[0] += 1
    assert reader.summed(days).frame("page")["pageviews"].to_dict() == {"a": 7}
    put_folded(redis, SITE, DAY - 1, day_rows(1, page_a=row(6)))
    clock[0] += 1
    assert reader.summed(days).frame("page")["pageviews"].to_dict() == {"a": 8}
    put_open(redis, SITE, DAY - 1, {"page=a": row(1)}, 1)
    clock[0] += 1
    assert reader.summed(days).frame("page")["pageviews"].to_dict() == {"a": 9}
    for shift in range(20):
        reader.summed(range(DAY, DAY + shift))
    assert len(reader._sums) == module._MOST_SUMS


def test_jobs_that_never_rest_are_an_error_in_the_end(redis: redis_py.Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    ask = standing.replies_to

    def asked(client: redis_py.Redis, commands: list[standing.Command]) -> list[object]:
        replies = ask(client, commands)
        redis.hincrby(SITE.dense(), keys.VERSION, 1)
        return replies

    monkeypatch.setattr(standing, "replies_to", asked)
    put_open(redis, SITE, DAY, {"class=human": row(1)})
    with pytest.raises(StoreError, match="try again"):
        Reader(redis, SITE.site).days([DAY])


def test_revisions_change_whenever_an_answer_may(redis: redis_py.Redis, clock: list[float]) -> None:
    put_open(redis, SITE, DAY, {"class=human": row(1)}, 4)
    put_month(redis, SITE, MARCH, Shelf())
    reader, days = Reader(redis, SITE.site), [FIRST, DAY - 1, DAY]
    assert list(reader.revisions(days).values()) == [b"1:", b"", b"4"]
    put_open(redis, SITE, FIRST, {"class=human": row(1)}, 1)
    put_open(redis, SITE, DAY, {"class=human": row(2)}, 5)
    put_open(redis, SITE, DAY - 1, {"class=human": row(2)}, 1)
    assert list(reader.revisions(days).values()) == [b"1:", b"", b"4"]  # trusted for a while
    clock[0] += 1
    assert list(reader.revisions(days).values()) == [b"1:1", b"1", b"5"]
    put_folded(redis, SITE, DAY, day_rows(1, class_human=row(2)))
    clock[0] += 1
    assert list(reader.revisions(days).values()) == [b"2:1", b"1", b"2:"]


def test_many_days_are_asked_for_in_parts(redis: redis_py.Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CHUNK", 4)
    monkeypatch.setattr(module, "DAYS_AT_ONCE", 3)
    monkeypatch.setattr("common.folded.FIELDS_AT_ONCE", 2)
    days = list(range(DAY, DAY + 20))
    for number in range(10):
        put_open(redis, SITE, DAY + number, {"class=human": row(number + 1)})
        put_folded(redis, SITE, DAY + 10 + number, day_rows(1, class_human=row(number + 11)))
    reader = Reader(redis, SITE.site)
    assert len(set(reader.revisions(days).values())) == 2
    found = reader.days(days)
    assert list(found) == days
    assert [listed(rows)["class=human"][0] for rows in found.values()] == list(range(1, 21))


def test_a_day_that_is_gone_is_empty(redis: redis_py.Redis, clock: list[float]) -> None:
    put_open(redis, SITE, DAY, {"class=human": row(1)})
    put_open(redis, SITE, DAY + 1, {"class=human": row(1)})
    reader = Reader(redis, SITE.site)
    assert [views(reader, DAY), views(reader, DAY + 1)] == [1, 1]
    redis.delete(SITE.daily(DAY), SITE.daily(DAY + 1))
    redis.srem(SITE.open(), iso(DAY))
    clock[0] += 1
    assert reader.days([DAY, DAY + 1]) == {DAY: {}, DAY + 1: {}}


def test_first_day(redis: redis_py.Redis) -> None:
    def first() -> int | None:
        return Reader(redis, SITE.site).first_day()

    assert first() is None
    for shift, shard in ((3, SITE), (1, SITE), (0, Shard("xexample.com")), (0, Shard("example.com", 1))):
        put_open(redis, shard, DAY + shift, {"class=human": row(1)})
    assert first() == DAY + 1
    put_folded(redis, SITE, DAY - 3, day_rows(1, class_human=row(1)))
    assert first() == DAY - 3
    put_month(redis, SITE, MARCH | {FIRST - 1: DayRows({}, 0)}, Shelf())
    assert first() == FIRST
    put_open(redis, SITE, FIRST - 2, {"class=human": row(1)})
    assert first() == FIRST - 2


def test_first_raw_day(redis: redis_py.Redis) -> None:
    """Of lists beside open and folded days, and of files with events; a day with nothing but drops has none."""

    def first() -> int | None:
        return Reader(redis, SITE.site).first_raw_day()

    put_folded(redis, SITE, FIRST - 5, day_rows(0, dropped_old=row(0, 1)))
    put_open(redis, SITE, FIRST - 4, {"dropped=old": row(0, 1)})
    assert first() is None
    apply(redis, [event(1, START)])
    assert first() == DAY
    redis.hset(SITE.dense(), keys.RAW_DAYS, b"\x91\xce" + (DAY - 1).to_bytes(4))
    assert first() == DAY - 1
    put_month(redis, SITE, MARCH, Shelf())
    assert first() == DAY - 1
    redis.hset(SITE.archive(), "events", encoded(File(EVENTS, 4, 1, [(LAST, 4)])))
    redis.hincrby(SITE.dense(), keys.VERSION, 1)
    assert first() == LAST


def test_live_visitors(redis: redis_py.Redis) -> None:
    apply(redis, [event(1, START), event(1, START + 200_000), event(2, START), event(3, START, class_="bot")])
    reader = Reader(redis, SITE.site)
    assert [reader.live(START + at) for at in (200_000, 300_000, 300_001, 500_000, 500_001)] == [2, 2, 1, 1, 0]


@pytest.mark.parametrize("key", [SITE.dense(), SITE.open(), SITE.archive(), SITE.daily(DAY)])
def test_keys_of_a_wrong_type_are_named_with_their_cure(redis: redis_py.Redis, key: str) -> None:
    put_month(redis, SITE, MARCH, Shelf())
    put_open(redis, SITE, DAY, {"class=human": row(1)})
    redis.delete(key)
    redis.set(key, "x")
    reader = Reader(redis, SITE.site, Shelf)
    with pytest.raises(StoreError, match="has a wrong type: run `python -m collector doctor`") as caught:
        reader.spans([FIRST, DAY])
    assert key in str(caught.value)
