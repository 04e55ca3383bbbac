"""Events in; batches, their ids and what became of them out. No clock, no network."""

from __future__ import annotations

import json
from typing import Any

import pytest

from common.outbox import Outbox


def told(accepted: int, **dropped: int) -> bytes:
    return json.dumps({"accepted": accepted, "dropped": dropped}).encode()


def test_a_body_has_ages_at_the_time_it_is_sent() -> None:
    outbox = Outbox(1_000)
    outbox.add({"pathname": "/a"}, 10.0)
    outbox.add({"pathname": "/ü", "timestamp": "2026-11-24T09:30:00Z"}, None)
    batch = outbox.next()
    assert batch is not None
    assert json.loads(batch.body("exämple.com", 12.5)) == {
        "site": "exämple.com",
        "batch": batch.id,
        "events": [{"pathname": "/a", "age": 2500}, {"pathname": "/ü", "timestamp": "2026-11-24T09:30:00Z"}],
    }
    assert len(batch.id) == 16
    assert json.loads(batch.body("a", 9.0))["events"][0]["age"] == 0


def test_batches_are_cut_where_the_collector_would_refuse_them() -> None:
    outbox = Outbox(1_000)
    for _ in range(101):
        outbox.add({"pathname": "/"}, 0.0)
    outbox.add({"title": "t" * 40_000}, 0.0)
    outbox.add({"title": "t" * 40_000}, 0.0)
    sizes, ids = [], set()
    while batch := outbox.next():
        body = batch.body("a.com", 1e9)
        assert len(body) < 65_536
        sizes.append(len(json.loads(body)["events"]))
        ids.add(batch.id)
        outbox.answered(batch, 202, told(1))
    assert (sizes, len(ids), outbox.held) == ([100, 2, 1], 3, 0)
    with pytest.raises(ValueError, match="expected at most 60000"):
        outbox.add({"title": "t" * 60_000}, 0.0)


def test_what_was_sent_once_takes_no_more_events() -> None:
    outbox = Outbox(1_000)
    outbox.add({"pathname": "/1"}, 0.0)
    first = outbox.next()
    outbox.add({"pathname": "/2"}, 0.0)
    assert first is not None
    assert len(first.events) == 1
    assert outbox.next() is first
    outbox.answered(first, 202, told(1))
    second = outbox.next()
    assert second is not None
    assert second.id != first.id


#: Statuses one after another, Retry-After -> waits, with a jitter that is always 1/2, and whether the batch is kept.
@pytest.mark.parametrize(
    ("statuses", "retry_after", "waits", "kept"),
    [
        ([202], "", [0], False),
        ([0, 503, 429, 408, 500], "", [1, 2, 4, 8, 16], True),
        ([0] * 8, "", [1, 2, 4, 8, 16, 30, 30, 30], True),
        ([429, 202], "7", [8, 0], False),
        ([503], "Wed, 21 Oct 2026 07:28:00 GMT", [1], True),
        ([400], "", [0], False),
        ([301], "", [0], False),
    ],
)
def test_waits(statuses: list[int], retry_after: str, waits: list[float], kept: bool) -> None:
    outbox = Outbox(1_000, jitter=lambda: 0.5)
    outbox.add({"pathname": "/"}, 0.0)
    found = []
    for status in statuses:
        batch = outbox.next()
        assert batch is not None
        found.append(outbox.answered(batch, status, told(1), retry_after))
    assert (found, outbox.held) == (waits, int(kept))


def test_what_became_of_events() -> None:
    outbox = Outbox(1_000)
    answers: list[tuple[int, bytes]] = [(202, told(2, spam=1)), (400, b""), (200, b"<html>"), (202, b'{"accepted":1}')]
    for status, body in answers:
        for _ in range(3):
            outbox.add({"pathname": "/"}, 0.0)
        batch: Any = outbox.next()
        outbox.answered(batch, status, body)
    assert (outbox.accepted, outbox.dropped) == (3, {"spam": 1, "refused": 3})


def test_the_oldest_go_when_there_are_too_many() -> None:
    outbox = Outbox(250)
    for number in range(251):
        outbox.add({"pathname": f"/{number}"}, 0.0)
    batch = outbox.next()
    assert batch is not None
    assert (json.loads(batch.events[0][1])["pathname"], outbox.held, outbox.dropped) == ("/100", 151, {"full": 100})


def test_an_answer_to_a_batch_that_had_to_go_meanwhile() -> None:
    outbox = Outbox(100)
    outbox.add({"pathname": "/old"}, 0.0)
    sent = outbox.next()
    assert sent is not None
    for _ in range(100):
        outbox.add({"pathname": "/new"}, 0.0)
    outbox.answered(sent, 202, told(1))
    assert (outbox.held, outbox.accepted, outbox.dropped) == (100, 1, {"full": 1})
