"""Exports as a user makes them: all figures come back in an empty Redis, from either format, once."""

from __future__ import annotations

import io
from pathlib import Path

import pandas as pd
import pytest
import redis as redis_py
from exported import ZONE, everything, ran, whole
from lives import load, same, tend
from made import SITE, event, ms

from collector.trim import now_ms
from common import keys
from common.keys import Shard
from common.known import Known, all_sites, encode
from tests.chaos.onlooker import live_formulas


@pytest.mark.parametrize("wanted", ["parquet", "csv"])
def test_all_figures_come_back(redis: redis_py.Redis, tmp_path: Path, wanted: str) -> None:
    whole(redis, tmp_path / "old")
    out = tmp_path / "out"
    said = ran(
        "export", redis, tmp_path / "old", "--format", wanted, "--out", str(out), "--days", "2026-02-25:2026-04-05"
    )
    assert said.startswith("example.com: 1,")
    assert f"in 6 files, 0.{said.partition('files, 0.')[2][:1]} MB: {out / SITE.site}" in said
    assert tend(redis, tmp_path / "old", ZONE, now_ms()).faults == []  # visits over midnight settle once
    expected = everything(redis, tmp_path / "old")
    redis.flushall()
    ran("import", redis, tmp_path / "new", str(out))
    assert all_sites(redis)["example.com"].zone == ZONE
    assert tend(redis, tmp_path / "new", ZONE, now_ms()).faults == []
    same(everything(redis, tmp_path / "new"), expected)
    assert "events added: 0," in ran("import", redis, tmp_path / "new", str(out))
    same(everything(redis, tmp_path / "new"), expected)
    if wanted == "csv":
        assert not set().union(*(live_formulas(path.read_bytes()) for path in out.rglob("*.csv")))


@pytest.fixture
def two(redis: redis_py.Redis) -> redis_py.Redis:
    """Two sites."""
    load(redis, "UTC", [[event(1, ms("2026-05-05 12:00"), "/a", country="DE"), event(2, ms("2026-05-06 12:00"))]])
    redis.hset(keys.sites(), "b.example", encode(Known()))
    return redis


def test_every_site_and_every_day(two: redis_py.Redis, tmp_path: Path) -> None:
    said = ran("export", two, tmp_path, "--out", str(tmp_path / "out"))
    assert "example.com: 2 events and" in said
    assert "b.example: nothing to export yet" in said
    names = sorted(
        str(path.relative_to(tmp_path / "out")) for path in (tmp_path / "out").rglob("*.*") if path.is_file()
    )
    assert names == [
        "example.com/events-2026-05.parquet",
        "example.com/manifest.json",
        "example.com/rollups-2026-05.parquet",
    ]
    assert pd.read_parquet(tmp_path / "out" / names[0])["page"].tolist() == ["/a", "/"]


def test_a_filter_on_standard_output(two: redis_py.Redis, tmp_path: Path) -> None:
    asked = ("--site", "example.com", "--out", "-", "--format", "csv", "--days", "2026-05-05:2026-05-06")
    out = ran("export", two, tmp_path, *asked, "--what", "events", "--where", "country=DE")
    assert pd.read_csv(io.StringIO(out))[["day", "page"]].to_numpy().tolist() == [["2026-05-05", "/a"]]
    out = ran("export", two, tmp_path, *asked, "--what", "rollups")
    rows = pd.read_csv(io.StringIO(out))
    assert rows[rows["dimension"] == "page"][["day", "value", "pageviews"]].to_numpy().tolist() == [
        ["2026-05-05", "/a", 1],
        ["2026-05-06", "/", 1],
    ]


@pytest.mark.parametrize(
    ("arguments", "says", "code"),
    [
        (["--out", "-", "--what", "events"], "name one --site", 2),
        (["--out", "-", "--site", "example.com"], "--what events or --what rollups", 2),
        (["--where", "country=DE"], "add --what events", 2),
        (["--where", "contry=DE", "--what", "events"], "unknown dimension", 2),
        (["--site", "other.example"], "no such site", 1),
        (["--days", "2026-05-07:2026-05-01"], "lies after", 2),
    ],
)
def test_what_is_refused(two: redis_py.Redis, tmp_path: Path, arguments: list[str], says: str, code: int) -> None:
    assert says in ran("export", two, tmp_path, *arguments, code=code)


def test_a_filtered_export_is_imported_as_what_it_is(two: redis_py.Redis, tmp_path: Path) -> None:
    out = tmp_path / "out"
    ran(
        "export", two, tmp_path, "--out", str(out), "--site", "example.com", "--what", "events", "--where", "country=DE"
    )
    said = ran("import", two, tmp_path, "--site", "c.example", str(out))
    assert "which holds only some of its events" in said
    assert "events added: 1," in said
    assert two.exists(Shard("c.example").dense(), Shard("c.example").daily(keys.ordinal("2026-05-05")))
