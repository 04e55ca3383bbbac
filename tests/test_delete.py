"""What matches goes from lists, archive and figures; what is left is told as if nothing else had ever come."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
import redis as redis_py
from exported import FIRST, LAST, NOW, ZONE, drop, everything, whole
from lives import load, random_traffic, same, tend
from made import SITE, apply, event

from collector import delete as delete_module
from collector.choosing import Filter
from collector.delete import Deletion
from collector.jobs.lease import Lease, Lost
from collector.jobs.rebuild import marked_days, rebuild
from collector.verify import verify
from common import keys, manifest
from common.archive import Archive
from common.calendars import calendar
from common.columns import slim
from common.events import Event
from common.history import History
from common.parts import derived
from common.raw import read_day
from common.sessions import assign
from common.settings import Settings

LOCAL = calendar(ZONE)
EVERY = range(FIRST - 1, LAST + 2)
#: Days that are cut out of closed months, of the archive, of folded days and of open ones.
SOME = range(FIRST + 2, LAST + 1)


def archive(data: Path) -> Archive:
    return Archive.open(Settings(data=data))


def kept(client: redis_py.Redis, data: Path) -> dict[int, list[Event]]:
    return History(client, archive(data)).events(SITE, EVERY)


def deleted(client: redis_py.Redis, data: Path, days: range, where: dict[str, list[str]]) -> int:
    """How many events a deletion takes out."""
    with Lease(client, SITE) as lease:
        done = Deletion(lease, archive(data), LOCAL, NOW).run(list(days), Filter(where))
    return done.events.total()


def of_visits(events: dict[int, list[Event]], days: range, country: str) -> set[int]:
    """`id` of the events of visits from a country that began on the days: the slow and obvious way."""
    ordered, numbers = assign([event for some in events.values() for event in some])
    firsts = {number: event for event, number in zip(reversed(ordered), reversed(numbers), strict=True)}
    return {
        id(event)
        for event, number in zip(ordered, numbers, strict=True)
        if number >= 0 and firsts[number].country == country and LOCAL.day(firsts[number].time) in days
    }


def counted(events: dict[int, list[Event]]) -> Counter[str]:
    return Counter(repr(event) for some in events.values() for event in some)


CASES = [
    (SOME, {}),
    (range(FIRST + 10, FIRST + 11), {}),
    (SOME, {"class": ["bot"]}),
    (SOME, {"country": ["DE"]}),
    (SOME, {"page": ["/pricing"], "event": ["pageview"]}),
]


@pytest.mark.parametrize(("days", "where"), CASES)
def test_what_is_left(redis: redis_py.Redis, tmp_path: Path, days: range, where: dict[str, list[str]]) -> None:
    whole(redis, tmp_path / "a")
    before = kept(redis, tmp_path / "a")
    if "country" in where:
        going = of_visits(before, days, "DE")
    else:
        going = {
            id(event)
            for day in days
            for event in before[day]
            if event.class_ in where.get("class", [event.class_])
            and event.page in where.get("page", [event.page])
            and event.type in where.get("event", [event.type])
        }
    left = {day: [event for event in some if id(event) not in going] for day, some in before.items()}
    assert deleted(redis, tmp_path / "a", days, where) == len(going) > 10
    assert counted(kept(redis, tmp_path / "a")) == counted(left)
    assert marked_days(redis, SITE) == []
    assert list(verify(History(redis, archive(tmp_path / "a")), SITE, list(EVERY), LOCAL)) == []
    files = manifest.files(redis, SITE)
    assert sorted(archive(tmp_path / "a").names(SITE.site)) == sorted(files)
    assert tend(redis, tmp_path / "a", ZONE, NOW, raw_days=5).faults == []
    found = everything(redis, tmp_path / "a")
    redis.flushall()
    load(redis, ZONE, [left[day] for day in EVERY if left[day]])
    for day in (FIRST + 3, FIRST + 20, LAST):
        drop(redis, day, {"spam": 3, "invalid": day - FIRST})
    assert tend(redis, tmp_path / "b", ZONE, NOW, raw_days=5).faults == []
    same(found, everything(redis, tmp_path / "b"))


class Killed(BaseException):
    """The process is gone."""


@pytest.mark.parametrize("after", [False, True])
def test_killed_around_its_script(
    redis: redis_py.Redis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: bool
) -> None:
    whole(redis, tmp_path)
    before = everything(redis, tmp_path)
    real = delete_module.call

    def call(lease: Lease, name: str, *rest: object) -> None:
        if after:
            real(lease, name, *rest)  # type: ignore[arg-type]
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(delete_module, "call", call)
        with pytest.raises(Killed):
            deleted(redis, tmp_path, SOME, {"class": ["bot"]})
    bots = sum(event.class_ == "bot" for some in kept(redis, tmp_path).values() for event in some)
    if after:  # whoever makes marked days next finishes it
        assert (bots > 0, bool(marked_days(redis, SITE))) == (True, True)
        rebuild(redis, SITE, marked_days(redis, SITE), ZONE, NOW, archive=archive(tmp_path))
        assert deleted(redis, tmp_path, SOME, {"class": ["bot"]}) == 0
    else:
        same(everything(redis, tmp_path), before)
        assert deleted(redis, tmp_path, SOME, {"class": ["bot"]}) > 10
    events = kept(redis, tmp_path)
    assert not any(event.class_ == "bot" for day in SOME for event in events[day])
    assert list(verify(History(redis, archive(tmp_path)), SITE, list(EVERY), LOCAL)) == []
    assert sorted(archive(tmp_path).names(SITE.site)) == sorted(manifest.files(redis, SITE))


def test_a_file_holds_nothing_of_what_went(redis: redis_py.Redis, tmp_path: Path) -> None:
    whole(redis, tmp_path)
    page = "/'=1"
    assert any(event.page == page for some in kept(redis, tmp_path).values() for event in some)
    assert deleted(redis, tmp_path, range(FIRST, LAST + 1), {"page": [page]}) > 0
    for name in archive(tmp_path).names(SITE.site):
        table = archive(tmp_path).read(name)
        columns = [name for name in ("page", "value") if name in table.column_names]
        assert not any(page in table[column].to_pylist() for column in columns), name


def test_a_visitor_who_comes_back_begins_anew(redis: redis_py.Redis, tmp_path: Path) -> None:
    """The open visit of a deleted visitor is forgotten, so that what comes next counts as a visit of its own."""
    today = LOCAL.start(LAST)
    load(redis, ZONE, [[event(7, today + 1_000, "/a"), event(8, today + 1_000, "/a")]])
    assert deleted(redis, tmp_path, range(LAST, LAST + 1), {"page": ["/a"]}) == 2
    assert redis.zcard(SITE.live()) == 0
    apply(redis, [event(7, today + 60_000, "/b")], ZONE)
    assert list(verify(History(redis, archive(tmp_path)), SITE, [LAST], LOCAL)) == []
    found = everything(redis, tmp_path, LAST, LAST)
    assert found["totals"][["visitors", "visits", "pageviews"]].to_numpy().tolist() == [[1, 1, 1]]
    assert keys.visitor_field(8).encode() not in redis.hkeys(SITE.state())


@pytest.mark.parametrize("times", [1, 4])
def test_events_that_come_meanwhile(
    redis: redis_py.Redis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, times: int
) -> None:
    """What is written between look and script is not lost; after some refusals flushers have to wait."""
    today = LOCAL.start(LAST)
    load(redis, ZONE, [[event(7, today + 1_000, "/a"), event(8, today + 1_000, "/b")]])
    real, late, owners = delete_module.call, [], []

    def call(lease: Lease, name: str, *rest: object) -> None:
        if len(late) < times:
            late.append(event(20 + len(late), today + 2_000, "/c"))
            apply(redis, late[-1:], ZONE)
        owners.append((redis.hget(SITE.state(), keys.LEASE) or b"").partition(b" ")[0])
        real(lease, name, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(delete_module, "call", call)
    monkeypatch.setattr(delete_module, "_WAIT", 0)  # the lease is over at once, so that this test may write on
    assert deleted(redis, tmp_path, range(LAST, LAST + 1), {"page": ["/a"]}) == 1
    pages = sorted(one.page for one in kept(redis, tmp_path)[LAST])
    assert pages == ["/b", *["/c"] * times]
    assert owners == [b""] * min(times + 1, 3) + [b"delete"] * (times - 2)
    assert not redis.hexists(SITE.state(), keys.LEASE)
    assert list(verify(History(redis, archive(tmp_path)), SITE, [LAST], LOCAL)) == []
    assert not list(redis.scan_iter("*shadow*"))


def test_a_lease_that_is_lost(redis: redis_py.Redis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load(redis, ZONE, [[event(7, LOCAL.start(LAST), "/a")]])
    monkeypatch.setattr(delete_module, "sweep", lambda *_: redis.set(SITE.job(), "another"))
    with pytest.raises(Lost):
        deleted(redis, tmp_path, range(LAST, LAST + 1), {})
    assert len(kept(redis, tmp_path)[LAST]) == 1


TENTH = keys.ordinal("2026-03-10")


def daily_files(client: redis_py.Redis, data: Path) -> None:
    """Ten days, most of them in a file of their own, with visits over every midnight."""
    for number, part in enumerate(random_traffic(ZONE, TENTH, 10, seed=6, a_day=60)):
        load(client, ZONE, [part])
        assert tend(client, data, ZONE, LOCAL.start(TENTH + number + 1) - 1, raw_days=3).faults == []
    assert sorted(len(file.days) for file in manifest.files(client, SITE).values()) == [1] * 6


@pytest.mark.parametrize("where", [{"country": ["DE"]}, {"page": ["/docs"]}, {}])
def test_neighbours_of_a_day(redis: redis_py.Redis, tmp_path: Path, where: dict[str, list[str]]) -> None:
    """Files of the days around tell their visits as they are now."""
    daily_files(redis, tmp_path)
    before = set(manifest.files(redis, SITE))
    assert deleted(redis, tmp_path, range(TENTH + 2, TENTH + 3), where) > 5
    files = manifest.files(redis, SITE)
    assert files.keys() & before  # those farther off stay as they are
    history = History(redis, archive(tmp_path))
    for name, file in files.items():
        ((day, rows),) = file.days
        assert rows == file.rows
        assert archive(tmp_path).read(name).to_pylist() == slim(derived(history, SITE, LOCAL, day, day)).to_pylist()


@pytest.mark.parametrize("where", [{"country": ["DE"]}, {"page": ["/late"]}])
def test_late_rows_of_an_archived_day(redis: redis_py.Redis, tmp_path: Path, where: dict[str, list[str]]) -> None:
    """They lie beside the file, and stay there until the daily job puts them into it: each is there once."""
    daily_files(redis, tmp_path)
    day = TENTH + 2
    times = [LOCAL.start(day) + hour * 3_600_000 for hour in (3, 4)]
    apply(redis, [event(5, times[0], "/late"), event(6, times[1], "/kept")], ZONE)
    before, going = kept(redis, tmp_path), deleted(redis, tmp_path, range(day, day + 1), where)
    after = kept(redis, tmp_path)
    assert counted(after).total() == counted(before).total() - going
    assert counted(after) <= counted(before)
    assert [one.page for one in read_day(redis, SITE, day)] == (["/kept"] if "page" in where else ["/late", "/kept"])
    assert list(verify(History(redis, archive(tmp_path)), SITE, list(EVERY), LOCAL)) == []
    assert tend(redis, tmp_path, ZONE, NOW, raw_days=3).faults == []
    assert counted(kept(redis, tmp_path)).total() == counted(after).total()
