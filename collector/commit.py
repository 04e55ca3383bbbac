"""Journal records in, their durability awaited: one fsync after another, each for all that came meanwhile."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable

from collector.journal import Group, Journal

_log = logging.getLogger("footfall.journal")
#: Writes that take longer than this on average (s) run in a thread. A thread that syncs costs some 0.2 ms of processor
#: a group, and shares the interpreter's lock with the loop: where the disk is quick, waiting for it is cheaper.
QUICK = 0.001
_WEIGHT = 1 / 16
#: Groups that a thread then writes before the loop tries again: its own times include waiting for the lock.
_TRUST = 100


class GroupCommit:
    """Writes and syncs what a turn of the event loop has appended; requests wait for the group that holds their record.

    A quick disk is waited for in the loop. On a slow one a thread does it, and what comes meanwhile is the next group.
    """

    def __init__(self, journal: Journal, on_durable: Callable[[int], None]) -> None:
        self._journal = journal
        self._on_durable = on_durable
        self._loop: asyncio.AbstractEventLoop | None = None
        self._group: asyncio.Future[None] | None = None
        self._calls: list[Callable[[bool], None]] = []
        self._due = self._writing = self._failing = False
        self._pace = 0.0  #: s that a write in the loop takes, averaged over the latest
        self.left_to_thread = 0  #: groups that a thread writes before the loop does again

    def start(self) -> None:
        """Begin committing, in the running event loop."""
        self._loop = asyncio.get_running_loop()
        if self._group or self._calls:
            self._ask()

    def durable(self) -> asyncio.Future[None]:
        """Done once everything appended so far is on disk; raises OSError when it could not be written."""
        if self._group is None:
            self._group = asyncio.get_running_loop().create_future()
        self._ask()
        return self._group

    def then(self, call: Callable[[bool], None]) -> None:
        """Call when everything appended so far is on disk (True), or could not be written (False). It costs a request
        less than a future with a callback, which the loop would have to schedule.
        """
        self._calls.append(call)
        self._ask()

    async def stop(self) -> None:
        """Commit what waits and end."""
        if self._loop:
            last = self._loop.create_future()  # of its own: nobody else can cancel it
            self.then(last.set_result)
            await last

    def _ask(self) -> None:
        """Have a group written after the requests that this turn of the loop has read; one at a time."""
        if not self._due and not self._writing and self._loop:
            self._due = True
            self._loop.call_soon(self._commit)

    def _commit(self) -> None:
        assert self._loop  # noqa: S101
        self._due = False
        # All in one go: a record must never be written with one group and awaited with another.
        group, self._group = self._group, None
        calls, self._calls = self._calls, []
        waiting = self._journal.take()
        if not self.left_to_thread:
            begun = time.perf_counter()
            upto = self._write(waiting)
            self._pace += (time.perf_counter() - begun - self._pace) * _WEIGHT
            if self._pace >= QUICK:
                self._pace, self.left_to_thread = QUICK, _TRUST
            self._tell(upto, group, calls)
            return
        self.left_to_thread -= 1

        def written(done: asyncio.Future[int | Exception]) -> None:
            self._writing = False
            self._tell(done.result(), group, calls)
            if self._group or self._calls:
                self._ask()

        try:
            writing = self._loop.run_in_executor(None, self._write, waiting)
        except RuntimeError as error:  # no thread to be had; what was taken from the journal is not accepted
            self._tell(error, group, calls)
            return
        self._writing = True
        writing.add_done_callback(written)

    def _write(self, waiting: Group) -> int | Exception:
        """The last durable number, or what went wrong, whatever it is: those who wait must hear of it."""
        try:
            return self._journal.write(waiting)
        except Exception as error:
            return error

    def _tell(
        self, upto: int | Exception, group: asyncio.Future[None] | None, calls: list[Callable[[bool], None]]
    ) -> None:
        well = not isinstance(upto, Exception)
        if isinstance(upto, Exception):
            if not self._failing:  # once: a log on the same full disk must not grow with every request
                _log.error("the journal cannot be written, answering 503: %s", upto)
            if group and not group.done():
                group.set_exception(upto)
                group.exception()  # nobody may be waiting any more
        else:
            if self._failing:
                _log.warning("the journal can be written again")
            self._on_durable(upto)
            if group and not group.done():
                group.set_result(None)
        self._failing = not well
        for call in calls:
            try:
                call(well)
            except Exception:  # the others wait as well
                _log.exception("an answer could not be given")
