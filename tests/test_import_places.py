"""Lines for sites of several shards in; events on the shards of live ones, and the figures of one shard, out."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
import redis as redis_py
from test_importer import BROWSER, NOW, imported, line, shown

from collector.import_places import ImportPlaces
from collector.importer import Importer, reader_of
from collector.salts import Salts
from collector.sender import Request, told_by
from common import keys, store
from common.keys import Shard
from common.known import Known, encode, one_site
from common.raw import read_day
from common.settings import Settings
from common.shards import Layout, shards

SITE, DAYS = "a.example", [keys.ordinal(f"2026-02-{day:02d}") for day in (1, 2, 3)]


def log(path: Path, seed: int = 1) -> Path:
    """Lines of 160 visitors, so that every shard has some, of three days, some over midnight."""
    draw, lines = random.Random(seed), []
    for who in range(1, 161):
        for day in (1, 2, 3):
            for _ in range(draw.randrange(4)):
                clock = draw.choice(("00:05:00", "10:00:00", "10:20:00", "23:50:00"))
                lines.append(line(f"{day:02d}:{clock}", draw.choice(("/a", "/b", "/c")), who))
    path.write_text("".join(sorted(lines, key=lambda text: text.split("[")[1])))
    return path


def on_shards(client: redis_py.Redis) -> dict[str, set[int]]:
    """The shards on which each visitor of a day is found."""
    found: dict[str, set[int]] = {}
    for shard in shards(SITE, 16):
        for day in DAYS:
            for event in read_day(client, shard, day):
                found.setdefault(f"{day} {event.visitor}", set()).add(shard.number)
    return found


def test_figures_are_those_of_one_shard(redis: redis_py.Redis, settings: Settings, tmp_path: Path) -> None:
    path = log(tmp_path / "a.log")
    imported(redis, settings, path)
    one = shown(redis, settings)
    redis.flushall()
    many = Settings(redis_url=settings.redis_url, data=tmp_path / "other", shards=6)
    importer = imported(redis, many, path)
    found = shown(redis, many)
    assert [*found[:3], sorted(found[3])] == [*one[:3], sorted(one[3])]
    known = one_site(redis, SITE)
    assert known
    assert known.layout.most == 6
    used = on_shards(redis)
    assert {len(numbers) for numbers in used.values()} == {1}, "a visitor is on one shard"
    assert set().union(*used.values()) == set(range(6))
    assert importer.tally.pageviews["human"] == one[0][2]


def test_again_adds_nothing_and_a_crash_between_shards_is_gone_on_with(
    redis: redis_py.Redis, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = log(tmp_path / "a.log")
    many = Settings(redis_url=settings.redis_url, data=tmp_path / "other", shards=6)
    importer = Importer(redis, many, SITE, lambda: NOW)
    real, calls = importer._appender.append, iter(range(3))

    def dies(*given: object) -> object:
        if next(calls, None) is None:
            raise redis_py.ConnectionError
        return real(*given)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(importer._appender, "append", dies)
        with pytest.raises(redis_py.ConnectionError):
            importer.read(path, reader_of(path, "auto"))
    importer.close()
    lines = len(path.read_text().splitlines())
    assert 0 < sum(len(read_day(redis, shard, day)) for shard in shards(SITE, 6) for day in DAYS) < lines
    again = imported(redis, many, path)
    assert shown(redis, many)[0][2] == lines
    assert again.tally.pageviews["human"] + again.tally.known_lines == lines
    assert imported(redis, many, path).tally.known_lines == lines
    assert shown(redis, many)[0][2] == lines


async def test_an_imported_visitor_is_where_a_live_one_is(
    redis: redis_py.Redis, redis_url: str, settings: Settings, tmp_path: Path
) -> None:
    path = tmp_path / "a.log"
    path.write_text("".join(line("02:10:00:00", f"/{who}", who) for who in range(1, 41)))
    imported(redis, Settings(redis_url=redis_url, data=tmp_path / "other", shards=16), path)
    found = {event.page: shard.number for shard in shards(SITE, 16) for event in read_day(redis, shard, DAYS[1])}
    async with store.connect_async(redis_url) as client:
        salts = Salts(client, "daily")
        await salts.prepare(SITE, "UTC", NOW)
    live = {f"/{who}": salts.place(SITE, *told_by(Request(0, f"192.0.2.{who}", BROWSER))) for who in range(1, 41)}
    assert found == live


def test_days_before_a_site_had_more_shards_stay_on_those_it_had(
    redis: redis_py.Redis, settings: Settings, tmp_path: Path
) -> None:
    layout = Layout(((0, 1), (DAYS[1], 4)))
    redis.hset(keys.sites(), SITE, encode(Known("UTC", 1, list(layout.steps))))
    imported(redis, settings, log(tmp_path / "a.log"))
    by_day = {day: [len(read_day(redis, shard, day)) for shard in shards(SITE, 4)] for day in DAYS}
    assert by_day[DAYS[0]][1:] == [0, 0, 0]
    assert all(all(counts) for day, counts in by_day.items() if day != DAYS[0])


def test_one_shard_needs_no_key(redis: redis_py.Redis, settings: Settings, tmp_path: Path) -> None:
    imported(redis, settings, log(tmp_path / "a.log"))
    assert not redis.exists(Shard(SITE).place())
    assert ImportPlaces(redis).by_shard(SITE, Layout(), None, {1: None}) == {Shard(SITE): {1: None}}  # type: ignore[arg-type, dict-item]
