"""Files and tables become one relation; any thread may ask, and what is wrong with a file is said."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from derived import Parts, relation_of, rows_of
from made import event, ms

from common.depth.relation import Relation, plain
from common.store import StoreError

NOON = ms("2026-05-05 12:00")
EVENTS = [event(number, NOON + number, f"/{number}", country="DE") for number in range(8)]
COUNT = "SELECT count(*) AS n, sum(visitor)::BIGINT AS s FROM {rows} WHERE visit_country = $country"


def counted(relation: Relation, country: str = "DE") -> list[int]:
    return relation.ask(COUNT, {"country": country, "not_used": 1}).to_numpy().tolist()[0]


def test_files_and_tables_are_one(tmp_path: Path) -> None:
    assert counted(relation_of(EVENTS)) == [8, 28]
    # The names of the folders look like columns; `day` stays the row's own.
    both = relation_of(EVENTS, folder=tmp_path / "a [b] *c")
    assert counted(both) == [8, 28]
    assert both.ask("SELECT DISTINCT day FROM {rows}", {})["day"].tolist() == [739741]


def test_nothing_at_all_is_an_empty_relation() -> None:
    assert Relation(Parts).ask("SELECT visit_country, day FROM {rows}", {}).shape == (0, 2)


def test_many_threads_ask_at_once(tmp_path: Path) -> None:
    one, other = relation_of(EVENTS, folder=tmp_path), relation_of(EVENTS[:3])
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda n: counted(one if n % 2 else other), range(64)))
    assert found == [[3, 3], [8, 28]] * 32


def test_parts_that_moved_are_asked_for_again(tmp_path: Path) -> None:
    table = rows_of(EVENTS)
    paths = [tmp_path / "daily.parquet", tmp_path / "monthly.parquet"]
    pq.write_table(table, paths[0])
    where = [paths[0]]
    relation = Relation(lambda: Parts(paths=list(where)))
    shutil.move(paths[0], paths[1])
    where[0] = paths[1]
    assert counted(relation) == [8, 28]


@pytest.mark.parametrize("contents", [None, b"", b"PAR1 but not for long"])
def test_a_file_that_cannot_be_read(tmp_path: Path, contents: bytes | None) -> None:
    path = tmp_path / "events.parquet"
    if contents is not None:
        path.write_bytes(contents)
    with pytest.raises(StoreError, match="the archive cannot be read") as caught:
        counted(Relation(lambda: Parts(paths=[path])))
    assert "\n" not in str(caught.value)


def test_a_truncated_file(tmp_path: Path) -> None:
    path = tmp_path / "events.parquet"
    pq.write_table(rows_of(EVENTS), path)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(StoreError, match=r"^the archive cannot be read: .*/events\.parquet: damaged .*; restore it"):
        counted(Relation(lambda: Parts(paths=[path])))


def test_nothing_is_fetched_from_elsewhere() -> None:
    settings = ["autoinstall_known_extensions", "autoload_known_extensions", "python_enable_replacements"]
    for name in settings:
        found = relation_of([]).ask("SELECT current_setting($name) AS value", {"name": name})
        assert found["value"].tolist() == [False], name
    with pytest.raises(duckdb.Error):
        relation_of([]).ask("SELECT * FROM sqlite_scan('a', 'b')", {})


def test_plain() -> None:
    table = pa.table(
        {
            "text": pa.array(["a", "", None]).dictionary_encode(),
            "props": pa.array([[("k", "v")], None, []], pa.map_(pa.string(), pa.string())),
        }
    )
    frame = plain(table)
    assert str(frame["text"].dtype) == "str"
    assert frame["text"].tolist()[:2] == ["a", ""]
    assert frame["text"].isna().tolist() == [False, False, True]
    assert frame["props"].tolist() == [{"k": "v"}, None, {}]
