"""What the benchmarks of clusters put where, and the journals that they begin with: by hand."""

from __future__ import annotations

import pytest

from benchmarks import cluster
from benchmarks.cluster_page import PAGE, replaced


def test_a_table_is_put_between_its_marks() -> None:
    page = "a\n<!-- nodes -->\n| old |\n<!-- end of nodes -->\nb\n"
    made = "a\n<!-- nodes -->\n| 1 |\n| 2 |\n<!-- end of nodes -->\nb\n"
    assert replaced(page, "nodes", ["| 1 |", "| 2 |"]) == made
    assert replaced(made, "nodes", ["| 1 |", "| 2 |"]) == made
    with pytest.raises(ValueError, match="no table idle"):
        replaced(page, "idle", [])


@pytest.mark.parametrize("name", ["nodes", "idle"])
def test_the_page_has_a_place_for_each(name: str) -> None:
    assert replaced(PAGE.read_text(), name, ["| x |"]).count("| x |") == 1


def test_each_flusher_has_visitors_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else they would refuse each other's flushes: what that costs is simulated by `spread.py`."""
    monkeypatch.setattr(cluster, "EVENTS", 4_000)
    visitors = []
    for number in range(cluster.FLUSHERS):
        batches = list(cluster._batches(number, 10**13))
        assert sum(len(batch.events) for batch in batches) == 2_000
        assert {batch.place for batch in batches} == set(range(16))
        assert len({batch.id for batch in batches}) == len(batches)
        visitors.append({event.visitor for batch in batches for event in batch.events})
    assert not visitors[0] & visitors[1]
