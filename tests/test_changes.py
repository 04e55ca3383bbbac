"""Contributions to a change: small tables by hand, and that they add up whatever the sums are."""

from __future__ import annotations

import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common import changes
from common.changes import (
    MEASURES,
    REST,
    Side,
    both,
    by_dimension,
    dimensions_of,
    frame,
    goal_filters,
    measure_of,
    ranked,
    total,
)


def counts(total_: int, **parts: int) -> Side:
    return Side(pd.Series(parts, dtype="int64"), pd.Series(dtype="int64"), total_, 0)


def rates(**cells: tuple[int, int]) -> Side:
    part, whole = (pd.Series({name: cell[at] for name, cell in cells.items()}, dtype="int64") for at in (0, 1))
    return Side(part, whole, int(part.sum()), int(whole.sum()))


def test_counts() -> None:
    found = frame(MEASURES["visits"], "country", counts(10, DE=6, FR=4), counts(15, DE=6, NP=9))
    assert found[["value", "before", "after", "contribution"]].to_numpy().tolist() == [
        ["DE", 6, 6, 0],
        ["FR", 4, 0, -4],
        ["NP", 0, 9, 9],
    ]
    # All grew by half: DE would have brought 3, FR 2.
    assert found["excess"].tolist() == [-3, -6, 9]
    assert set(found["dimension"]) == {"country"}


def test_counts_that_overlap_have_a_rest() -> None:
    found = frame(MEASURES["visitors"], "page", counts(10, a=8, b=6), counts(12, a=8, b=9))
    assert found[["value", "before", "after", "contribution"]].to_numpy().tolist() == [
        ["a", 8, 8, 0],
        ["b", 6, 9, 3],
        [REST, -4, -5, -1],
    ]


def test_a_rate_changes_by_its_parts_and_by_their_shares() -> None:
    """Two channels whose rates stand still: all is mix. One channel whose rate moves: all is rate."""
    still = frame(MEASURES["bounce_rate"], "channel", rates(a=(5, 10), b=(0, 10)), rates(a=(15, 30), b=(0, 10)))
    assert still["before"].tolist() == still["after"].tolist() == [0.5, 0]
    assert still["rate"].tolist() == [0, 0]
    # 25 % to 37.5 %: a's share grew by 25 points at 0.5, b's fell by 25 at 0, both against a mean of 31.25 %.
    assert still["mix"].tolist() == pytest.approx([0.25 * (0.5 - 0.3125), -0.25 * (0 - 0.3125)])
    moved = frame(MEASURES["bounce_rate"], "channel", rates(a=(5, 10), b=(0, 10)), rates(a=(5, 10), b=(4, 10)))
    assert moved["rate"].tolist() == pytest.approx([0, 0.5 * 0.4])
    assert moved["mix"].tolist() == pytest.approx([0, 0])
    assert moved[["base_before", "base_after"]].to_numpy().tolist() == [[10, 10], [10, 10]]


def test_a_value_of_one_side_alone_is_mix() -> None:
    found = frame(MEASURES["visit_duration"], "source", rates(a=(60_000, 2)), rates(a=(60_000, 2), b=(0, 2)))
    assert found["rate"].tolist() == [0, 0]
    assert math.isnan(found["before"].iloc[1])
    assert found["contribution"].sum() == pytest.approx(15 - 30)


def test_nothing_to_be_a_rate_of() -> None:
    empty = rates()
    found = frame(MEASURES["bounce_rate"], "source", empty, rates(a=(1, 2)))
    assert math.isnan(total(MEASURES["bounce_rate"], empty))
    assert found["contribution"].isna().all()
    assert ranked([found])["value"].tolist() == ["a"]


values = st.dictionaries(st.sampled_from("abcd"), st.tuples(st.integers(0, 50), st.integers(0, 50)), max_size=4)


more = st.lists(st.integers(-9, 9), min_size=4, max_size=4)


@given(first=values, last=values, extra=more, metric=st.sampled_from(sorted(MEASURES)))
def test_contributions_add_up(first: dict, last: dict, extra: list[int], metric: str) -> None:
    """Also where values overlap (`extra` more or less in all than in the rows), and where a part has no whole."""
    measure = MEASURES[metric]
    sides = []
    for cells, beyond in ((first, extra[:2]), (last, extra[2:])):
        part, whole, all_part, all_whole = rates(**cells)
        sides.append(
            Side(part, whole if measure.whole else whole.head(0), all_part + beyond[0], max(all_whole + beyond[1], 0))
        )
    found = frame(measure, "source", *sides)
    change = total(measure, sides[1]) - total(measure, sides[0])
    if math.isnan(change):
        assert found["contribution"].isna().all()
        return
    assert found["contribution"].sum() == pytest.approx(change, abs=1e-9)
    if measure.whole:
        assert (found["mix"] + found["rate"]).tolist() == pytest.approx(found["contribution"].tolist(), abs=1e-9)
        told = found[(found["base_before"] > 0) & (found["base_after"] > 0) & (found["value"] != REST)]
        assert not told.empty or (found["rate"] == 0).all()
    if measure.whole or sides[0].total_part > 0:
        assert found["excess"].sum() == pytest.approx(0, abs=1e-9)


def test_ranked() -> None:
    measure = MEASURES["visits"]
    one = frame(measure, "device", counts(10, x=5, y=5), counts(20, x=10, y=10))
    two = frame(measure, "country", counts(10, p=5, q=5), counts(20, p=18, q=2))
    assert ranked([one, two])[["dimension", "value", "contribution"]].to_numpy().tolist() == [
        ["country", "p", 13],
        ["device", "x", 5],
        ["device", "y", 5],
        ["country", "q", -3],
    ]


def test_the_dimension_that_tells_most() -> None:
    """All devices doubled and tell nothing; many pages differ by chance alone; one country went another way."""
    measure = MEASURES["visits"]
    pages = {f"p{n}": 40 for n in range(10)}
    other = {name: 80 + (8 if int(name[1:]) % 2 else -8) for name in pages}
    rows = ranked(
        [
            frame(measure, "device", counts(400, x=200, y=200), counts(800, x=400, y=400)),
            frame(measure, "page", counts(400, **pages), counts(800, **other)),
            frame(measure, "country", counts(390, p=200, q=200), counts(800, p=700, q=100)),
        ]
    )
    rows.attrs.update(before=400, after=800)
    found = by_dimension(rows)
    # p has 300 more than its doubled 400, of which twice sqrt(700 + 4 * 200) = 77 are put down to chance; q likewise.
    assert found[["dimension", "values", "rest"]].to_numpy().tolist() == [
        ["country", 2, 10.0],
        ["device", 2, 0.0],
        ["page", 10, 0.0],
    ]
    assert found["told"].tolist() == pytest.approx([(310.3 - 77.5 + 310.3 - 60) / 2, 0, 0], abs=12)


def test_the_dimension_of_a_rate_that_tells_most() -> None:
    measure = MEASURES["bounce_rate"]
    rows = ranked(
        [
            frame(measure, "device", rates(x=(500, 1000), y=(500, 1000)), rates(x=(510, 1000), y=(690, 1000))),
            frame(measure, "os", rates(m=(500, 1000), n=(500, 1000)), rates(m=(600, 1000), n=(600, 1000))),
        ]
    )
    rows.attrs.update(before=0.5, after=0.6)
    # The rates of both systems rose alike. That of y rose by 19 points, x's by one: 4.5 points of ten lie between them,
    # of which twice 1.1 are put down to chance.
    assert by_dimension(rows)[["dimension", "values"]].to_numpy().tolist() == [["device", 2], ["os", 2]]
    assert by_dimension(rows)["told"].tolist() == pytest.approx([0.045 - 0.022, 0], abs=0.002)


@pytest.mark.parametrize(
    ("where", "goal", "together"),
    [
        ({"country": "DE"}, {"event": "Signup"}, {"country": ["DE"], "event": ["Signup"]}),
        ({"page": ["/a", "/b"]}, {"page": "/a"}, {"page": ["/a"]}),
        ({"page": "/b"}, {"page": "/a"}, {"page": []}),
        ({"page__not": "/a"}, {"page__not": ["/b", "/a"]}, {"page__not": ["/a", "/b"]}),
        ({"page__contains": "a"}, {"page__contains": "a"}, {"page__contains": ["a"]}),
        (None, None, {}),
    ],
)
def test_both(where: dict | None, goal: dict | None, together: dict) -> None:
    assert both(where, goal) == together


@pytest.mark.parametrize(
    ("goal", "filters"),
    [
        ("event:Signup", {"event": ["Signup"]}),
        ("page:/thanks", {"page": ["/thanks"]}),
        ("page:/a.b/*", {"page__matches": [r"^(?:/a\.b/.*)$"]}),
        ({"page": ["/a", "/b*"], "prop:plan": "pro"}, {"page__matches": ["^(?:/a|/b.*)$"], "prop:plan": ["pro"]}),
    ],
)
def test_goal_filters(goal: str | dict, filters: dict) -> None:
    assert goal_filters(goal) == filters


def test_what_cannot_be_asked() -> None:
    with pytest.raises(ValueError, match="page__contains is filtered twice"):
        both({"page__contains": "a"}, {"page__contains": "b"})
    with pytest.raises(ValueError, match="expected one of visitors"):
        measure_of("money", None)
    with pytest.raises(ValueError, match="needs a goal"):
        measure_of("converters", None)
    with pytest.raises(ValueError, match="filters nothing"):
        goal_filters({})
    with pytest.raises(ValueError, match="by='entry_page'"):
        dimensions_of(MEASURES["bounce_rate"], "page")
    assert dimensions_of(MEASURES["bounce_rate"], None) == list(changes.BY_VISIT)
    assert dimensions_of(MEASURES["engagement"], "page") == ["page"]
