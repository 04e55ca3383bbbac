"""Frames to figures: their order, and that texts stay texts."""

from __future__ import annotations

from pathlib import Path

from explorer import charts


def test_bars_are_sorted_from_the_top_and_escaped() -> None:
    figure = charts.bars(['<a href="http://evil.test">x</a>', "b"], [5, 3], "<i>events")
    assert list(figure.data[0].x) == [3, 5]
    assert list(figure.layout.yaxis.ticktext) == ["b", "&lt;a href=&quot;http://evil.test&quot;&gt;x&lt;/a&gt;"]
    assert "<a" not in figure.to_json()
    assert "<i>" not in figure.to_json()


def test_charts_know_no_streamlit() -> None:
    assert "import streamlit" not in Path(charts.__file__).read_text()
