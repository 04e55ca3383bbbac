"""`rebuild --zone`: what it previews, that a preview changes nothing, and what it says afterwards."""

from __future__ import annotations

from pathlib import Path

import pytest
import redis as redis_py
from click.testing import CliRunner, Result
from exported import drop
from lives import load
from made import SITE, event, ms

from collector.jobs import lease as lease_module
from collector.rebuilding import command
from collector.rezoning import report
from common import keys
from common.frames import Traffic
from common.known import Known, encode, one_site
from common.settings import Settings

BERLIN = "Europe/Berlin"


@pytest.fixture(autouse=True)
def _two_days(redis: redis_py.Redis, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two days of New York, an event of the first on the second of Berlin."""
    monkeypatch.setenv("FOOTFALL_REDIS_URL", redis_url)
    monkeypatch.setenv("FOOTFALL_DATA", str(tmp_path))
    monkeypatch.delenv("FOOTFALL_SITES", raising=False)
    hours = ("05-05 10:00", "05-05 20:00", "05-06 12:00")
    load(redis, "America/New_York", [[event(1, ms(f"2026-{hour}", "America/New_York")) for hour in hours]])
    drop(redis, keys.ordinal("2026-05-05"), {"spam": 4})


def run(*arguments: str) -> Result:
    return CliRunner().invoke(command, list(arguments))


def views(client: redis_py.Redis) -> list[int]:
    series = Traffic(site=SITE.site, client=client).series("2026-05-04", "2026-05-07")
    return [int(value) for value in series["pageviews"]]


def test_a_preview(redis: redis_py.Redis) -> None:
    before = {key: redis.dump(key) for key in redis.scan_iter("*") if b"{budget}" not in key}
    result = run("--site", "www.Example.com", "--zone", BERLIN)
    assert (result.exit_code, result.output.splitlines()) == (
        0,
        [
            "example.com: 2 days from 2026-05-05 to 2026-05-06 are of America/New_York: 3 events and signals, "
            "0 of them in the archive.",
            "They would be grouped by days of Europe/Berlin, all figures made again; until a day is, it shows none.",
            "What was not counted (`dropped`) stays under its date. Visitors keep the ids they had on the old days.",
            "Nothing was changed. Add --yes to do it; traffic may go on meanwhile.",
        ],
    )
    assert "its days are of America/New_York already" in run("--site", SITE.site, "--zone", "America/New_York").output
    assert {key: redis.dump(key) for key in redis.scan_iter("*") if b"{budget}" not in key} == before


def test_with_yes(redis: redis_py.Redis) -> None:
    assert views(redis) == [0, 2, 1, 0]
    result = run("--site", SITE.site, "--zone", BERLIN, "--yes")
    assert result.exit_code == 0, result.output
    assert result.output.startswith("example.com: its days are of Europe/Berlin; 2 days with 3 events grouped anew, ")
    assert views(redis) == [0, 1, 2, 0]
    assert Traffic(site=SITE.site, client=redis).dropped("2026-05-05", "2026-05-05")["events"].tolist() == [4]
    again = run("--site", SITE.site, "--zone", BERLIN, "--yes").output
    assert again.startswith("example.com: its days are of Europe/Berlin; they were already, ")


def test_a_site_that_waits(redis: redis_py.Redis) -> None:
    redis.hset(keys.sites(), "new.example", encode(Known("UTC")))
    assert run("--site", "new.example", "--zone", BERLIN).output == (
        "new.example: has no days yet; --yes gives it the zone Europe/Berlin\n"
    )
    assert run("--site", "new.example", "--zone", BERLIN, "--yes").exit_code == 0
    assert one_site(redis, "new.example") == Known(BERLIN)


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["--site", "other.example", "--zone", BERLIN], 1, "no such site"),
        (["--site", SITE.site, "--zone", "Europe/Nowhere"], 2, "expected a time zone such as Europe/Berlin"),
        (["--site", SITE.site, "--zone", "../etc/passwd"], 2, "expected a time zone such as Europe/Berlin"),
        (["--zone", BERLIN], 2, "add --site example.com"),
    ],
)
def test_what_is_refused(arguments: list[str], code: int, says: str) -> None:
    result = run(*arguments, "--yes")
    assert (result.exit_code, says in result.output) == (code, True), result.output


def test_another_job_is_waited_for(redis: redis_py.Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lease_module.Lease.__init__, "__defaults__", (0.0, lambda: None))
    redis.set(SITE.job(), "another")
    result = run("--site", SITE.site, "--zone", BERLIN, "--yes")
    assert (result.exit_code, "another job is at work on it; try again in a moment" in result.output) == (1, True)
    redis.delete(SITE.job())


def test_a_setting_that_says_otherwise() -> None:
    from collector.jobs.rezone import Rezoned

    lines = report(Settings(sites={SITE.site: "UTC"}), SITE.site, BERLIN, Rezoned(2, 3, True, ["no archive"]), 1.0)
    assert lines[1:] == [
        "FOOTFALL_SITES still says UTC: write example.com=Europe/Berlin there",
        "left for the daily job: no archive",
    ]
