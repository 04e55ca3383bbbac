"""The parts of the comparison of a cluster with one Redis: what is sent, and that a difference is found."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pandas as pd

from tests.chaos.one_figure import SPAN, made
from tests.chaos.retold import differing, worst

NOW = datetime(2026, 5, 5, 12, tzinfo=UTC)


def test_so_many_events_are_sent_and_some_batches_twice() -> None:
    bodies = [json.loads(request.body) for request in made(2_000, NOW)]
    once = {body["batch"]: body for body in bodies}
    assert sum(len(body["events"]) for body in once.values()) == 2_000
    assert 0.02 < (len(bodies) - len(once)) / len(once) < 0.09
    times = [event["timestamp"] for body in once.values() for event in body["events"]]
    first, last = (datetime.fromisoformat(text) for text in (min(times), max(times)))
    assert (NOW - first).total_seconds() * 1_000 <= SPAN
    assert last < NOW


def test_a_difference_is_found_and_an_order_is_none() -> None:
    one = pd.DataFrame({"page": ["/a", "/b"], "visits": [1, 2], "seq": [0, 1]})
    found = {"same": one.iloc[::-1], "seq": one.assign(seq=7), "value": one.assign(visits=[1, 3]), "rows": one.iloc[:1]}
    assert differing(found, dict.fromkeys(found, one)) == ["value", "rows"]
    assert worst({"a": (101, 100), "b": (196, 200)}) == 0.02
