"""The rebuild command: which days and sites, and one line for what cannot be done."""

from __future__ import annotations

import pytest
import redis as redis_py
from click.testing import CliRunner, Result
from made import SITE, event, ms

from collector.batches import Batch
from collector.flush import Flusher, Numbered
from collector.jobs.rebuild import marked_days
from collector.rebuilding import command
from common import keys
from common.known import Known, encode

NOON = ms("2026-05-05 12:00")
TODAY = keys.ordinal("2026-05-05")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(command, list(arguments))


@pytest.fixture
def two_days(redis: redis_py.Redis, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two days of a site, both of them marked, and both wrong."""
    monkeypatch.setenv("FOOTFALL_REDIS_URL", redis_url)
    for number, day in enumerate((NOON, NOON - 86_400_000), 1):
        batch = Batch(SITE.site, "UTC", day, 0, [event(number, day)])
        Flusher(redis, "c").apply(SITE, [Numbered(number, batch)], day)
        redis.hset(SITE.marked(), keys.iso(TODAY + 1 - number), "1")
        redis.hset(SITE.daily(TODAY + 1 - number), "class=human", b"\x91\x63")
    redis.hset(keys.sites(), mapping={SITE.site: encode(Known("UTC", 1)), "other.example": encode(Known("UTC", 1))})


def views(client: redis_py.Redis, day: int) -> bytes:
    return client.hget(SITE.daily(day), "class=human")[:2]


RIGHT, WRONG = b"\x95\x01", b"\x91\x63"  # msgpack: five figures, the first is 1; one figure, 99


@pytest.mark.usefixtures("two_days")
def test_the_marked_days(redis: redis_py.Redis) -> None:
    result = run()
    assert (result.exit_code, marked_days(redis, SITE)) == (0, [])
    assert result.output.strip().startswith("example.com: 4 days made again from 2 events in ")
    assert [views(redis, TODAY), views(redis, TODAY - 1)] == [RIGHT, RIGHT]
    assert run().output.strip() == ""


@pytest.mark.usefixtures("two_days")
def test_chosen_days_and_sites(redis: redis_py.Redis) -> None:
    assert run("--days", "2026-04-01:2026-04-02", "--site", "other.example", "--quiet").output == ""
    assert views(redis, TODAY) == WRONG
    result = run("--days", "2026-05-05", "--site", "WWW.example.com")
    assert (result.exit_code, views(redis, TODAY), views(redis, TODAY - 1)) == (0, RIGHT, RIGHT)
    assert marked_days(redis, SITE) == [TODAY - 1]


@pytest.mark.usefixtures("two_days")
@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--days", "yesterday"], "2026-11-01:2026-11-24"),
        (["--days", "2026-02-30"], "--days"),
        (["--days", "2026-05-05:2026-05-01"], "lies after"),
        (["--days", "2026-05-01:"], ""),
        (["--site", "nobody.example"], "no such site"),
    ],
)
def test_what_cannot_be_done_is_one_line(redis: redis_py.Redis, arguments: list[str], word: str) -> None:
    result = run(*arguments)
    assert (result.exit_code != 0) == bool(word)
    assert word in result.output
    assert "Traceback" not in result.output
    assert views(redis, TODAY) == WRONG
