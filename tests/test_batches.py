"""A batch comes out of the journal as it went in."""

from __future__ import annotations

import msgspec
import pytest
from made import event

from collector.batches import Batch, decode, encode


@pytest.mark.parametrize(
    "batch",
    [
        Batch("example.com", "UTC", 0, 0, []),
        Batch("example.com", "Asia/Kathmandu", 1_790_000_000_000, (1 << 64) - 1, [], {"old": 2, "invalid": 1}),
        Batch("example.com", "UTC", 1, 2, [event((1 << 64) - 1, 5, "/ü", props={"plan": "pro"}, amount=-999)]),
    ],
)
def test_there_and_back(batch: Batch) -> None:
    assert decode(encode(batch)) == batch


def test_what_is_no_batch_is_refused() -> None:
    with pytest.raises(msgspec.DecodeError):
        decode(encode(["example.com", "UTC", "now", 0, []]))
