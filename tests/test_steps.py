"""Which steps are done after a fault, and what is said in the end."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from collector.jobs.calls import Changed
from collector.jobs.lease import Lost
from collector.jobs.steps import Steps, is_away
from common.archive_errors import ArchiveError, DamagedFile, MissingFile, NewerFile
from common.dense import Damaged
from common.store import StoreError


@pytest.mark.parametrize(
    ("error", "away"),
    [
        (ArchiveError("cannot be reached"), True),
        (DamagedFile("x"), False),
        (MissingFile("x"), False),
        (NewerFile("x"), False),
        (Damaged("x"), False),
        (StoreError("x"), False),
        (Changed("x"), False),
    ],
)
def test_after_a_fault(error: Exception, away: bool) -> None:
    steps, done = Steps(), list[str]()

    def fail() -> None:
        raise error

    assert is_away(error) == away
    assert not steps.attempt(fail)
    assert steps.attempt(lambda: done.append("one")) == (not away)
    assert steps.attempt(lambda: done.append("two"), archived=lambda: False)
    assert done == (["two"] if away else ["one", "two"])
    with pytest.raises(type(error)) as raised:
        steps.finish()
    assert raised.value is error


def test_what_is_said() -> None:
    def fail(text: str) -> Callable[[], None]:
        def step() -> None:
            raise StoreError(text)

        return step

    steps = Steps()
    steps.finish()
    for text in ("a", "b", "a"):
        steps.attempt(fail(text))
    assert steps.faults == ["a", "b"]
    with pytest.raises(StoreError, match=r"^a; and 1 more like it$"):
        steps.finish()


def test_a_lost_lease_ends_everything() -> None:
    def lose() -> None:
        raise Lost("another job")

    with pytest.raises(Lost):
        Steps().attempt(lose)
