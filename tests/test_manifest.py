"""What the list of archive files says, and names that are used once."""

from __future__ import annotations

import redis as redis_py
from made import SITE

from common.keys import Shard
from common.manifest import EVENTS, ROWS, File, encoded, files, folder, new_name

FILE = File(EVENTS, 30, 4_000, [(739_700, 10), (739_701, 20)])


def test_files_of_a_shard(redis: redis_py.Redis) -> None:
    assert files(redis, SITE) == {}
    redis.hset(SITE.archive(), "b", encoded(FILE))
    redis.hset(SITE.archive(), "a", encoded(File(ROWS, 1, 2, [])))
    assert list(files(redis, SITE).items()) == [("a", File(ROWS, 1, 2, [])), ("b", FILE)]
    assert files(redis, Shard("other.com")) == {}


def test_months() -> None:
    assert FILE.months == {"2026-03"}
    assert File(EVENTS, 2, 9, [(739_706, 1), (739_707, 1)]).months == {"2026-03", "2026-04"}


def test_names() -> None:
    names = {new_name(SITE, EVENTS, "2026-10", "2026-10-05") for _ in range(9)} | {new_name(SITE, ROWS, "2026-10")}
    assert len(names) == 10
    assert {name.rpartition("-")[0] for name in names} == {
        "site=example.com/month=2026-10/day=2026-10-05/events-0",
        "site=example.com/month=2026-10/rows-0",
    }
    assert folder("shop.example.com:8080") == "site=shop.example.com%3A8080"
