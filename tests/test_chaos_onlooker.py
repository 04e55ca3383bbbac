"""What counts as a live formula, by hand, and that hostile strings are many and different."""

from __future__ import annotations

import pytest

from tests.chaos.hostile import strings
from tests.chaos.onlooker import cells, live_formulas


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("name,visitors\n=1+1,2\n", {"=1+1"}),
        ("name,visitors\n x,-2.5\n", set()),
        ('"\'=1+1",2\n', set()),
        ('"a;=1","b"\n', set()),
        ("a;=1\n", {"=1"}),
        ("a\t=1\n", {"=1"}),
        ('"a\n=1"\n', set()),
        (" \u200b@x,1\n", {" \u200b@x"}),
        ("＝1+1\n", {"＝1+1"}),
        ("+49 30 1,2\n", {"+49 30 1"}),
    ],
)
def test_live_formulas(text: str, found: set[str]) -> None:
    live = live_formulas(text.encode("utf-8-sig"))
    assert found <= live
    assert bool(found) == bool(live)


def test_cells_know_quotes() -> None:
    assert [cell for cell in cells('a,"b,""c"""\n', ",") if cell] == ["a", 'b,"c"']


def test_strings() -> None:
    assert len(set(strings(300))) == 300
    assert strings(40) == strings(300)[:40]
