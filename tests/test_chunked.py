"""Lists of bounded size."""

from __future__ import annotations

import pytest

from common.chunked import chunked


@pytest.mark.parametrize(
    ("items", "size", "expected"),
    [([], 2, []), ([1], 2, [[1]]), ([1, 2, 3], 2, [[1, 2], [3]]), ([1, 2, 3, 4], 2, [[1, 2], [3, 4]])],
)
def test_chunks(items: list[int], size: int, expected: list[list[int]]) -> None:
    assert list(chunked(iter(items), size)) == expected
