"""What an export of a site holds: its days, its filters, what its rollups tell, and where it lacks events."""

from __future__ import annotations

import io
from pathlib import Path

import pandas as pd
import pytest
import redis as redis_py
from exported import DAYS, FIRST, LAST, NOW, ZONE, whole
from lives import load, traffic
from made import SITE, event, ms

from collector import export_manifest
from collector.choosing import Filter
from collector.export import Source, export, stream
from collector.export_files import read_events
from collector.export_manifest import ExportError
from common import keys
from common.archive import Archive
from common.calendars import calendar
from common.history import History
from common.reader import Reader
from common.rollups import METRICS
from common.settings import Settings


def source(client: redis_py.Redis, data: Path, zone: str = ZONE) -> Source:
    archive = Archive.open(Settings(data=data))
    return Source(SITE, calendar(zone), History(client, archive), Reader(client, SITE.site, lambda: archive))


def test_rollups_are_those_of_the_frames(redis: redis_py.Redis, tmp_path: Path) -> None:
    """Of closed months, folded days and open ones alike: summed, they are what breakdowns tell."""
    whole(redis, tmp_path / "data")
    days = source(redis, tmp_path / "data").days(calendar(ZONE).day(NOW))
    assert days == list(range(FIRST, LAST + 1))
    seen: list[tuple[int, int]] = []
    done = export(
        source(redis, tmp_path / "data"),
        tmp_path / "out",
        days,
        "all",
        "parquet",
        Filter({}),
        lambda *at: seen.append(at),
    )
    assert seen[-1] == (DAYS, DAYS)
    assert done.lacking == []
    rows = pd.read_parquet([tmp_path / "out" / f.name for f in done.manifest.files if f.kind == "rollups"])
    sums = rows.groupby(["dimension", "value"])[list(METRICS)].sum()
    t, span = traffic(redis, tmp_path / "data"), (keys.iso(FIRST), keys.iso(LAST))
    assert sums.loc[("class", "human"), "pageviews"] == t.totals(*span)["pageviews"] > 100
    for dimension in ("page", "country", "prop:plan", "exit_page"):
        told = t.breakdown(dimension, *span).set_index(dimension)["events"]
        found = sums.loc[dimension]["events"]
        assert found[found > 0].to_dict() == told[told > 0].to_dict()
    dropped = {day.day: day.dropped for day in done.manifest.days if day.dropped}
    assert dropped == {
        keys.iso(FIRST + 3): {"invalid": 3, "spam": 3},
        keys.iso(FIRST + 20): {"invalid": 20, "spam": 3},
        keys.iso(LAST): {"invalid": 39, "spam": 3},
    }


@pytest.mark.parametrize("where", [{}, {"country": ["DE"]}, {"class": ["bot"]}, {"page": ["/pricing"]}])
def test_events_are_those_of_the_frames(redis: redis_py.Redis, tmp_path: Path, where: dict[str, list[str]]) -> None:
    whole(redis, tmp_path / "data")
    days = list(range(FIRST + 2, FIRST + 33))
    done = export(source(redis, tmp_path / "data"), tmp_path / "out", days, "events", "csv", Filter(where))
    found = [one for file in done.manifest.files for one in read_events(tmp_path / "out" / file.name)]
    asked = {"class": ["human", "bot", "ai"]} | where
    told = traffic(redis, tmp_path / "data").events(keys.iso(days[0]), keys.iso(days[-1]), asked)
    times = told["time"].dt.as_unit("ms").astype("int64")
    expected = zip(times, told["visitor"], told["page"], told["type"], strict=True)
    assert sorted((one.time, one.visitor, one.page, one.type) for one in found) == sorted(expected)
    assert len(found) > 10
    assert done.manifest.where == where
    assert bool(where) == (not any(day.dropped for day in done.manifest.days))


def test_a_stream(redis: redis_py.Redis, tmp_path: Path) -> None:
    load(redis, "UTC", [[event(1, ms("2026-05-05 12:00"), "/=1"), event(2, ms("2026-05-06 12:00"))]])
    days = [keys.ordinal("2026-05-05"), keys.ordinal("2026-05-06")]
    for what, rows in (("events", 2), ("rollups", 0)):
        target = io.StringIO(newline="")
        count = stream(source(redis, tmp_path, "UTC"), target, days, what, Filter({}), lambda done, total: None)
        frame = pd.read_csv(io.StringIO(target.getvalue()))
        assert len(frame) == count >= rows
        assert sorted(set(frame["day"])) == ["2026-05-05", "2026-05-06"]


def test_a_folder_is_filled_once(redis: redis_py.Redis, tmp_path: Path) -> None:
    load(redis, "UTC", [[event(1, ms("2026-05-05 12:00"))]])
    day = [keys.ordinal("2026-05-05")]
    made = source(redis, tmp_path, "UTC")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "events-2026-05.parquet.part").write_text("left by one that was killed")
    export(made, tmp_path / "out", day, "events", "parquet", Filter({}))
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["events-2026-05.parquet", "manifest.json"]
    with pytest.raises(ExportError, match="holds an export already"):
        export(made, tmp_path / "out", day, "events", "parquet", Filter({}))
    (tmp_path / "file").write_text("")
    with pytest.raises(ExportError, match="another --out"):
        export(made, tmp_path / "file" / "out", day, "events", "parquet", Filter({}))


def test_it_says_where_raw_events_lack(redis: redis_py.Redis, tmp_path: Path) -> None:
    load(redis, "UTC", [[event(1, ms("2026-05-05 12:00")), event(2, ms("2026-05-06 12:00"))]])
    redis.delete(SITE.raw(keys.ordinal("2026-05-06"), 0))
    days = [keys.ordinal("2026-05-05"), keys.ordinal("2026-05-06")]
    done = export(source(redis, tmp_path, "UTC"), tmp_path / "out", days, "all", "csv", Filter({}))
    assert done.lacking == ["2026-05-06"]
    assert export_manifest.read(tmp_path / "out") == done.manifest
