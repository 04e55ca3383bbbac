"""Steps of a job in, those that can be done done out: what cannot be read keeps its own days waiting, not the others.

A file that is damaged fails its own step alone. An archive that cannot be reached would fail every step that needs it,
and slowly: after the first such fault they are left out.
"""

from __future__ import annotations

from collections.abc import Callable

from collector.jobs.calls import Changed
from common.archive_errors import ArchiveError, FileFault
from common.store import StoreError


def is_away(error: Exception) -> bool:
    """Whether an error is of the archive as a whole."""
    return isinstance(error, ArchiveError) and not isinstance(error, FileFault)


class Steps:
    """Does steps, and holds the errors of those that could not be done."""

    def __init__(self) -> None:
        self.errors: list[StoreError | Changed] = []
        self.away = False

    def attempt(self, step: Callable[[], object], archived: Callable[[], bool] = lambda: True) -> bool:
        """Do a step; whether it was done. `archived` says whether it needs the archive; it is asked when that is away.

        What is no `StoreError` or `Changed` is raised, such as `Lost` and redis.RedisError.
        """
        if self.away and archived():
            return False
        try:
            step()
        except (StoreError, Changed) as error:
            self.errors.append(error)
            self.away = self.away or is_away(error)
            return False
        return True

    @property
    def faults(self) -> list[str]:
        """What went wrong, each once."""
        return list(dict.fromkeys(map(str, self.errors)))

    def finish(self) -> None:
        """Raise the first error, if there is any; it says how many others there are."""
        if not self.errors:
            return
        first, more = self.errors[0], len(self.faults) - 1
        raise type(first)(f"{first}; and {more} more like it") if more else first
