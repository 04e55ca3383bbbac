"""The demo in Redis: every dimension has values, a second run adds nothing, two runs equal one."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import redis as redis_py
from click.testing import CliRunner

from collector import demo
from collector.batches import Batch
from collector.demo import DemoSalts, Filled, Span, events_of, fill, missing, piece, plan_of
from collector.demo_traffic import Plan
from collector.flush import Flusher, Numbered
from collector.ingest import Steps
from common import keys
from common.calendars import calendar
from common.enrich.geo import Geo
from common.frames import DIMENSIONS, Traffic
from common.keys import Shard
from common.known import one_site
from common.settings import Settings

DAY, HOUR, MINUTE = 86_400_000, 3_600_000, 60_000
TODAY = date(2026, 11, 25)
NOON = calendar("UTC").start(TODAY.toordinal()) + 12 * HOUR
SITE = Shard("demo")


def run(redis: redis_py.Redis, settings: Settings, now: int, days: int = 2) -> Filled:
    return fill(redis, plan_of(redis, settings, "demo", 7, days, now), settings, days, now)


def rollups(redis: redis_py.Redis) -> dict[str, dict[bytes, bytes]]:
    """Daily hashes without what tells how they were written."""
    found = {key.decode(): redis.hgetall(key) for key in redis.scan_iter(match="*visits:daily*")}
    how = {keys.REVISION.encode(), keys.RAW_EXTENT.encode()}
    return {key: {name: value for name, value in rows.items() if name not in how} for key, rows in found.items()}


@pytest.mark.parametrize(
    ("now", "known", "wanted"),
    [
        (DAY, [], [(0, DAY)]),
        (DAY, [(0, DAY)], []),
        (2 * HOUR + 7 * MINUTE, [], [(0, HOUR), (HOUR, HOUR), (120, 5), (125, 1), (126, 1)]),
        (2 * HOUR + 1, [(0, HOUR)], [(HOUR, HOUR)]),
        (6 * MINUTE, [(0, 1), (1, 1)], [(2, 1), (3, 1), (4, 1), (5, 1)]),
    ],
    ids=["a day that is over", "a day that is there", "today", "the next hour", "the rest of five minutes"],
)  # fmt: skip
def test_missing(now: int, known: list[tuple[int, int]], wanted: list[tuple[int, int]]) -> None:
    def span(begin: int, length: int) -> Span:
        begin, length = (n if n % MINUTE == 0 else n * MINUTE for n in (begin, length))
        return Span(begin, begin + length)

    there = {piece(7, span(*pair)) for pair in known}
    assert list(missing(7, Span(0, DAY), now, there)) == [span(*pair) for pair in wanted]


def test_the_rest_of_yesterday_is_filled_in_hours() -> None:
    there = {piece(7, span) for span in missing(7, Span(0, DAY), 22 * HOUR + 30 * MINUTE, set())}
    rest = list(missing(7, Span(0, DAY), 2 * DAY, there))
    assert [(span.begin // MINUTE, (span.end - span.begin) // MINUTE) for span in rest] == [
        (1_350, 5), (1_355, 5), (1_360, 5), (1_365, 5), (1_370, 5), (1_375, 5), (1_380, 60),
    ]  # fmt: skip


def test_the_same_seed_and_moment_give_the_same_events() -> None:
    def made(seed: int, rotation: str = "daily") -> list[object]:
        steps = Steps(DemoSalts(seed, rotation), Geo(), calendar("UTC"))
        return list(events_of(Plan("demo", "UTC", seed, TODAY.toordinal() - 9), steps, TODAY.toordinal()))

    assert made(7) == made(7)
    assert made(7) != made(8)
    assert any(event.before for event in made(7))  # type: ignore[attr-defined]
    assert not any(event.before for event in made(7, "monthly"))  # type: ignore[attr-defined]


def test_every_dimension_has_values(redis: redis_py.Redis, settings: Settings) -> None:
    ordinary = Plan("demo", "UTC", 7, TODAY.toordinal() - 30)  # four days without launch or letter
    assert fill(redis, ordinary, settings, 4, NOON).filled == 4
    traffic = Traffic(site="demo", client=redis, settings=settings)
    start = TODAY - timedelta(days=3)
    assert traffic.properties(start, TODAY) == [
        "prop:author", "prop:file", "prop:path", "prop:period", "prop:plan", "prop:url",
    ]  # fmt: skip
    few = {
        name: len(frame)
        for name in (*DIMENSIONS, *traffic.properties(start, TODAY))
        if len(frame := traffic.breakdown(name, start, TODAY)) < 2
    }
    assert few == {"region": 1, "city": 1}  # without a database there is one region: (none)
    totals = traffic.totals(start, TODAY - timedelta(days=1))
    assert 2_000 < totals.pageviews < 3_600
    assert 0.55 < totals.bounce_rate < 0.65
    assert 60 < totals.visit_duration < 180
    assert traffic.revenue(start, TODAY).currency.unique().tolist() == ["EUR"]


def test_a_second_run_adds_nothing(redis: redis_py.Redis, settings: Settings) -> None:
    first = run(redis, settings, NOON)
    before = {key: redis.dump(key) for key in redis.scan_iter() if b"{budget}" not in key}
    assert first.events > 1_000
    assert run(redis, settings, NOON) == (0, 0)
    assert {key: redis.dump(key) for key in redis.scan_iter() if b"{budget}" not in key} == before


def test_two_runs_equal_one(redis: redis_py.Redis, settings: Settings) -> None:
    parts = [run(redis, settings, now) for now in (NOON, NOON + 95 * MINUTE, NOON + DAY)]
    assert all(part.events for part in parts)
    whole = rollups(redis)
    redis.flushall()
    run(redis, settings, NOON + DAY, days=3)
    assert rollups(redis) == whole


def test_what_an_interrupted_run_left_is_counted(
    redis: redis_py.Redis, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise redis_py.ConnectionError

    with monkeypatch.context() as patch:
        patch.setattr(demo, "rebuild", away)
        with pytest.raises(redis_py.ConnectionError):
            run(redis, settings, NOON)
    assert run(redis, settings, NOON) == (0, 0)
    assert Traffic(site="demo", client=redis, settings=settings).totals(TODAY, TODAY).pageviews > 100


def test_live_traffic_goes_on(redis: redis_py.Redis, settings: Settings) -> None:
    steps = Steps(DemoSalts(99, "daily"), Geo(), calendar("UTC"))
    live = events_of(Plan("demo", "UTC", 99, TODAY.toordinal()), steps, TODAY.toordinal())
    early, late = live[:300], live[300:600]
    flusher = Flusher(redis, "live")
    flusher.apply(SITE, [Numbered(1, Batch("demo", "UTC", NOON, 0, early))], NOON)
    run(redis, settings, NOON, days=1)
    flusher.apply(SITE, [Numbered(2, Batch("demo", "UTC", NOON, 0, late))], NOON)
    both = Traffic(site="demo", client=redis, settings=settings).totals(TODAY, TODAY).pageviews
    redis.flushall()
    run(redis, settings, NOON, days=1)
    alone = Traffic(site="demo", client=redis, settings=settings).totals(TODAY, TODAY).pageviews
    mine = sum(event.type == "pageview" and event.class_ == "human" for event in live[:600])
    assert both == alone + mine


def test_the_site_is_registered(redis: redis_py.Redis, settings: Settings) -> None:
    run(redis, settings, NOON)
    known = one_site(redis, "demo")
    assert known is not None
    assert (known.zone, known.since) == ("UTC", NOON - 36 * HOUR)
    assert plan_of(redis, settings, "demo", 7, 2, NOON + DAY).first == TODAY.toordinal() - 1


def test_command(redis: redis_py.Redis, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOOTFALL_REDIS_URL", redis_url)
    call = CliRunner().invoke(demo.command, ["--days", "1"])
    assert call.exit_code == 0, call.output
    assert call.stdout.startswith("demo: ")
    redis.hset(keys.sites(), "example.com", b'{"since":1}')
    call = CliRunner().invoke(demo.command, ["--site", "example.com"])
    assert call.exit_code == 1
    assert "has traffic of its own" in call.output
    monkeypatch.setenv("FOOTFALL_SITES", "example.com")
    call = CliRunner().invoke(demo.command, [])
    assert call.exit_code == 1
    assert "FOOTFALL_SITES" in call.output
