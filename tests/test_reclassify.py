"""Raw events are told again under today's lists, wherever they lie, and figures follow; a preview writes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
import redis as redis_py
from click.testing import CliRunner, Result
from kills import kill_after
from lives import load, tend
from made import SITE, event, ms

from collector.preview import Preview
from collector.rebuilding import command
from collector.reclassify import changed
from collector.verify import verify
from collector.verify_shard import days_of, verify_shard
from common import keys
from common.archive import Archive
from common.calendars import calendar
from common.events import Event
from common.frames import Traffic
from common.history import History
from common.rollups import METRICS
from common.settings import Settings

FIRST = keys.ordinal("2026-03-20")
DAYS = 40
LAST = FIRST + DAYS - 1
NOW = ms(f"{keys.iso(LAST)} 23:00")


def of_day(day: int) -> list[Event]:
    """A visit that stays, and one over midnight, both from a source that nobody knew."""
    noon = ms(f"{keys.iso(day)} 12:00")
    came = {"source": "chatgpt.com", "referrer": "chatgpt.com", "channel": "Referral"}
    known = {"source": "Bing", "referrer": "bing.com", "channel": "Organic Search"}
    return [
        event(day, noon, "/a", **came),
        event(day + 1_000_000, noon, "/b", **known),
        event(day + 2_000_000, noon + 43_000_000, "/c", **came),
    ]


@pytest.fixture
def stored(redis: redis_py.Redis, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("FOOTFALL_REDIS_URL", redis_url)
    monkeypatch.setenv("FOOTFALL_DATA", str(tmp_path))
    load(redis, "UTC", [of_day(day) for day in range(FIRST, FIRST + DAYS)])
    assert tend(redis, tmp_path, "UTC", NOW, raw_days=5).faults == []
    return Settings(data=tmp_path)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(command, list(arguments))


def channels(client: redis_py.Redis, settings: Settings, deep: bool = False) -> dict[str, int]:
    traffic = Traffic(site=SITE.site, client=client, settings=settings)
    where = {"device": "(none)"} if deep else None
    frame = traffic.breakdown("channel", keys.iso(FIRST), keys.iso(LAST), where=where)
    return dict(zip(frame["channel"], frame["visits"], strict=True))


def faults(client: redis_py.Redis, settings: Settings) -> list[str]:
    archive = Archive.open(settings)
    found = verify(History(client, archive), SITE, sorted(days_of(client, SITE)), calendar("UTC"))
    return [*map(str, found), *verify_shard(client, SITE, archive)]


BEFORE = {"Referral": 2 * DAYS, "Organic Search": DAYS}
AFTER = {"AI Assistants": 2 * DAYS, "Organic Search": DAYS}


def test_a_changed_list(redis: redis_py.Redis, stored: Settings) -> None:
    assert channels(redis, stored) == channels(redis, stored, deep=True) == BEFORE
    before = {name: redis.dump(name) for name in redis.scan_iter() if b"unique" not in name and b"{budget}" not in name}
    said = run("--preview", "--reclassify")
    assert said.exit_code == 0, said.output
    assert "0 of 40 days would change in their totals" in said.output
    assert f"AI Assistants: pageviews 0 -> {2 * DAYS}" in said.output
    assert f"chatgpt.com: visits {2 * DAYS} -> 0" in said.output
    assert {
        name: redis.dump(name) for name in redis.scan_iter() if b"unique" not in name and b"{budget}" not in name
    } == before
    said = run("--reclassify")
    assert f"{2 * DAYS} events have another source or channel" in said.output
    assert said.exit_code == 0, said.output
    assert channels(redis, stored) == channels(redis, stored, deep=True) == AFTER
    assert faults(redis, stored) == []
    assert "0 events have another" in run("--reclassify").output
    assert tend(redis, stored.data, "UTC", NOW, raw_days=5).faults == []
    assert channels(redis, stored) == AFTER
    assert faults(redis, stored) == []


def test_only_some_days(redis: redis_py.Redis, stored: Settings) -> None:
    day = keys.iso(FIRST + 20)
    assert run("--reclassify", "--days", day).exit_code == 0
    assert channels(redis, stored) == {"Referral": 2 * DAYS - 2, "AI Assistants": 2, "Organic Search": DAYS}
    assert faults(redis, stored) == []


@pytest.mark.parametrize("point", [20, 60, 120, 200, 300])
def test_killed_and_run_again(
    redis: redis_py.Redis, stored: Settings, monkeypatch: pytest.MonkeyPatch, point: int
) -> None:
    main = command.callback
    assert main

    def work() -> None:
        with pytest.raises(SystemExit):
            main(None, False, None, False, True, False, False, True)

    kill_after(monkeypatch, point, work)
    redis.delete(SITE.job())
    assert run("--reclassify").exit_code == 0
    assert channels(redis, stored) == AFTER
    assert faults(redis, stored) == []


def test_without_a_changed_list_nothing_would_change(redis: redis_py.Redis, stored: Settings) -> None:
    assert "nothing would change on 40 days" in run("--preview").output
    redis.hset(SITE.daily(LAST), "page=/x", b"\x91\x05")
    said = run("--preview", "--days", keys.iso(LAST)).output
    assert "page: 1 values would change" in said
    assert "/x: pageviews 5 -> 0" in said


def test_the_same_events_where_nothing_changes() -> None:
    events = of_day(FIRST)
    told = changed(events)
    assert [one is other for one, other in zip(events, told, strict=True)] == [False, True, False]
    assert [item.channel for item in told] == ["AI Assistants", "Organic Search", "AI Assistants"]


def row(*figures: int) -> list[int]:
    return [*figures, *[0] * (len(METRICS) - len(figures))]


def test_a_preview_in_words() -> None:
    found = Preview()
    found.add(FIRST, {"class=human": row(9, 9), "page=/": row(9), "step=human.1": row(9)}, {"class=human": row(8, 9)})
    found.add(FIRST + 1, {"page=/": row(1)}, {"page=/": row(1)})
    assert list(found.report()) == [
        "1 of 2 days would change in their totals",
        "  2026-03-20  human: pageviews 9 -> 8",
        "page: 1 values would change",
        "  /: pageviews 10 -> 1",
    ]
    many = Preview()
    for day in range(3):
        many.add(FIRST + day, {"class=human": row(1)}, {})
    assert list(many.report(most=2))[-1] == "  and 1 days more"
