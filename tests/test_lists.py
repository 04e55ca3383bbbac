"""The lists of `common/lists`: each tells where it is from, and each row is whole."""

import re

import pytest

from common.enrich.lists import FOLDER, rows

NAMES = sorted(path.stem for path in FOLDER.glob("*.csv"))


def test_the_lists_are_there() -> None:
    assert {"agent_names", "ai_agents", "channels", "click_ids", "sources"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_the_first_line_tells_source_licence_and_date(name: str) -> None:
    first = (FOLDER / f"{name}.csv").read_text(encoding="utf-8").splitlines()[0]
    assert re.match(r"# source: .+; licence: .+; date: \d{4}-\d\d-\d\d", first)


@pytest.mark.parametrize("name", NAMES)
def test_every_row_has_every_column_and_no_stray_space(name: str) -> None:
    table = rows(name)
    assert table
    for row in table:
        assert None not in row
        assert all(cell is not None and cell == cell.strip() for cell in row.values())


def test_no_key_is_there_twice() -> None:
    for name, columns in {
        "sources": ["domain"],
        "ai_agents": ["name"],
        "agent_names": ["kind", "family"],
    }.items():
        keys = [tuple(row[column] for column in columns) for row in rows(name)]
        assert len(keys) == len(set(keys)), name


def test_sources_cover_the_field() -> None:
    known: dict[str, set[str]] = {}
    for row in rows("sources"):
        known.setdefault(row["category"], set()).add(row["name"])
    least = {
        "search": 50,
        "social": 40,
        "video": 15,
        "shopping": 30,
        "email": 20,
        "ai": 20,
        "audio": 5,
        "": 20,
    }
    assert known.keys() == least.keys()
    assert {category: len(known[category]) >= number for category, number in least.items()} == dict.fromkeys(
        least, True
    )
