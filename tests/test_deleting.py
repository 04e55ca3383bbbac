"""The delete command: what it previews, that a preview changes nothing, and what it says afterwards."""

from __future__ import annotations

from pathlib import Path

import pytest
import redis as redis_py
from exported import everything, ran
from lives import load, same
from made import SITE, event, ms

from collector.deleting import compared
from collector.jobs import lease as lease_module
from common import keys
from common.known import all_sites
from common.rollups import METRICS

DAY = keys.ordinal("2026-05-05")


@pytest.fixture
def filled(redis: redis_py.Redis) -> redis_py.Redis:
    """Two days, a bot among the visitors."""
    at = [ms(f"2026-05-05 {hour}:00") for hour in range(10, 20)]
    load(
        redis,
        "UTC",
        [
            [
                event(1, at[0], country="DE"),
                event(1, at[0] + 1_000, "/b"),
                event(2, at[1]),
                *(event(3, time, class_="bot") for time in at),
                event(1, at[0] + 2_000, type="engagement"),
            ],
            [event(1, ms("2026-05-06 12:00"), country="DE")],
        ],
    )
    return redis


def test_a_preview(filled: redis_py.Redis, tmp_path: Path) -> None:
    before = everything(filled, tmp_path, DAY, DAY + 1)
    state = {key: filled.dump(key) for key in filled.scan_iter("*") if b"{budget}" not in key}
    out = ran("delete", filled, tmp_path, "--site", "www.Example.com", "--where", "country=DE", "--days", "2026-05-05")
    assert out.splitlines() == [
        "example.com: would go: events: 2 (2 human), signals: 1, human visitors by day: 1, on 2026-05-05",
        "",
        "                      before         after    2026-05-04 to 2026-05-06, these days only",
        "visitors                   3             2",
        "visits                     3             2",
        "pageviews                  4             2",
        "events                     4             2",
        "bounces                    2             2",
        "bot pageviews             10            10",
        "",
        "Nothing was deleted. Add --yes to delete them for good; `export` first keeps a copy.",
    ]
    assert {key: filled.dump(key) for key in filled.scan_iter("*") if b"{budget}" not in key} == state
    same(everything(filled, tmp_path, DAY, DAY + 1), before)


def test_with_yes(filled: redis_py.Redis, tmp_path: Path) -> None:
    arguments = ("--site", "example.com", "--where", "class=bot", "--yes")
    out = ran("delete", filled, tmp_path, *arguments)
    assert out == (
        "example.com: deleted: events: 10 (10 bot), signals: 0, human visitors by day: 0, on 2026-05-05. "
        "The figures are made again\n"
    )
    assert set(everything(filled, tmp_path, DAY, DAY + 1)["class"]["class"]) == {"human"}
    assert "no event matches" in ran("delete", filled, tmp_path, *arguments)
    assert "no event matches" in ran("delete", filled, tmp_path, *arguments[:-1])


def test_a_whole_site(filled: redis_py.Redis, tmp_path: Path) -> None:
    out = ran("delete", filled, tmp_path, "--site", "example.com")
    assert out.startswith("example.com: everything since 2026-05-05 and 0 files of the archive would go, for good.\n")
    assert list(all_sites(filled)) == ["example.com"]
    assert "deleted" in ran("delete", filled, tmp_path, "--site", "example.com", "--yes")
    assert all_sites(filled) == {}
    assert "no such site" in ran("delete", filled, tmp_path, "--site", "example.com", "--yes", code=1)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--site", "other.example"], "no such site"),
        (["--site", "example.com", "--where", "contry=DE"], "unknown dimension 'contry'"),
        (["--site", "example.com", "--where", "country"], "such as country=DE"),
        (["--site", "example.com", "--days", "yesterday"], "expected 2026-11-01:2026-11-24"),
        ([], "--site"),
    ],
)
def test_what_is_refused(filled: redis_py.Redis, tmp_path: Path, arguments: list[str], says: str) -> None:
    assert says in ran("delete", filled, tmp_path, *arguments, "--yes", code=1 if says == "no such site" else 2)


def test_another_job_is_waited_for(filled: redis_py.Redis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lease_module.Lease.__init__, "__defaults__", (0.0, lambda: None))
    filled.set(SITE.job(), "another")
    out = ran("delete", filled, tmp_path, "--site", "example.com", "--days", "2026-05-05", "--yes", code=1)
    assert "another job is at work on it; try again in a moment" in out


def test_compared() -> None:
    before, after = [9, 8, 7, 6, 5, *[0] * 5], [4, 3, 2, 1, 0, *[0] * 5]
    assert len(before) == len(METRICS)
    assert compared({"human": before, "ai": before}, {"human": after}) == [
        ("visitors", 6, 1),
        ("visits", 7, 2),
        ("pageviews", 9, 4),
        ("events", 8, 3),
        ("bounces", 5, 0),
        ("ai pageviews", 9, 0),
    ]
