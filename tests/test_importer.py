"""Small files of two sites in; visits, midnights, zones and crashes out as they should be."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
import redis as redis_py

from collector import pieces
from collector.append import Appender, Registry
from collector.batches import Batch
from collector.flush import Flusher, Numbered
from collector.importer import Importer, reader_of
from collector.jobs import tend as tend_module
from common import keys
from common.calendars import calendar
from common.frames import Traffic
from common.keys import Shard
from common.known import Known, encode, one_site
from common.raw import read_day
from common.settings import Settings

NOW = 1_772_400_000_000  # 2026-03-01T21:20:00Z
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def line(time: str, path: str, who: int = 1, host: str = "") -> str:
    """A combined line of February 2026, or a vhost one; `time` is 01:23:59:58."""
    day, clock = time.split(":", 1)
    prefix = f"{host}:443 " if host else ""
    return f'{prefix}192.0.2.{who} - - [{day}/Feb/2026:{clock} +0000] "GET {path} HTTP/1.1" 200 9 "-" "{BROWSER}"\n'


def imported(
    client: redis_py.Redis, settings: Settings, path: Path, site: str | None = "a.example", now: int = NOW
) -> Importer:
    importer = Importer(client, settings, site, lambda: now)
    importer.read(path, reader_of(path, "auto"))
    importer.settle()
    importer.close()
    return importer


def shown(client: redis_py.Redis, settings: Settings, site: str = "a.example") -> list[tuple[Any, ...]]:
    """Totals and pages of February, by rollups and by raw events."""
    traffic, days = Traffic(site=site, client=client, settings=settings), ("2026-02-01", "2026-02-28")
    totals = traffic.totals(*days)
    pages = traffic.breakdown("page", *days)
    visits = traffic.visits(*days)
    return [
        tuple(int(totals[name]) for name in ("visitors", "visits", "pageviews")),
        (float(totals["bounce_rate"]), float(totals["visit_duration"])),
        tuple(zip(pages["page"], pages["pageviews"], pages["visits"], strict=True)),
        tuple(zip(visits["entry_page"], visits["exit_page"], visits["duration"], strict=True)),
    ]


LINES = [
    line("01:10:00:00", "/a"),
    line("01:10:29:59", "/b"),
    line("01:11:00:00", "/c"),  # 30 min 1 s later: another visit
    line("02:23:50:00", "/evening"),
    line("03:00:19:00", "/night"),  # the same visit, over midnight
    line("03:00:19:00", "/later"),  # the same second: the order of the lines holds
    line("03:00:10:00", "/alone", who=2),
]


@pytest.mark.parametrize("order", ["as written", "reversed", "shuffled"])
def test_the_order_of_lines_does_not_matter(
    redis: redis_py.Redis, settings: Settings, tmp_path: Path, order: str
) -> None:
    lines = LINES[:5] + LINES[6:]
    if order != "as written":
        lines = lines[::-1] if order == "reversed" else random.Random(3).sample(lines, len(lines))
    path = tmp_path / "a.log"
    path.write_text("".join(lines))
    imported(redis, settings, path)
    assert shown(redis, settings)[0] == (4, 4, 6)
    assert sorted(shown(redis, settings)[3]) == [
        ("/a", "/b", 1799.0),
        ("/alone", "/alone", 0.0),
        ("/c", "/c", 0.0),
        ("/evening", "/night", 1740.0),
    ]


def test_lines_of_one_second_keep_their_order(redis: redis_py.Redis, settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_text("".join(LINES))
    imported(redis, settings, path)
    assert ("/evening", "/later", 1740.0) in shown(redis, settings)[3]


def test_a_log_that_is_split_at_midnight_gives_the_same_visits(
    redis: redis_py.Redis, settings: Settings, tmp_path: Path
) -> None:
    second, first = tmp_path / "a.log", tmp_path / "a.log.1"
    first.write_text("".join(LINES[:4]))
    second.write_text("".join(LINES[4:]))
    imported(redis, settings, second)
    imported(redis, settings, first)
    split = shown(redis, settings)
    redis.flushall()
    first.write_text("".join(LINES))
    imported(redis, settings, first)
    assert split == shown(redis, settings)


def test_a_growing_file_adds_its_tail(redis: redis_py.Redis, settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_text("".join(LINES[:2]) + LINES[2][:50])
    tally = imported(redis, settings, path).tally
    assert (tally.pageviews["human"], tally.unfinished) == (2, [(str(path), 3)])
    path.write_text("".join(LINES[:3]).rstrip("\n"))
    tally = imported(redis, settings, path).tally
    assert (tally.pageviews["human"], tally.known_lines, tally.unfinished) == (1, 2, [])
    path.write_text("".join(LINES))
    tally = imported(redis, settings, path).tally
    assert (tally.pageviews["human"], tally.known_lines) == (4, 3)
    assert shown(redis, settings)[0] == (4, 4, 7)


VHOSTS = [
    line(f"{5 + n // 20:02}:10:{n % 20:02}:00", f"/{n % 3}", who=n % 5, host=("a.example", "www.b.example")[n % 2])
    for n in range(40)
]


class Crash(Exception):
    """The process ends here."""


def crashing(monkeypatch: pytest.MonkeyPatch, calls: int, after: bool) -> None:
    """The write with this number is not made, or made and then nothing more."""
    count = iter(range(1_000))

    def wrapped(function: Any) -> Any:
        def call(*args: Any, **named: Any) -> Any:
            if next(count) != calls:
                return function(*args, **named)
            if after:
                function(*args, **named)
            raise Crash

        return call

    monkeypatch.setattr(Appender, "append", wrapped(Appender.append))
    monkeypatch.setattr(Registry, "note", wrapped(Registry.note))
    monkeypatch.setattr(tend_module, "rebuild", wrapped(tend_module.rebuild))


@pytest.mark.parametrize("grown", [False, True])
@pytest.mark.parametrize("after", [False, True])
def test_a_crash_anywhere_counts_every_line_once(
    redis: redis_py.Redis, settings: Settings, tmp_path: Path, after: bool, grown: bool
) -> None:
    path = tmp_path / "a.log"
    path.write_text("".join(VHOSTS))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pieces, "PIECE", 3_000)
        imported(redis, settings, path, None)
        clean = [shown(redis, settings, site) for site in ("a.example", "b.example")]
        assert [shown_[0][2] for shown_ in clean] == [20, 20]
        ended = 0
        for calls in range(60):
            redis.flushall()
            path.write_text("".join(VHOSTS[:30] if grown else VHOSTS))
            with pytest.MonkeyPatch.context() as crash:
                crashing(crash, calls, after)
                try:
                    imported(redis, settings, path, None)
                    ended += 1
                except Crash:
                    pass
            path.write_text("".join(VHOSTS))
            imported(redis, settings, path, None)
            assert [shown(redis, settings, site) for site in ("a.example", "b.example")] == clean, calls
            if ended:
                break
        assert calls > 8
        assert ended


def test_days_and_sites(redis: redis_py.Redis, tmp_path: Path, redis_url: str) -> None:
    settings = Settings(redis_url=redis_url, data=tmp_path, sites={"a.example": "Asia/Kolkata"})
    path = tmp_path / "a.log"
    path.write_text(line("01:18:29:59", "/", host="a.example") + line("01:18:30:00", "/", host="a.example") + VHOSTS[1])
    tally = imported(redis, settings, path, None).tally
    assert tally.days == {("a.example", keys.ordinal(day)) for day in ("2026-02-01", "2026-02-02")}
    assert tally.skipped == {"site": 1}
    assert one_site(redis, "a.example") == Known("Asia/Kolkata", 1_769_970_599_000)
    assert one_site(redis, "b.example") is None


def test_a_known_site_keeps_its_zone(redis: redis_py.Redis, settings: Settings, tmp_path: Path) -> None:
    redis.hset(keys.sites(), "a.example", encode(Known("America/New_York", NOW)))
    path = tmp_path / "a.log"
    path.write_text(line("02:01:00:00", "/"))
    assert imported(redis, settings, path).tally.days == {("a.example", keys.ordinal("2026-02-01"))}
    assert one_site(redis, "a.example") == Known("America/New_York", 1_769_994_000_000)


def test_what_a_given_site_counts(redis: redis_py.Redis, settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_text("".join(VHOSTS))
    assert imported(redis, settings, path, "c.example").tally.pageviews["human"] == 40
    events = Traffic(site="c.example", client=redis, settings=settings).events("2026-02-01", "2026-02-28")
    assert events["hostname"].value_counts().to_dict() == {"a.example": 20, "b.example": 20}


def test_times_to_come_become_now_and_nothing_is_too_old(
    redis: redis_py.Redis, settings: Settings, tmp_path: Path
) -> None:
    path = tmp_path / "a.log"
    lines = [LINES[0].replace("Feb/2026", "Mar/2026").replace("01/Mar", "02/Mar"), LINES[0].replace("2026", "1999")]
    path.write_text("".join(lines))
    imported(redis, settings, path)
    shard = Shard("a.example")
    assert [event.time for event in read_day(redis, shard, keys.ordinal("2026-03-01"))] == [NOW]
    assert len(read_day(redis, shard, keys.ordinal("1999-02-01"))) == 1


def test_live_traffic_goes_on_with_a_visit_that_an_import_began(
    redis: redis_py.Redis, settings: Settings, tmp_path: Path
) -> None:
    path, shard, day = tmp_path / "a.log", Shard("a.example"), keys.ordinal("2099-03-01")
    now = calendar("UTC").start(day) + 80_000_000  # far ahead, since live salts expire by the server's clock
    path.write_text(line("01:21:00:00", "/a").replace("Feb/2026", "Mar/2099"))
    imported(redis, settings, path, now=now)
    event = read_day(redis, shard, day)[0]
    event.time, event.page = event.time + 1_200_000, "/b"
    batch = Batch("a.example", "UTC", now, 0, [event])
    assert Flusher(redis, "live").apply(shard, [Numbered(1, batch)], now) == 1
    path.write_text(path.read_text() + line("01:21:10:00", "/c").replace("Feb/2026", "Mar/2099"))
    assert imported(redis, settings, path, now=now).tally.held == {("a.example", day)}
    traffic = Traffic(site="a.example", client=redis, settings=settings)
    exits = traffic.breakdown("exit_page", "2099-03-01", "2099-03-01")
    wanted = exits[["exit_page", "visits", "pageviews", "visit_duration"]]
    assert wanted.to_numpy().tolist() == [["/b", 1, 3, 1200.0]]


def test_neither_address_nor_user_agent_is_kept(redis: redis_py.Redis, settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_text("".join(LINES))
    imported(redis, settings, path)
    stored = b"".join(redis.dump(key) for key in redis.scan_iter())
    rows = repr([read_day(redis, Shard("a.example"), keys.ordinal(f"2026-02-0{day}")) for day in (1, 2, 3)])
    for secret in ("192.0.2", "Gecko"):
        assert secret.encode() not in stored
        assert secret not in rows
    assert "/evening" in rows
