"""An emptied Redis is filled again from the archive, drop counts included; one that has files is left alone."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
import redis as redis_py
import snapshots
from click.testing import CliRunner
from kills import POINTS, kill_after
from lives import load, random_traffic, same, tend, told
from made import SITE, apply, event, ms

from collector.batches import Batch
from collector.flush import Flusher, Numbered
from collector.jobs.adopt import noted
from collector.jobs.rebuild import marked_days
from collector.rebuilding import command
from collector.verify import verify
from collector.verify_shard import days_of, verify_keys, verify_shard
from common import keys, manifest
from common.archive import Archive
from common.calendars import calendar
from common.history import History
from common.known import Known, one_site
from common.manifest import EVENTS
from common.settings import Settings

ZONE = "America/New_York"
FIRST = keys.ordinal("2026-03-01")
DAYS = 35  # a whole March with its change of clocks, and four days
LAST = FIRST + DAYS - 1
NOW = ms("2026-04-10 12:00")  # all days are closed
MANIFEST = "site=example.com/manifest.json"


def make(client: redis_py.Redis, data: Path) -> None:
    load(client, ZONE, random_traffic(ZONE, FIRST, DAYS, seed=9, a_day=5))
    dropped = Batch(SITE.site, ZONE, ms("2026-03-05 12:00"), 0, [], {"old": 3, "spam": 2})
    Flusher(client, "c").apply(SITE, [Numbered(1, dropped)], NOW)
    assert tend(client, data, ZONE, NOW, raw_days=3).faults == []


@pytest.fixture
def archived(redis: redis_py.Redis, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Archive:
    """All raw events are in the archive, March is closed, and something was dropped in it."""
    monkeypatch.setenv("FOOTFALL_REDIS_URL", redis_url)
    monkeypatch.setenv("FOOTFALL_DATA", str(tmp_path))
    snapshots.again(make, redis, tmp_path)
    return Archive.open(Settings(data=tmp_path))


def refill(*more: str) -> str:
    result = CliRunner().invoke(command, ["--from-archive", *more])
    assert result.exit_code == 0, result.output
    return result.output


def faults(client: redis_py.Redis, archive: Archive) -> list[str]:
    history, days = History(client, archive), sorted(days_of(client, SITE))
    found = [str(fault) for fault in verify(history, SITE, days, calendar(ZONE))]
    return [*found, *verify_shard(client, SITE, archive), *verify_keys(client)]


def whole(client: redis_py.Redis, data: Path) -> dict[str, pd.DataFrame]:
    return told(client, data, FIRST, LAST)


def test_an_emptied_redis_is_filled_again(redis: redis_py.Redis, archived: Archive, tmp_path: Path) -> None:
    before = whole(redis, tmp_path)
    assert before["dropped"].set_index("reason")["events"].to_dict()["old"] == 3
    files = {name: file for name, file in manifest.files(redis, SITE).items() if file.kind == EVENTS}
    redis.flushall()
    assert f"{SITE.site}: 35 days of the archive" in refill()
    same(whole(redis, tmp_path), before)
    assert one_site(redis, SITE.site) == Known(ZONE, calendar(ZONE).start(FIRST))
    assert manifest.files(redis, SITE) == files
    assert marked_days(redis, SITE) == []
    assert faults(redis, archived) == []
    assert tend(redis, tmp_path, ZONE, NOW, raw_days=3).faults == []
    same(whole(redis, tmp_path), before)
    assert faults(redis, archived) == []
    assert "its files are noted already" in refill()


def test_traffic_that_came_first_is_kept(redis: redis_py.Redis, archived: Archive, tmp_path: Path) -> None:
    before = whole(redis, tmp_path)
    redis.flushall()
    apply(redis, [event(5, ms(f"{keys.iso(LAST)} 12:00", ZONE), "/early")], ZONE)
    refill()
    after = whole(redis, tmp_path)
    assert after["totals"]["pageviews"].item() == before["totals"]["pageviews"].item() + 1
    assert faults(redis, archived) == []


@pytest.mark.parametrize("point", POINTS)
def test_killed_and_run_again(
    redis: redis_py.Redis, archived: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, point: int
) -> None:
    before = whole(redis, tmp_path)
    redis.flushall()
    main = command.callback
    assert main
    kill_after(monkeypatch, point, lambda: _quietly(main))
    redis.delete(SITE.job())  # a killed job's lease ends by itself
    refill()
    same(whole(redis, tmp_path), before)
    assert faults(redis, archived) == []


def _quietly(main: object) -> None:
    try:
        main(None, False, None, True, False, False, False, True)  # type: ignore[operator]
    except SystemExit:
        return


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "manifest.json"),
        ("{", "cannot be read"),
        ('{"schema":"ff9","site":"example.com","zone":"UTC","shard":0,"files":{}}', "is of schema ff9"),
    ],
)
def test_a_manifest_that_cannot_be_used(redis: redis_py.Redis, archived: Archive, text: str | None, said: str) -> None:
    redis.flushall()
    archived.delete(MANIFEST) if text is None else archived.write_text(MANIFEST, text)
    result = CliRunner().invoke(command, ["--from-archive"])
    assert result.exit_code != 0
    assert said in result.output
    assert not redis.exists(SITE.archive())


def test_a_missing_file_is_told_and_done_without_only_when_asked(
    redis: redis_py.Redis, archived: Archive, tmp_path: Path
) -> None:
    name = next(iter(noted(archived, SITE).kind(EVENTS)))
    redis.flushall()
    archived.delete(name)
    result = CliRunner().invoke(command, ["--from-archive"])
    assert result.exit_code != 0
    assert f"files of the archive are missing, such as {name}" in result.output
    assert not redis.exists(SITE.archive())
    refill("--lossy")
    assert 0 < len(days_of(redis, SITE)) < DAYS + 2


def test_no_archive_at_all(
    redis: redis_py.Redis, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOOTFALL_REDIS_URL", redis_url)
    monkeypatch.setenv("FOOTFALL_DATA", str(tmp_path))
    result = CliRunner().invoke(command, ["--from-archive"])
    assert result.exit_code != 0
    assert "has no site" in str(result.exception) + result.output


def test_days_of_two_zones_are_not_put_together(redis: redis_py.Redis, archived: Archive, tmp_path: Path) -> None:
    before = whole(redis, tmp_path)
    redis.flushall()
    load(redis, "UTC", [[event(5, ms(f"{keys.iso(LAST)} 12:00"), "/early")]])
    names = archived.names(SITE.site)
    result = CliRunner().invoke(command, ["--from-archive"])
    assert (
        result.exit_code,
        "days in Redis are of UTC, those of the archive of America/New_York" in result.output,
    ) == (
        1,
        True,
    )
    done = CliRunner().invoke(command, ["--site", SITE.site, "--zone", ZONE, "--yes"])
    assert (done.exit_code, "rebuild --from-archive" in done.output) == (0, True)
    refill()
    after = whole(redis, tmp_path)
    assert after["totals"]["pageviews"].item() == before["totals"]["pageviews"].item() + 1
    assert set(names) >= set(manifest.files(redis, SITE))
    assert faults(redis, archived) == []


def test_the_daily_job_of_an_emptied_redis_leaves_the_archive_alone(
    redis: redis_py.Redis, archived: Archive, tmp_path: Path
) -> None:
    names, told_before = archived.names(SITE.site), noted(archived, SITE)
    redis.flushall()
    load(redis, ZONE, [[event(5, ms("2026-05-30 12:00"))]])
    done = tend(redis, tmp_path, ZONE, ms("2026-07-10 12:00"), raw_days=3)
    assert [fault.partition(",")[0] for fault in done.faults] == [
        "example.com: the archive has 2 files that this Redis knows nothing of"
    ]
    assert (archived.names(SITE.site), noted(archived, SITE)) == (names, told_before)
    refill()
    assert tend(redis, tmp_path, ZONE, ms("2026-07-10 12:00"), raw_days=3).faults == []
    assert faults(redis, archived) == []
