"""Files of either format, a month each: the same events and rows come back."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from made import event, ms
from msgspec.structs import replace

from collector.cells import EVENT_COLUMNS
from collector.export_files import ROLLUP_COLUMNS, CsvWriter, Months, read_events, told_of
from collector.export_manifest import ExportError
from common import keys
from common.columns import LATER
from common.events import Event
from common.rollups import METRICS

DAYS = [keys.ordinal(text) for text in ("2026-05-30", "2026-05-31", "2026-06-01")]
EVENTS: dict[int, list[Event]] = {
    day: [
        event((1 << 64) - 1, ms(f"{keys.iso(day)} 12:00"), "/=1", props={"b": "1", "a": ""}, scroll=7),
        event(2, ms(f"{keys.iso(day)} 12:01"), before=3, props={}),
    ]
    for day in DAYS
}
ROW = np.array([[1, 2, 0, 1, 0, 0, 0, 0, 0, -5]], dtype=np.int64)


def months(folder: Path, kind: str, wanted: str) -> Months:
    return Months(folder, kind, wanted, "example.com", "Asia/Kathmandu")


@pytest.mark.parametrize("wanted", ["parquet", "csv"])
def test_events_come_back(tmp_path: Path, wanted: str) -> None:
    files = months(tmp_path, "events", wanted)
    assert [files.write(day, events) for day, events in EVENTS.items()] == [2, 2, 2]
    files.close()
    assert [(file.name, file.rows) for file in files.files] == [
        (f"events-2026-05.{wanted}", 4),
        (f"events-2026-06.{wanted}", 2),
    ]
    assert sorted(path.name for path in tmp_path.iterdir()) == [file.name for file in files.files]
    found = [one for file in files.files for one in read_events(tmp_path / file.name)]
    assert found == [one for day in DAYS for one in EVENTS[day]]


@pytest.mark.parametrize("wanted", ["parquet", "csv"])
def test_rollups_are_a_table(tmp_path: Path, wanted: str) -> None:
    files = months(tmp_path, "rollups", wanted)
    files.write(DAYS[0], {"page": (["/"], ROW), "city": (["x", "=1"], np.concatenate([ROW, ROW]))})
    files.close()
    path = tmp_path / files.files[0].name
    frame = pd.read_csv(path) if wanted == "csv" else pd.read_parquet(path)
    assert list(frame.columns) == list(ROLLUP_COLUMNS) == ["day", "dimension", "value", *METRICS]
    assert frame["dimension"].tolist() == ["city", "city", "page"]
    assert frame["value"].tolist() == ["'=1" if wanted == "csv" else "=1", "x", "/"]
    assert frame["revenue"].tolist() == [-5, -5, -5]
    assert str(frame["day"][0]) == "2026-05-30"


def test_other_programs_read_them(tmp_path: Path) -> None:
    files = months(tmp_path, "events", "parquet")
    files.write(DAYS[0], EVENTS[DAYS[0]])
    files.close()
    table = pq.read_table(tmp_path / "events-2026-05.parquet")
    assert table["day"].to_pylist() == [date(2026, 5, 30)] * 2
    assert table["page"].to_pylist() == ["/=1", "/"]
    assert told_of(tmp_path / "events-2026-05.parquet") == ("events", "example.com", "Asia/Kathmandu")


def test_a_stream() -> None:
    stream = io.StringIO(newline="")
    writer = CsvWriter(stream, "events")
    assert writer.write(DAYS[0], EVENTS[DAYS[0]]) == 2
    writer.close()
    frame = pd.read_csv(io.StringIO(stream.getvalue()))
    assert tuple(frame.columns) == EVENT_COLUMNS
    assert frame["visitor"].tolist() == ["f" * 16, f"{2:016x}"]


@pytest.mark.parametrize("name", ["x.parquet", "x.csv"])
def test_what_is_none(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"\xff\xfe nothing of the kind")
    with pytest.raises(ExportError, match="cannot be read"):
        list(read_events(path))
    if name.endswith("parquet"):
        assert told_of(path) is None
    pd.DataFrame({"page": ["/"]}).to_parquet(tmp_path / "other.parquet")
    assert told_of(tmp_path / "other.parquet") is None
    with pytest.raises(ExportError, match="cannot be read"):
        list(read_events(tmp_path / "other.parquet"))


def test_a_file_of_before_a_column_was_there(tmp_path: Path) -> None:
    clicked = event(1, ms("2026-05-05 12:00"), type="click", x=3, across=7, width=390)
    writer = months(tmp_path, "events", "parquet")
    writer.write(keys.ordinal("2026-05-05"), [clicked])
    writer.close()
    (path,) = tmp_path.iterdir()
    pq.write_table(pq.read_table(path).drop_columns(list(LATER)), path)
    assert list(read_events(path)) == [replace(clicked, across=-1, width=0)]
