"""Counts come out as Prometheus text; only loopback or the token may read them."""

from __future__ import annotations

import pytest

from collector.metrics import Counts, may_read, render


def test_render() -> None:
    counts = Counts()
    counts.add(202, 3, {"old": 1})
    counts.add(202, 2, {"old": 1, "site": 4})
    counts.add(400, 0, {})
    text = render(counts, {"backlog": 7, "journal_bytes": 99, "redis": "away", "failing_since": 1_500}).decode()
    lines = [line for line in text.splitlines() if not line.startswith("#") and "_created" not in line]
    assert lines == [
        'footfall_answers_total{status="202"} 2.0',
        'footfall_answers_total{status="400"} 1.0',
        "footfall_events_accepted_total 5.0",
        'footfall_events_dropped_total{reason="old"} 2.0',
        'footfall_events_dropped_total{reason="site"} 4.0',
        "footfall_backlog_records 7.0",
        "footfall_journal_bytes 99.0",
        "footfall_redis_up 0.0",
        "footfall_failing_since_seconds 1.5",
    ]


@pytest.mark.parametrize(
    ("peer", "forwarded", "authorization", "token", "may"),
    [
        ("127.0.0.1", False, "", None, True),
        ("::1", False, "", None, True),
        ("127.0.0.1", True, "", None, False),
        ("192.0.2.1", False, "", None, False),
        ("192.0.2.1", True, "Bearer s3cret", "s3cret", True),
        ("127.0.0.1", False, "", "s3cret", False),
        ("127.0.0.1", False, "Bearer wrong", "s3cret", False),
        ("", False, "", None, False),
    ],
)
def test_may_read(peer: str, forwarded: bool, authorization: str, token: str | None, may: bool) -> None:
    assert may_read(peer, forwarded, authorization, token) is may
