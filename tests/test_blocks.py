"""Blocks of columns: nothing is lost, order is kept beside blocks of rows, and they are smaller than those."""

from __future__ import annotations

import random

import pyarrow as pa
import pytest
from hypothesis import given, settings
from made import event
from test_columns import EVENTS, MANY
from test_truth import event as random_event

from common.blocks import WORTH_IT, columnar_events, pack_table, table_of_blocks, unpack_table
from common.columns import LATER, RAW, events_of, table_of
from common.events import Event
from common.rows import pack_events, unpack_blocks, unpack_events

FILL = [event(9, 1_000 * at, f"/{at % 300}") for at in range(WORTH_IT)]


@settings(max_examples=40, deadline=None)
@given(events=MANY)
def test_there_and_back(events: list[Event]) -> None:
    many = [*events, *FILL, *EVENTS]
    block = pack_table(table_of(many))
    assert block[:1] == b"\x02"
    assert unpack_events(block) == columnar_events(block) == many
    assert unpack_table(block).schema == RAW


@pytest.mark.parametrize(("count", "kind"), [(0, 0), (1, 0), (WORTH_IT - 1, 1), (WORTH_IT, 2)])
def test_few_events_stay_rows(count: int, kind: int) -> None:
    block = pack_table(table_of(FILL[:count]))
    assert block[0] == kind
    assert unpack_events(block) == FILL[:count]


def test_every_kind_in_its_order() -> None:
    parts = [EVENTS[:1], FILL, FILL[::-1], EVENTS, FILL[:200]]
    blocks = [pack_events(parts[0]), *(pack_table(table_of(part)) for part in parts[1:3])]
    blocks += [pack_events(part) for part in parts[3:]]
    assert [block[0] for block in blocks] == [0, 2, 2, 1, 1]
    whole = [item for part in parts for item in part]
    table = table_of_blocks(blocks)
    assert events_of(table) == unpack_blocks(blocks) == whole
    assert {column.num_chunks for column in table.columns} == {1}
    assert table.schema == table_of_blocks([]).schema == RAW
    assert len(table_of_blocks([])) == 0


def test_a_slice_tells_nothing_of_the_rest() -> None:
    table = table_of([event(1, 5, "/secret"), *FILL])
    block = pack_table(table.slice(1))
    assert unpack_table(block)["page"].chunk(0).dictionary.to_pylist() == [f"/{at}" for at in range(300)]


def test_tables_of_several_chunks() -> None:
    table = pa.concat_tables([table_of(FILL), table_of(EVENTS)])
    assert events_of(unpack_table(pack_table(table))) == [*FILL, *EVENTS]


@pytest.mark.parametrize("cut", [1, 4, 5, 40, -1])
def test_damage_is_told(cut: int) -> None:
    block = pack_table(table_of(FILL))
    with pytest.raises(ValueError, match="damaged"):
        unpack_events(block[:cut])


@pytest.mark.parametrize("count", [1_000, 5_000])
def test_smaller_than_rows(count: int) -> None:
    draw = random.Random(1)
    events = [random_event("UTC", draw.randrange(count // 3), 10_000 * at, at, draw) for at in range(count)]
    assert len(pack_table(table_of(events))) < 0.95 * len(pack_events(events))


def test_a_block_of_before_a_column_was_there(monkeypatch: pytest.MonkeyPatch) -> None:
    older = pa.schema([field for field in RAW if field.name not in LATER])
    with monkeypatch.context() as patched:
        patched.setattr("common.blocks.RAW", older)
        block = pack_table(table_of(FILL))
    assert unpack_events(block) == FILL
    assert events_of(table_of_blocks([block, pack_events(EVENTS)])) == [*FILL, *EVENTS]
