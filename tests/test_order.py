"""The order of tests: each worker's share begins with long ones of a kind, none is lost, and all files are there."""

from __future__ import annotations

from pathlib import Path

import order
import pytest


@pytest.mark.parametrize(
    ("count", "workers", "begins"), [(9, 3, [0, 3, 6]), (10, 3, [0, 3, 6]), (5, 2, [0, 2]), (5, 1, [0]), (0, 2, [0, 0])]
)
def test_shares(count: int, workers: int, begins: list[int]) -> None:
    assert list(order.starts(count, workers)) == begins


@pytest.mark.parametrize(
    ("kinds", "workers", "run"),
    [
        ("3303132", 1, "0123333"),
        ("330313233", 3, "033133233"),  # 0 browser, 1 waits, 2 computes, each first of its share
        ("330313233", 2, "0233" + "13333"),
        ("330313233", 4, "03" + "13" + "23" + "333"),
        ("0001", 2, "0001"),  # a block that is larger than a share goes on in the next
    ],
)
def test_each_share_begins_with_a_kind(kinds: str, workers: int, run: str) -> None:
    found = order.ordered([int(kind) for kind in kinds], workers)
    assert sorted(found) == list(range(len(kinds)))
    assert "".join(kinds[place] for place in found) == run


def test_a_kind_stays_in_its_order() -> None:
    assert order.ordered([3, 1, 3, 1, 0, 0], 1) == [4, 5, 1, 3, 0, 2]


@pytest.mark.parametrize("name", [*order.WAIT, *order.COMPUTE])
def test_files_that_are_named_are_there(name: str) -> None:
    assert (Path(__file__).parent / name).is_file()
