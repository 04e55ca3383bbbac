"""Tables as Parquet and back: equal, small, and what is damaged or newer is said to be."""

from __future__ import annotations

import random
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from made import event, ms
from test_truth import event as random_event

from common import parquet
from common.archive_errors import ArchiveError, DamagedFile
from common.calendars import calendar
from common.columns import table_of
from common.dense import ROWS
from common.derive import DERIVED, derive
from common.keys import ordinal

DAY = ordinal("2026-05-05")
NOON = ms("2026-05-05 12:00")


def derived(count: int = 300) -> pa.Table:
    """Rows of visitors with ids beyond 63 bits, props, titles of any script, signals."""
    events = [
        event(2**64 - 1 - number % 40, NOON + number * 7_000, f"/{number % 7}", seq=number % 3, title=f"Größe {number}")
        for number in range(count)
    ]
    events[3].props = {"plan": "pro", "größe": ""}
    events[5].type, events[5].engaged, events[5].scroll = "engagement", 2**40, 100
    return derive(table_of(events), calendar("UTC"), range(DAY, DAY + 1))


def test_back_is_equal() -> None:
    table = derived()
    back = parquet.decode(parquet.encode(table, "events"))
    assert back.schema.equals(DERIVED)
    assert back.to_pylist() == table.to_pylist()
    assert parquet.differences(table, back) == []
    assert parquet.decode(parquet.encode(table, "events"), ["page", "visit"]).column_names == ["page", "visit"]


def test_no_rows_and_nulls() -> None:
    for table in (derived().slice(0, 0), ROWS.empty_table()):
        assert parquet.differences(table, parquet.decode(parquet.encode(table, "x"))) == []
    rows = pa.table([[1, 2], ["a", "b"], ["", "é"], *[[2**62, -1]] * 10, [None, b"\0hll"]], schema=ROWS)
    assert parquet.decode(parquet.encode(rows, "rows")).to_pylist() == rows.to_pylist()


def test_random_traffic_in_several_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "_GROUP", 100)
    chance = random.Random(7)
    table = table_of(
        [random_event("UTC", number % 9, NOON + number * 900_000, number, chance) for number in range(450)]
    )
    data = parquet.encode(table, "events")
    assert pq.read_metadata(pa.BufferReader(data)).num_row_groups == 5
    assert parquet.decode(data).to_pylist() == table.to_pylist()


def test_every_difference_is_seen() -> None:
    table = derived()
    for place, name in enumerate(table.column_names):
        column = table[name].combine_chunks()
        moved = pa.concat_arrays([column.slice(1), column.slice(0, 1)])
        changed = parquet.differences(table, table.set_column(place, name, moved))
        assert changed == ([] if moved.to_pylist() == column.to_pylist() else [name])
    assert parquet.differences(table, table.slice(1))[:2] == ["time", "seq"]
    assert parquet.differences(table, table.drop_columns(["title"])) == ["title"]
    assert parquet.differences(table, table.select(table.column_names[::-1])) == ["their order"]
    narrow = table.set_column(0, "time", table["time"].cast(pa.uint64()))
    assert parquet.differences(table, narrow) == ["time"]


def test_metadata_and_statistics() -> None:
    table = derived()
    found = pq.read_metadata(pa.BufferReader(parquet.encode(table, "events")))
    assert {key: value for key, value in found.metadata.items() if key.startswith(b"footfall")} == {
        b"footfall.schema": b"1",
        b"footfall.kind": b"events",
    }
    columns = {found.row_group(0).column(at).path_in_schema: at for at in range(found.num_columns)}
    time, page = (found.row_group(0).column(columns[name]) for name in ("time", "page"))
    assert [time.compression, time.statistics.min, time.statistics.max] == ["ZSTD", NOON, NOON + 299 * 7_000]
    assert "DELTA_BINARY_PACKED" in time.encodings
    assert [page.statistics.min, page.statistics.max, page.has_dictionary_page] == ["/0", "/6", True]


def damaged(data: bytes, way: str) -> bytes:
    return {
        "empty": b"",
        "cut": data[: len(data) // 2],
        "without end": data[:-1],
        "other": b"no parquet at all",
        "zeros": bytes(len(data)),
    }[way]


@pytest.mark.parametrize("way", ["empty", "cut", "without end", "other", "zeros"])
def test_damage_is_said_before_anything_is_read(way: str, tmp_path: Path) -> None:
    spoilt = damaged(parquet.encode(derived(), "events").to_pybytes(), way)
    (tmp_path / "x").write_bytes(spoilt)
    for source in (pa.py_buffer(spoilt), tmp_path / "x"):
        with pytest.raises(DamagedFile, match=r"^damaged .*restore it from a backup"):
            parquet.check(source)


def test_no_flipped_bit_of_the_rows_goes_unseen() -> None:
    """Either reading fails, or what is read is the same. The file's end, its schema, has no checksum in Parquet."""
    table = derived()
    data = parquet.encode(table, "events").to_pybytes()
    rows = len(data) - 8 - int.from_bytes(data[-8:-4], "little")
    chance = random.Random(1)
    seen = 0
    for _ in range(300):
        at = chance.randrange(4, rows)
        spoilt = data[:at] + bytes([data[at] ^ 1 << chance.randrange(8)]) + data[at + 1 :]
        try:
            back = parquet.decode(pa.py_buffer(spoilt))
        except ArchiveError:
            seen += 1
        else:
            assert parquet.differences(table, back) == [], at
    assert seen > 200


def test_a_newer_file_and_a_strange_one() -> None:
    table = derived()
    newer, strange = pa.BufferOutputStream(), pa.BufferOutputStream()
    pq.write_table(table.replace_schema_metadata({"footfall.schema": "2", "footfall.kind": "events"}), newer)
    pq.write_table(table, strange)
    for read in (parquet.check, parquet.decode):
        with pytest.raises(ArchiveError, match=r"^written by a newer Footfall; update this one$"):
            read(newer.getvalue())
        with pytest.raises(DamagedFile, match="no file of Footfall"):
            read(strange.getvalue())
