"""Places of a small flow that one can draw by hand."""

from __future__ import annotations

from itertools import pairwise

import pandas as pd
import pytest

from explorer import flow


def links(*rows: tuple[int, str, str, int]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["step", "from", "to", "visits"])


#: Of 4 visits 3 begin at /, one of which goes to /a.
SMALL = links((1, "/", "(exit)", 2), (1, "/", "/a", 1), (1, "/b", "(exit)", 1), (2, "/a", "(exit)", 1))


def test_nodes_stand_by_size_and_ends_below() -> None:
    found = flow.flow(SMALL, back=False)
    assert found.columns == 3
    names = [[node.name for node in found.nodes if node.column == column] for column in range(3)]
    assert names == [["/", "/b"], ["/a", "(exit)"], ["(exit)"]]
    assert [node.visits for node in found.nodes] == [3, 1, 1, 3, 1]
    top = found.nodes[0]
    assert top.bottom + top.height == pytest.approx(1)
    assert top.height == pytest.approx(3 * found.nodes[1].height)
    assert found.lowest >= 0


def test_ribbons_fill_their_nodes_and_do_not_overlap() -> None:
    found = flow.flow(SMALL, back=False)
    nodes = {(node.column, node.name): node for node in found.nodes}
    for side in (0, 1):
        for key, node in nodes.items():
            ends = [link for link in found.links if (link.column + side, link.target if side else link.origin) == key]
            begins = sorted((link.right if side else link.left, link.height) for link in ends)
            if ends:
                assert sum(height for _, height in begins) == pytest.approx(node.height)
                assert begins[0][0] == pytest.approx(node.bottom)
            for (low, height), (next_low, _) in pairwise(begins):
                assert low + height == pytest.approx(next_low)


def test_back_begins_at_the_right() -> None:
    found = flow.flow(links((1, "/a", "/b", 2), (2, "(entry)", "/a", 2)), back=True)
    assert [(node.column, node.name) for node in found.nodes] == [(0, "(entry)"), (1, "/a"), (2, "/b")]


def test_outline_is_as_high_as_its_visits() -> None:
    link = flow.flow(SMALL, back=False).links[0]
    x, y = flow.outline(link)
    assert x[0] == x[-1] == link.column + flow.WIDTH / 2
    assert y[-1] - y[0] == pytest.approx(link.height)
    assert y[0] == pytest.approx(link.left)


def test_nothing() -> None:
    assert flow.flow(links(), back=False) == flow.Flow([], [], 0)
