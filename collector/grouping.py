"""Events of several visitors in one request in; one answer for each visitor and site, and one for all, out.

The acceptor takes events of one sender. Events that came for several, from a back end or in another product's batch,
are taken group by group, all at once, so that they share an fsync.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from collector.accept import Acceptor
from collector.answers import Answer
from collector.sender import Request
from common.bodies import Body, RawEvent


class Placed(NamedTuple):
    """An event, where it belongs and who sent it."""

    site: str
    request: Request
    event: RawEvent


class Group(NamedTuple):
    """What was answered to the events at these places of the sequence."""

    places: list[int]
    answer: Answer


async def take(
    acceptor: Acceptor, placed: Sequence[Placed], batch: str | None = None, dropped: Mapping[str, int] | None = None
) -> list[Group]:
    """Take events in groups. A batch that comes again falls into the same groups, so each has an id of its own."""
    groups: dict[tuple[str, Request], list[int]] = {}
    for place, one in enumerate(placed):
        groups.setdefault((one.site, one.request), []).append(place)
    bodies = [
        Body(site, f"{batch}.{number}" if batch else None, [placed[place].event for place in places], {})
        for number, ((site, _), places) in enumerate(groups.items())
    ]
    if bodies and dropped:
        bodies[0] = bodies[0]._replace(dropped=dict(dropped))
    answers = await asyncio.gather(
        *(acceptor.take(body, request) for body, (_, request) in zip(bodies, groups, strict=True))
    )
    return [Group(places, answer) for places, answer in zip(groups.values(), answers, strict=True)]


def together(groups: Sequence[Group]) -> Answer:
    """One answer: what cannot be taken now may be sent again as a whole; one bad group costs only itself."""
    accepted, dropped, problem = 0, dict[str, int](), ""
    for places, answer in groups:
        if answer.status in {429, 503}:
            return answer
        accepted += answer.body.get("accepted", 0)
        found = answer.body.get("dropped", {"invalid": len(places)})
        problem = problem or answer.body.get("error", "")
        for reason, count in found.items():
            dropped[reason] = dropped.get(reason, 0) + count
    if not accepted and problem:
        return Answer(400, {"error": problem})
    return Answer(202, {"accepted": accepted, "dropped": dropped})
