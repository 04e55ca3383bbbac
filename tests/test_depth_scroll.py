"""How far down a page visits got: each visit once, by its greatest depth."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from derived import relation_of
from made import event, ms

from common.depth.scroll import scroll
from common.filters import normalise
from common.keys import ordinal

DAY = ordinal("2026-05-05")
NOON = ms("2026-05-05 12:00")
LATE = ms("2026-05-05 23:50")


def read(visitor: int, minute: float, depth: int, page: str = "/", begin: int = NOON, **more: Any) -> Any:
    return event(visitor, begin + round(minute * 60_000), page, type="engagement", scroll=depth, engaged=500, **more)


EVENTS = [
    event(1, NOON, country="DE"),
    read(1, 1, 30),
    read(1, 2, 80),  # the same visit further down
    read(1, 3, 100, "/b"),  # another page
    event(2, NOON, country="FR"),
    read(2, 1, 10),
    event(2, NOON + 120_000, "/b"),
    event(2, NOON + 180_000, "/b", type="Signup"),
    event(3, NOON),  # never told a depth
    event(4, NOON),
    read(4, 1, -1),  # told none
    event(5, NOON, class_="bot"),
    read(5, 1, 90, class_="bot"),
    read(9, 1, 90),  # nobody's visit
    event(6, NOON, "/b"),
    read(6, 1, 50),  # a depth without its pageview, which was lost
    event(7, LATE),  # a visit over midnight, read to the end on the next day
    read(7, 5, 40, begin=LATE),
    read(7, 15, 100, begin=LATE),
]
ALL = {0: 4, 10: 4, 20: 3, 30: 3, 40: 3, 50: 3, 60: 2, 70: 2, 80: 2, 90: 1, 100: 1}


def ask(page: str = "/", days: tuple[int, ...] = (DAY,), **where: str) -> tuple[dict[int, int], int]:
    frame, viewed = scroll(relation_of(EVENTS), days, page, normalise(where))
    assert frame.columns.tolist() == ["depth", "visits", "share"]
    assert frame["share"].tolist() == [count / max(frame["visits"].iloc[0], 1) for count in frame["visits"]]
    return dict(zip(frame["depth"], frame["visits"], strict=True)), viewed


def test_each_visit_counts_down_to_its_greatest_depth() -> None:
    assert ask() == (ALL, 5)  # 1, 2, 3, 4 and 7


def test_filters_choose_visits() -> None:
    found, viewed = ask(country="DE")
    assert (found[80], found[90], viewed) == (1, 0, 1)
    found, viewed = ask(event="Signup")  # of the visit that signed up on another page
    assert (found[0], found[10], found[20], viewed) == (1, 1, 0, 1)
    found, viewed = ask(page__not="/b")
    assert (found[0], viewed) == (3, 5)
    assert ask(**{"class": "bot"})[0][90] == 1


@pytest.mark.parametrize(("page", "days"), [("/none", (DAY,)), ("/", (DAY + 1,)), ("/", (DAY - 1,))])
def test_nothing_to_tell(page: str, days: tuple[int, ...]) -> None:
    assert ask(page, days) == (dict.fromkeys(ALL, 0), 0)


def test_the_same_from_files(tmp_path: Path) -> None:
    frame, viewed = scroll(relation_of(EVENTS, folder=tmp_path), (DAY,), "/", normalise({}))
    assert (frame["visits"].tolist(), viewed) == (list(ALL.values()), 5)
