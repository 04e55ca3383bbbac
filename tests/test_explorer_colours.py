"""Ramps of colours: few and many differ in lightness, so that hue is never needed to tell them apart."""

from __future__ import annotations

import pytest

from explorer import colours


def lightness(colour: str) -> float:
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in (red, green, blue)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("dark", [False, True])
def test_more_is_further_from_the_paper(dark: bool) -> None:
    found = [lightness(colour) for colour in colours.SEQUENTIAL[dark]]
    assert found == sorted(found, reverse=not dark)
    assert len(set(found)) == len(found)


@pytest.mark.parametrize("dark", [False, True])
def test_both_ends_of_a_change_are_further_from_the_paper_than_none(dark: bool) -> None:
    found = [lightness(colour) for colour in colours.DIVERGING[dark]]
    middle = len(found) // 2
    less, more = found[middle::-1], found[middle:]
    assert less == sorted(less, reverse=not dark)
    assert more == sorted(more, reverse=not dark)


@pytest.mark.parametrize(
    ("values", "scale", "places", "least", "most", "names"),
    [
        ([1, 10, 1000], "log", [0, 1, 3], 0, 3, ["1", "10", "100", "1,000"]),
        ([100, 0], "log", [2, 0], 1, 2, ["10", "100"]),
        ([30, 70], "log", [1.477, 1.845], 0.845, 1.845, ["10", "70"]),  # no power of ten between them
        ([1, 1], "log", [0, 0], 0, 0, ["1"]),
        ([0, 4, 8], "even", [0, 4, 8], 0, 8, ["0", "2", "4", "6", "8"]),
        ([1, 2, 3, 4, 50], "steps", [0, 1, 2, 3, 4], -0.5, 4.5, ["1", "2", "3", "4", "50"]),
        ([1, 1, 1, 9], "steps", [0, 0, 0, 1], -0.5, 1.5, ["1", "9"]),  # equal counts are of one part
        ([1, 2, 3, 4, 5, 6, 7, 8, 9, 2000], "steps", [0, 0, 1, 1, 2, 2, 3, 3, 4, 4], -0.5, 4.5,
         ["1–2", "3–4", "5–6", "7–8", "9–2,000"]),
        ([7], "steps", [0], -0.5, 0.5, ["7"]),
        ([], "log", [], 0, 1, ["0"]),
        ([0], "steps", [0], 0, 1, ["0"]),
    ],
)  # fmt: skip
def test_coloured(
    values: list[float], scale: str, places: list[float], least: float, most: float, names: list[str]
) -> None:
    found = colours.coloured(values, scale)
    assert [round(place, 3) for place in found.values] == places
    assert (round(found.least, 3), round(found.most, 3)) == (least, most)
    assert found.names == names
    assert len(found.ticks) == len(names)


@pytest.mark.parametrize(
    ("now", "before", "place"),
    [(9, 9, 0), (19, 9, 1), (4, 9, -1), (0, 99, -1), (99, 0, 1), (1, 0, 1), (0, 0, 0), (13, 9, 0.485)],
)
def test_changed(now: float, before: float, place: float) -> None:
    assert round(colours.changed([now], [before]).values[0], 3) == place
