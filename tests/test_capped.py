"""Which rows a full dimension keeps, and that nothing is lost in `(other)`."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common import capped as module
from common import rollups
from common.arrays import arrays, listed
from common.capped import capped, capped_arrays
from common.rollups import METRICS


@pytest.fixture(autouse=True)
def small_caps(monkeypatch: pytest.MonkeyPatch) -> None:
    for dimension, cap in {"page": 2, "prop": 2}.items():
        monkeypatch.setitem(rollups.BY_DIMENSION, dimension, rollups.BY_DIMENSION[dimension]._replace(cap=cap))
    monkeypatch.setattr(module, "PROP_KEYS", 2)


def row(pageviews: int, events: int = 0, visits: int = 0) -> list[int]:
    return [pageviews, events, visits] + [0] * (len(METRICS) - 3)


def test_the_largest_are_kept() -> None:
    rows = {"page=/a": row(1, 5), "page=/b": row(3), "page=/c": row(1, 6), "page=/d": row(1, 5), "class=human": row(6)}
    assert capped(rows) == {
        "page=/b": row(3),
        "page=/c": row(1, 6),
        "page=(other)": row(2, 10),
        "class=human": row(6),
    }


def test_ties_go_by_name() -> None:
    rows = {f"page=/{name}": row(1, 1, 1) for name in "cab"}
    assert capped(rows) == {"page=/a": row(1, 1, 1), "page=/b": row(1, 1, 1), "page=(other)": row(1, 1, 1)}


def test_a_dimension_within_its_cap_stays() -> None:
    rows = {"page=/b": row(1), "page=/a": row(2), "page=/empty": row(0)}
    assert capped(rows) == {"page=/b": row(1), "page=/a": row(2)}


def test_keys_beyond_the_most_used_are_folded() -> None:
    rows = {"prop:a=1": row(0, 1), "prop:b=1": row(0, 5), "prop:c=1": row(0, 2), "prop:c=2": row(0, 2)}
    assert capped(rows) == {
        "prop:b=1": row(0, 5),
        "prop:c=1": row(0, 2),
        "prop:c=2": row(0, 2),
        "prop=(other)": row(0, 1),
    }


@pytest.mark.parametrize("family", ["page", "prop"])
def test_other_has_a_place_of_its_own(family: str) -> None:
    name = family if family == "page" else "prop:a"
    rows = {f"{name}={value}": row(count) for value, count in (("a", 1), ("b", 5), ("(other)", 3), ("c", 4))}
    assert capped(rows) == {f"{name}=b": row(5), f"{name}=c": row(4), f"{name}=(other)": row(4)}


VALUES = ("u", "v", "w", "x", "(other)", "z")
NAMES = st.sampled_from([f"{d}={v}" for d in ("page", "prop:a", "prop:b", "prop:c", "class") for v in VALUES])
ROWS = st.dictionaries(NAMES, st.lists(st.integers(-2, 9), min_size=len(METRICS), max_size=len(METRICS)))


@given(ROWS)
def test_sums_stay(rows: dict[str, list[int]]) -> None:
    def total(of: dict[str, list[int]], family: str) -> list[int]:
        chosen = [values for name, values in of.items() if name.startswith(family)]
        return [sum(values[m] for values in chosen) for m in range(len(METRICS))]

    for family in ("page", "prop", "class"):
        before, after = total(rows, family), total(capped(dict(rows)), family)
        assert before == after


@given(ROWS)
def test_arrays_are_cut_alike(rows: dict[str, list[int]]) -> None:
    expected = {name: values for name, values in capped(dict(rows)).items() if any(values)}
    found = listed(capped_arrays(arrays(rows.items())))
    assert {name: values for name, values in found.items() if any(values)} == expected
