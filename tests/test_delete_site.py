"""A site goes whole, its neighbours stay; what was imported for it can be imported again."""

from __future__ import annotations

from pathlib import Path

import pytest
import redis as redis_py
from exported import ZONE, everything, ran, whole
from lives import load, same
from made import SITE, apply, event, ms

from collector import delete_site as delete_site_module
from collector.delete_site import delete_site, is_left
from collector.jobs.lease import Lease
from common import keys
from common.archive import Archive
from common.keys import Shard
from common.known import Known, all_sites, encode
from common.settings import Settings

#: Sites whose keys begin alike.
OTHERS = [Shard("example.com.au"), Shard("www2.example.com"), Shard("example.co")]


def archive(data: Path) -> Archive:
    return Archive.open(Settings(data=data))


def gone(client: redis_py.Redis, data: Path, shard: Shard = SITE) -> tuple[int, int]:
    with Lease(client, shard) as lease:
        return delete_site([lease], archive(data))


def left(client: redis_py.Redis) -> list[str]:
    """Keys with the site's hash tag, whatever they are."""
    return sorted(key.decode() for key in client.scan_iter("*") if b"{example.com." in key and b".au." not in key)


def test_all_of_it_and_nothing_else(redis: redis_py.Redis, tmp_path: Path) -> None:
    whole(redis, tmp_path)
    redis.set(SITE.salt("2026-04-05"), "salt")
    redis.set(SITE.quarantine(SITE.state(), 5), "x")
    for other in OTHERS:
        apply(redis, [event(1, ms("2026-04-01 12:00"))], shard=other)
        redis.hset(keys.sites(), other.site, encode(Known()))
    before = {key: redis.dump(key) for key in redis.scan_iter("*") if b"{example.com.0}" not in key}
    count, files = gone(redis, tmp_path)
    assert (count > 10, files) == (True, 4)
    assert left(redis) == [SITE.state()]
    assert all(name.startswith(b"mark:") for name in redis.hkeys(SITE.state()))
    after = {key: redis.dump(key) for key in redis.scan_iter("*") if b"{example.com.0}" not in key}
    assert {k: v for k, v in after.items() if k != keys.sites().encode()} == {
        k: v for k, v in before.items() if k != keys.sites().encode()
    }
    assert sorted(all_sites(redis)) == sorted(other.site for other in OTHERS)
    assert archive(tmp_path).sites() == []
    assert not [path for path in (tmp_path / "archive").rglob("*") if path.is_file()]
    assert not is_left(redis, archive(tmp_path), SITE.site)


def test_what_a_journal_still_holds_is_not_counted_again(redis: redis_py.Redis, tmp_path: Path) -> None:
    from collector.batches import Batch
    from collector.flush import Flusher, Numbered

    noon = ms("2026-04-01 12:00")
    records = [Numbered(n, Batch(SITE.site, "UTC", noon, 0, [event(n, noon)])) for n in (1, 2)]
    Flusher(redis, "c").apply(SITE, records, noon)
    gone(redis, tmp_path)
    assert Flusher(redis, "c").apply(SITE, records, noon) == 0
    assert left(redis) == [SITE.state()]


class Killed(BaseException):
    """The process is gone."""


@pytest.mark.parametrize("where", ["_empty_state", "_forget_files"])
def test_killed_and_run_again(
    redis: redis_py.Redis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    whole(redis, tmp_path)

    def kill(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(delete_site_module, where, kill)
        with pytest.raises(Killed):
            gone(redis, tmp_path)
    assert SITE.site in all_sites(redis)
    assert archive(tmp_path).names(SITE.site)
    gone(redis, tmp_path)
    assert (left(redis), archive(tmp_path).sites(), all_sites(redis)) == ([SITE.state()], [], {})


BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def line(host: str, number: int) -> str:
    start = f"{host}:443 192.0.2.{number} - - [17/May/2025:10:05:{40 + number} +0000]"
    return f'{start} "GET /{number} HTTP/1.1" 200 9 "-" "{BROWSER}"\n'


def test_files_can_be_imported_again(redis: redis_py.Redis, tmp_path: Path) -> None:
    """Of a file of two sites only what went; a file of its own whole."""
    both, own = tmp_path / "both.log", tmp_path / "own.log"
    both.write_text("".join(line(host, n) for n in range(3) for host in ("example.com", "b.example")))
    own.write_text(line("example.com", 7).partition(" ")[2])
    commands = [(str(both),), ("--site", "example.com", str(own))]
    for command in commands:
        ran("import", redis, tmp_path, *command)
    first = keys.ordinal("2025-05-17")
    expected = everything(redis, tmp_path, first, first)
    assert expected["totals"]["pageviews"].item() == 4
    gone(redis, tmp_path)
    said = [ran("import", redis, tmp_path, *command) for command in commands]
    assert ["known already" in each for each in said] == [True, False]  # the other site's lines are known
    found = everything(redis, tmp_path, first, first)
    same(found, expected, ids=False)
    from common.frames import Traffic

    other = Traffic(site="b.example", client=redis, settings=Settings(data=tmp_path))
    assert other.totals("2025-05-17", "2025-05-17")["pageviews"] == 3


def test_a_site_without_anything(redis: redis_py.Redis, tmp_path: Path) -> None:
    assert not is_left(redis, archive(tmp_path), SITE.site)
    assert gone(redis, tmp_path) == (0, 0)
    load(redis, ZONE, [[event(1, ms("2026-04-01 12:00"))]])
    redis.delete(keys.sites())
    assert is_left(redis, archive(tmp_path), SITE.site)
