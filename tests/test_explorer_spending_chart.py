"""A month as one bar with its budget; parts with their figures, and texts that stay texts."""

from __future__ import annotations

from datetime import date

import pytest

from common.budget import Verdict
from explorer import charts, spending_chart


@pytest.mark.parametrize(
    ("verdict", "bars", "lines", "upto"),
    [
        (Verdict("unlimited", 200, 300, 0, None), [200, 100], [], 324),
        (Verdict("fine", 200, 300, 1_000, None), [200, 100], [1_000], 1_080),
        (Verdict("ahead", 200, 3_000, 1_000, date(2026, 11, 28)), [200, 2_800], [1_000], 3_240),
        (Verdict("exceeded", 2_000, 2_000, 1_000, None), [2_000, 0], [1_000], 2_160),
    ],
)
def test_month(verdict: Verdict, bars: list[int], lines: list[int], upto: float) -> None:
    figure = spending_chart.month(verdict)
    assert [bar.x[0] for bar in figure.data] == bars
    assert [shape.x0 for shape in figure.layout.shapes] == lines
    assert figure.layout.xaxis.range[1] == pytest.approx(upto)
    assert [note.text for note in figure.layout.annotations] == [f"budget {line:,}" for line in lines]


def test_parts_are_sorted_from_the_top_and_escaped() -> None:
    figure = spending_chart.parts({"<b>few": 1_000, "many": 3_000}, "<i>", as_bytes=True, dark=True)
    assert list(figure.data[0].x) == [1_000, 3_000]
    assert list(figure.layout.yaxis.ticktext) == ["&lt;b&gt;few", "many"]
    assert list(figure.data[0].text) == ["1 KB · 25%", "3 KB · 75%"]
    assert figure.data[0].marker.color == charts.DARK.strong
    assert "<i>" not in figure.to_json()
    assert "<b>" not in figure.to_json()


def test_no_parts() -> None:
    assert len(spending_chart.parts({}, "commands").data[0].x) == 0
