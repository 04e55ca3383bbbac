"""What an id of a batch keeps of what the client called it."""

from __future__ import annotations

import pytest

from common.run_ids import NUMBER_SHIFT, OPENED_SHIFT, PER_BUCKET, RUN, UNNUMBERED, batch_id, bits, buckets

PAGE = "1790000000000-0.123456789"  # opened on day 20717 since 1970, and 20717 % 8 == 5


@pytest.mark.parametrize(
    ("text", "number"),
    [
        (f"{PAGE}-0", 0),
        (f"{PAGE}-17", 17),
        (f"{PAGE}-4094", 4094),
        (f"{PAGE}-4095", UNNUMBERED),
        (f"{PAGE}-99999", UNNUMBERED),
        (f"{PAGE}-01", UNNUMBERED),
        ("1790000000000-1.5e-7-3", 3),
        ("1790000000000-0-3", 3),
        ("3f2504e0-4f89-11d3-9a0c-030512345678", UNNUMBERED),  # others' ids may end with a number
        ("order-17", UNNUMBERED),
        ("", UNNUMBERED),
        ("\ud800", UNNUMBERED),
    ],
)
def test_only_the_trackers_own_ids_have_a_number(text: str, number: int) -> None:
    assert batch_id(text) >> NUMBER_SHIFT == number
    assert 0 < batch_id(text) < 1 << 64


def test_batches_of_a_page_end_with_the_same_bits_and_no_two_ids_are_one() -> None:
    ids = [batch_id(f"{PAGE}-{number}") for number in range(4_094)]
    assert len(set(ids)) == 4_094
    assert len({id_ & RUN for id_ in ids}) == 1
    assert ids[0] >> OPENED_SHIFT & 7 == 5
    pages = {batch_id(f"17900000{n:05}-0.5-0") & RUN for n in range(50_000)}
    assert len(pages) == 50_000


@pytest.mark.parametrize(
    ("count", "sampled", "expected"),
    [
        (0, 0, [0]),
        (PER_BUCKET, 0, [0]),
        (PER_BUCKET + 1, 0, [0, 1, 2, 3]),
        (800, 0, [*range(64)]),
        (800, 2, [*range(0, 64, 4)]),
        (800, 4, [0, 16, 32, 48]),
    ],
)
def test_buckets(count: int, sampled: int, expected: list[int]) -> None:
    assert buckets(count, sampled) == expected
    assert expected[-1] < 1 << bits(count)
