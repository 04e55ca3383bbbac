"""Applied records stay in the journal for a while where a replica may take over."""

from __future__ import annotations

import pytest

from collector import keeping
from collector.keeping import Keeping


def test_records_are_kept_for_some_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(keeping.time, "monotonic", lambda: now[0])
    kept = Keeping(180)
    told = []
    for at, applied in ((0, 5), (100, 9), (180, 9), (200, 12), (280, 12), (379, 12), (381, 12)):
        now[0] = at
        told.append(kept.until(applied))
    assert told == [0, 0, 5, 0, 9, 0, 12]


def test_what_is_written_again_is_not_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(keeping.time, "monotonic", lambda: now[0])
    kept = Keeping(180)
    kept.until(9)
    now[0] = 181
    assert kept.until(3) == 3  # a replica took over, with records up to 3


def test_without_replicas_nothing_is_kept() -> None:
    assert Keeping(0).until(5) == 5
