"""Nothing in; what the size benchmark tells out."""

from __future__ import annotations

from benchmarks import tracker


def test_sizes_grow_with_what_is_in_it() -> None:
    sizes = tracker.measure()
    assert 0 < sizes["tracker_core_gzip"] < sizes["tracker_usual_gzip"] < sizes["tracker_full_gzip"]
    assert sizes["tracker_peer_umami_gzip"] == 2_220
