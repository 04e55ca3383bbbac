"""Batches folded: which rows they add, in the form the script wants."""

from __future__ import annotations

from made import event, ms

from collector.batches import Batch
from collector.folding import fold_batches, rows_of
from common import keys
from common.rollups import METRICS

NOON = ms("2026-05-05 12:00", "Asia/Kathmandu")
DAY = keys.ordinal("2026-05-05")


def test_events_states_and_drops_of_a_flush() -> None:
    late = ms("2026-05-04 23:50", "Asia/Kathmandu")
    one = Batch("example.com", "Asia/Kathmandu", NOON, 0, [event(1, NOON), event(2, NOON, "/b")], {"old": 2})
    two = Batch("example.com", "Asia/Kathmandu", NOON, 0, [event(2, NOON + 1_000, "/c"), event(3, late)], {"old": 1})
    signal = Batch("example.com", "Asia/Kathmandu", NOON, 0, [event(4, NOON, type="engagement", engaged=9)])
    work = fold_batches([one, two, signal], {}, "UTC")
    assert {day: [e.visitor for e in events] for day, events in work.events.items()} == {
        DAY: [1, 2, 2, 4],
        DAY - 1: [3],
    }
    assert sorted(work.states) == [1, 2, 3, 4]
    assert work.folded.marked == set()
    rows = work.folded.increments
    #                                        pageviews, events, visits, visitors, bounces, duration
    assert rows[DAY]["class=human"][:6] == [3, 3, 2, 2, 1, 1_000]
    assert rows[DAY - 1]["class=human"][:6] == [1, 1, 1, 1, 1, 0]
    assert rows[DAY]["entry_page=/b"][:6] == [2, 2, 1, 1, 0, 1_000]
    assert rows[DAY]["dropped=old"][:2] == [0, 3]
    assert rows[DAY]["dropped=no_visit"][:2] == [0, 1]


def test_what_is_stored_goes_on() -> None:
    states = fold_batches([Batch("s", "UTC", NOON, 0, [event(1, NOON)])], {}, "UTC").states
    work = fold_batches([Batch("s", "UTC", NOON, 0, [event(1, NOON + 60_000, "/b")])], states, "UTC")
    day = keys.ordinal("2026-05-05")
    assert work.folded.increments[day]["class=human"][:6] == [1, 1, 0, 0, -1, 60_000]


def test_rows_name_their_dimension_once_and_end_with_their_last_figure() -> None:
    def sums(*values: int) -> list[int]:
        return [*values, *[0] * (len(METRICS) - len(values))]

    rows = {
        "class=human": sums(2, 2, 1),
        "page=/": sums(1),
        "page=/b": sums(0, -1),
        "page=/zero": sums(0),
        "prop:plan=pro": sums(0, 1),
        "prop:lang=x=y": sums(0, 1),
    }
    dims, listed = rows_of(rows)
    assert dims == [["page", 2_000, 0], ["prop", 100, 0], ["prop:plan", 500, 2], ["prop:lang", 500, 2]]
    assert listed == [
        ["class=human", 0, [2, 2, 1]],
        ["page=/", 1, [1]],
        ["page=/b", 1, [0, -1]],
        ["prop:plan=pro", 3, [0, 1]],
        ["prop:lang=x=y", 4, [0, 1]],
    ]
