"""Nothing in; what the size benchmark tells out."""

from __future__ import annotations

import pytest

from benchmarks import tracker, tracker_tasks


def test_sizes_grow_with_what_is_in_it() -> None:
    sizes = tracker.measure(quick=True)
    assert 0 < sizes["tracker_core_gzip"] < sizes["tracker_usual_gzip"] < sizes["tracker_full_gzip"]
    assert sizes["tracker_peer_umami_gzip"] == 2_220


@pytest.mark.browser
def test_tasks_are_those_of_the_script() -> None:
    took = tracker_tasks.measure(turns=1)
    assert took.keys() == {f"tracker_task_{name}_ms_4x" for name in ("core", "full", "bare")}
    assert all(0 < time < 200 for time in took.values())
