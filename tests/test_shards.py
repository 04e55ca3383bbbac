"""How many shards a site has on which day, and on which one a visitor is."""

from __future__ import annotations

from collections import Counter

import pytest

from common.known import Known, decode, encode
from common.shards import Layout, first, layout_of, parsed, shards
from common.visitors import place_of


def test_counts_hold_from_a_day_on() -> None:
    layout = Layout().grown(100, 8).grown(200, 16)
    assert [layout.count(day) for day in (1, 99, 100, 199, 200)] == [1, 1, 8, 8, 16]
    assert [layout.before(day) for day in (100, 102, 103, 202)] == [1, 1, 8, 8]
    assert [layout.number(11, day) for day in (99, 100, 200)] == [0, 3, 11]
    assert (layout.most, len(shards("a.example", layout.most))) == (16, 16)


@pytest.mark.parametrize(("day", "count"), [(300, 8), (300, 17), (200, 16), (150, 16)])
def test_they_never_shrink_nor_change_afterwards(day: int, count: int) -> None:
    with pytest.raises(ValueError, match=r"expected more|a day before"):
        Layout().grown(200, 8).grown(day, count)


def test_text_and_back() -> None:
    layout = Layout().grown(100, 8)
    assert (layout.text(), parsed(layout.text())) == ("0:1,100:8", layout)
    assert (Layout().text(), parsed("")) == ("", Layout())


def test_a_site_keeps_them() -> None:
    assert encode(Known("UTC", 5)) == b'{"since":5}'
    known = decode(encode(Known("UTC", 5, first(4))))
    assert known
    assert known.layout == layout_of([(0, 4)])


def test_places_are_spread_evenly_and_need_the_key() -> None:
    places = Counter(place_of(b"k" * 32, f"192.0.2.{number % 200}", f"agent {number}") for number in range(8_000))
    assert set(places) == set(range(16))
    assert min(places.values()) > 400
    one = [place_of(key * 32, "192.0.2.1", f"agent {number}") for key in (b"a", b"b") for number in range(50)]
    assert one[:50] != one[50:]
