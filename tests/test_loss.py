"""Ids that came, and what is known from them of those that did not."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest

from common.loss import MOST_OF_A_GAP, OWNED, Counts, counts, unpacked
from common.run_ids import batch_id

DAY_MS = 86_400_000
DAY = 20_000


def ids(text: str) -> dict[int, np.ndarray]:
    """`20000: a0 a1 b0/1` is what came on a day: page, number, and how many days before DAY the page was opened."""
    found = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        day, _, listed = line.partition(":")
        found[int(day)] = np.array([one(word) for word in listed.split()], np.uint64)
    return found


def one(word: str) -> int:
    name, _, ago = word.partition("/")
    if name[0] == "?":
        return batch_id(name)
    return batch_id(f"{(DAY - int(ago or 0)) * DAY_MS + ord(name[0])}-0.5-{name[1:]}")


@pytest.mark.parametrize(
    ("came", "expected"),
    [
        ("20000: a0 a1 a2", (3, 2, 0)),
        ("20000: a0 a2", (2, 1, 1)),
        ("20000: a2", (1, 0, 2)),  # the pageview itself was lost, and what came after it
        ("20000: a2 a0 a1", (3, 2, 0)),  # in any order
        ("20000: a0 a1 a1 a0 a3", (3, 2, 1)),  # what came twice is one
        ("20000: a0 b0 a2 b1 c0", (5, 2, 1)),
        ("20000: ?x ?y-1 ?z-7", (0, 0, 0)),  # not numbered
        (f"20000: a0 a{MOST_OF_A_GAP + 500}", (2, 1, MOST_OF_A_GAP)),
        # Over midnight: a gap is of the day of what came after it.
        ("19999: a0/1 \n 20000: a2/1", (1, 1, 1)),
        ("19999: a0/1 a2/1 \n 20000: a3/1", (1, 1, 0)),
        ("20000: a0 a2 \n 20001: a1", (2, 1, 0)),  # came a day later
        ("19999: a0/1 \n 20000: a0/1 a1/1", (1, 1, 0)),  # sent again past midnight
        # Of pages that were opened long before nobody knows any more what came first.
        ("19999: \n 20000: a9/1", (1, 0, 9)),
        ("19999: \n 20000: a9/2 a11/2", (2, 1, 1)),
        ("20000: a9/1", (1, 0, 0)),
    ],
)
def test_counts_of_a_day(came: str, expected: tuple[int, int, int]) -> None:
    assert counts(ids(came), 0)[DAY] == expected


def test_days_of_an_older_form_tell_nothing() -> None:
    came = ids("19999: a0/1 a5/1 \n 20000: a6/1 b0 b2")
    assert counts(came, DAY) == {DAY: (3, 1, 1)}
    assert counts(came, DAY + 1) == {}


def test_estimate() -> None:
    assert Counts(100, 80, 20).rate == pytest.approx(0.2)
    assert Counts(100, 80, 20).lost == pytest.approx(25)  # 125 were made
    assert math.isnan(Counts(5, 0, 0).rate)
    assert Counts(5, 0, 0).lost == 0
    assert Counts(5, 3, 1).plus(Counts(1, 1, 1), 4) == (9, 7, 5)


def test_ids_are_unpacked_from_both_forms() -> None:
    plain = [b"".join(n.to_bytes(8) for n in (1, 2)), (1 << 63).to_bytes(8)]
    assert unpacked(plain).tolist() == [1, 2, 1 << 63]
    assert unpacked([n.to_bytes(8) + b"ownr" for n in (7, 9)], OWNED).tolist() == [7, 9]
    assert unpacked([b"cut"]).tolist() == []


@pytest.mark.parametrize("rate", [0.0, 0.02, 0.2])
def test_the_estimate_finds_what_was_lost_with_last_batches_and_whole_pages(rate: float) -> None:
    """20,000 pages of 1 to 12 batches, each lost or not, come in any order and some twice, over two days."""
    draw = random.Random(7)
    came: dict[int, list[int]] = {DAY: [], DAY + 1: []}
    made = arrived = 0
    for page in range(20_000):
        for number in range(draw.randrange(1, 13)):
            made += 1
            if draw.random() < rate:
                continue
            arrived += 1
            batch = batch_id(f"{DAY * DAY_MS + page}-0.25-{number}")
            for _ in range(1 + (draw.random() < 0.1)):
                came[DAY + (draw.random() < 0.3)].append(batch)
    found = counts({day: np.array(of_day, np.uint64) for day, of_day in came.items()}, 0)
    total = found[DAY].plus(found[DAY + 1])
    assert total.batches == arrived
    assert total.rate == pytest.approx(rate, abs=0.01 * bool(rate))
    assert total.lost == pytest.approx(made - arrived, rel=0.05)
