"""Which journal a collector gets: the first that is free, after a moment's patience."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from collector import owned
from collector.owned import own_journal


def test_the_first_free_one(tmp_path: Path) -> None:
    journals = [own_journal(tmp_path, patience=0.0) for _ in range(3)]
    assert [journal.folder.name for journal in journals] == ["0", "1", "2"]
    assert len({journal.id for journal in journals}) == 3
    journals[1].close()
    again = own_journal(tmp_path, patience=0.0)
    assert (again.folder.name, again.id) == ("1", journals[1].id)
    for journal in (journals[0], journals[2], again):
        journal.close()


def test_it_waits_for_the_collector_that_it_replaces(tmp_path: Path) -> None:
    before = own_journal(tmp_path)
    threading.Timer(0.2, before.close).start()
    after = own_journal(tmp_path, patience=5.0)
    assert after.folder.name == "0"
    after.close()


def test_too_many_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(owned, "_MOST", 2)
    held = [own_journal(tmp_path, patience=0.0) for _ in range(2)]
    with pytest.raises(SystemExit, match="FOOTFALL_DATA"):
        own_journal(tmp_path, patience=0.0)
    for journal in held:
        journal.close()
