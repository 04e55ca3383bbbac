"""Journal records in, their durability awaited: one fsync after another, each for all that came meanwhile."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from collector.journal import Journal

_log = logging.getLogger("footfall.journal")


class GroupCommit:
    """Runs fsync in a thread as soon as the last one returned; requests wait for the one that holds their record."""

    def __init__(self, journal: Journal, on_durable: Callable[[int], None]) -> None:
        self._journal = journal
        self._on_durable = on_durable
        self._dirty = asyncio.Event()
        self._group: asyncio.Future[None] | None = None
        self._calls: list[Callable[[bool], None]] = []
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin committing, in the running event loop."""
        self._task = asyncio.get_running_loop().create_task(self._run())

    def durable(self) -> asyncio.Future[None]:
        """Done once everything appended so far is on disk; raises OSError when it could not be written."""
        if self._group is None:
            self._group = asyncio.get_running_loop().create_future()
        self._dirty.set()
        return self._group

    def then(self, call: Callable[[bool], None]) -> None:
        """Call when everything appended so far is on disk (True), or could not be written (False). It costs a request
        less than a future with a callback, which the loop would have to schedule.
        """
        self._calls.append(call)
        self._dirty.set()

    async def stop(self) -> None:
        """Commit what waits and end."""
        if self._task:
            last = self.durable()
            await asyncio.wait([last])
            self._task.cancel()
            await asyncio.wait([self._task])
            if not last.cancelled():
                last.exception()

    async def _run(self) -> None:
        loop, failing = asyncio.get_running_loop(), False
        while True:
            await self._dirty.wait()
            self._dirty.clear()
            # Both in one go: a record must never be written with one group and awaited with another.
            group, self._group = self._group, None
            calls, self._calls = self._calls, []
            waiting = self._journal.take()
            try:
                upto = await loop.run_in_executor(None, self._journal.write, waiting)
            except Exception as error:  # whatever it is, those who wait must hear of it
                if not failing:  # once: a log on the same full disk must not grow with every request
                    _log.error("the journal cannot be written, answering 503: %s", error)
                failing = True
                if group and not group.done():
                    group.set_exception(error)
                    group.exception()  # nobody may be waiting any more
                _tell(calls, False)
                continue
            if failing:
                _log.warning("the journal can be written again")
            failing = False
            self._on_durable(upto)
            if group and not group.done():
                group.set_result(None)
            _tell(calls, True)


def _tell(calls: list[Callable[[bool], None]], well: bool) -> None:
    for call in calls:
        try:
            call(well)
        except Exception:  # the others wait as well
            _log.exception("an answer could not be given")
