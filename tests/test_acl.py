"""The explorer's Redis user: every page works under it, and it writes one field of one key."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import explorer_site as site
import pytest
import redis as redis_py

from common import acl, keys
from common.frames import Traffic
from common.keys import Shard

PASSWORD = "a password of the tests"
SHARD = Shard(site.SITE)


@pytest.fixture
def limited(redis: redis_py.Redis, redis_url: str) -> Iterator[str]:
    """URL of the database as the explorer's user."""
    redis.execute_command(*acl.explorer_acl(PASSWORD))
    try:
        yield _as_user(redis_url)
    finally:
        redis.acl_deluser(acl.USER)


def _as_user(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme == "unix":
        return f"unix://{acl.USER}:{PASSWORD.replace(' ', '%20')}@{parts.path}"
    return f"redis://{acl.USER}:{PASSWORD.replace(' ', '%20')}@{parts.hostname}:{parts.port}/0"


@pytest.mark.parametrize("page", ["", "breakdown", "health", "sites"])
@pytest.mark.parametrize("filtered", [[], ["country:DE"]])
def test_every_page_works(
    redis: redis_py.Redis, limited: str, monkeypatch: pytest.MonkeyPatch, page: str, filtered: list[str]
) -> None:
    site.ordinary(redis)
    monkeypatch.setenv("FOOTFALL_REDIS_URL", limited)
    site.forget()
    app = site.opened(page, site=site.SITE, period="7d", f=filtered)
    assert not app.exception
    assert not app.error
    assert app.dataframe or site.lists(app)


def test_a_site_can_be_added(redis: redis_py.Redis, limited: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOOTFALL_REDIS_URL", limited)
    site.forget()
    app = site.opened("sites")
    app.text_input(key="new_site").set_value("new.example")
    app.button[-1].click().run()
    assert not app.exception
    assert redis.hkeys(keys.sites()) == [b"new.example"]


def test_notebooks_read_with_it(redis: redis_py.Redis, limited: str) -> None:
    site.ordinary(redis)
    with redis_py.Redis.from_url(limited, protocol=2) as client:
        traffic = Traffic(site=site.SITE, client=client)
        day = traffic.first_day()
        assert day is not None
        assert traffic.totals(day, day)["visitors"] == 3
        assert traffic.live() == 0
        assert client.pfcount(SHARD.unique(day.toordinal())) == 3


@pytest.mark.parametrize(
    "command",
    [
        ("HSET", keys.sites(), site.SITE, "{}"),
        ("HDEL", keys.sites(), site.SITE),
        ("DEL", keys.sites()),
        ("EXPIRE", keys.sites(), 1),
        ("HSETNX", SHARD.state(), "lease", "x"),
        ("HSETNX", SHARD.daily(1), "x", "y"),
        ("HSETNX", "ff2:{sites}:other", "x", "y"),
        ("SET", "ff2:x", "1"),
        ("SET", "other", "1"),
        ("RPUSH", SHARD.raw(1, 0), "x"),
        ("PFADD", SHARD.unique(1), "x"),
        ("RENAME", SHARD.state(), SHARD.marked()),
        ("GET", SHARD.salt("2026-11-25")),
        ("GET", SHARD.import_salt(1)),
        ("DUMP", SHARD.salt("2026-11-25")),
        ("GET", "other"),
        ("HGETALL", f"{keys.sites()}x"),
        ("EVAL", "return 1", 0),
        ("KEYS", "*"),
        ("CONFIG", "GET", "requirepass"),
        ("ACL", "LIST"),
        ("SLOWLOG", "GET"),
        ("CLIENT", "LIST"),
        ("MONITOR",),
        ("FLUSHALL",),
        ("SHUTDOWN",),
        ("PUBLISH", "c", "x"),
    ],
    ids=lambda command: " ".join(map(str, command))[:40],
)
def test_nothing_else_is_allowed(limited: str, command: tuple[str | int, ...]) -> None:
    with (
        redis_py.Redis.from_url(limited, protocol=2) as client,
        pytest.raises(redis_py.exceptions.NoPermissionError),
    ):
        client.execute_command(*command)


def test_it_can_be_sent_again(redis: redis_py.Redis, limited: str) -> None:
    redis.execute_command(*acl.explorer_acl("another"))
    with redis_py.Redis.from_url(limited, protocol=2) as client, pytest.raises(redis_py.AuthenticationError):
        client.ping()


def test_it_prints_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    acl.main()
    told = capsys.readouterr().out
    password = re.search(rf"redis://{acl.USER}:([\w-]+)@", told)
    assert password
    assert acl.command(acl.explorer_acl(password[1])) in told
    assert told.count(password[1]) == 1


def test_the_docs_have_the_very_line() -> None:
    words = acl.command(acl.explorer_acl("")).replace(acl.explorer_acl("")[5], "#SHA256-OF-THE-PASSWORD")
    assert words in (site.ROOT / "docs" / "explorer.md").read_text().replace(" \\\n      ", " ")
