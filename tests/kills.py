"""A number of commands in, a process that dies after so many of them out: for jobs that are gone on with afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from redis.connection import AbstractConnection

#: After so many commands, sent one by one or as one pipeline.
POINTS = (1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 233)


class Killed(BaseException):
    """The process is gone."""


def kill_after(monkeypatch: pytest.MonkeyPatch, sends: int, work: Callable[[], object]) -> bool:
    """Whether `work` was killed before it was done."""
    real, left = AbstractConnection.send_packed_command, iter(range(sends))

    def send(self: AbstractConnection, *given: Any, **named: Any) -> Any:
        if next(left, None) is None:
            raise Killed
        return real(self, *given, **named)

    with monkeypatch.context() as patch:
        patch.setattr(AbstractConnection, "send_packed_command", send)
        try:
            work()
        except Killed:
            return True
    return False


def until_done(monkeypatch: pytest.MonkeyPatch, work: Callable[[], object]) -> Iterator[int]:
    """Kill it at one point after the other; gives the point each time, and ends when it was done before."""
    for point in POINTS:
        if not kill_after(monkeypatch, point, work):
            return
        yield point
