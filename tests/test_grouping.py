"""Events of several visitors in; one answer for each group, and one for all, out."""

from __future__ import annotations

from typing import Any

import pytest

from collector.answers import FULL, Answer
from collector.grouping import Group, Placed, take, together
from collector.sender import Request
from common.bodies import Body, RawEvent

ANN, BOB = Request(0, "192.0.2.1", "x"), Request(0, "192.0.2.2", "x")


class Recorder:
    """Accepts everything, and keeps what it got."""

    def __init__(self) -> None:
        self.taken: list[tuple[str | None, str | None, str, list[str | None], dict[str, int]]] = []

    async def take(self, body: Body, request: Request) -> Answer:
        pages = [event.pathname for event in body.events]
        self.taken.append((body.site, body.batch, request.address, pages, body.dropped))
        return Answer(202, {"accepted": len(body.events), "dropped": body.dropped})


async def test_groups_keep_their_order_and_have_ids_of_their_own() -> None:
    recorder: Any = Recorder()
    who = [("a", ANN, "/1"), ("a", BOB, "/2"), ("b", ANN, "/3"), ("a", ANN, "/4")]
    placed = [Placed(site, request, RawEvent(pathname=page)) for site, request, page in who]
    groups = await take(recorder, placed, "id", {"invalid": 2})
    assert recorder.taken == [
        ("a", "id.0", "192.0.2.1", ["/1", "/4"], {"invalid": 2}),
        ("a", "id.1", "192.0.2.2", ["/2"], {}),
        ("b", "id.2", "192.0.2.1", ["/3"], {}),
    ]
    assert [group.places for group in groups] == [[0, 3], [1], [2]]
    assert together(groups) == Answer(202, {"accepted": 4, "dropped": {"invalid": 2}})
    assert [taken[1] for taken in recorder.taken] != [None] * 3
    recorder.taken.clear()
    await take(recorder, placed)
    assert [taken[1] for taken in recorder.taken] == [None] * 3


GOOD = Answer(202, {"accepted": 1, "dropped": {"old": 1}})
BAD = Answer(400, {"error": "pathname: expected a path"})


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ([], Answer(202, {"accepted": 0, "dropped": {}})),
        ([GOOD, GOOD], Answer(202, {"accepted": 2, "dropped": {"old": 2}})),
        ([GOOD, BAD], Answer(202, {"accepted": 1, "dropped": {"old": 1, "invalid": 2}})),
        ([BAD, BAD], BAD),
        ([GOOD, FULL], FULL),
    ],
)
def test_one_answer(answers: list[Answer], expected: Answer) -> None:
    assert together([Group([0, 1], answer) for answer in answers]) == expected
