"""Numbers of applied records in, those that the journal may forget by now out. Pure but for the clock."""

from __future__ import annotations

import time
from collections import deque

#: How long applied records stay in the journal where a replica may take over, in s: a replica that is further behind
#: cannot be elected (160 s by Redis's own settings).
KEEP = 180.0


class Keeping:
    """Keeps records for some s after they were applied."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._applied: deque[tuple[float, int]] = deque()

    def until(self, applied: int) -> int:
        """Up to which record nothing has to be kept, told that all up to `applied` are applied; 0 for none."""
        now = time.monotonic()
        if not self._applied or self._applied[-1][1] != applied:
            self._applied.append((now, applied))
        upto = 0
        while self._applied and now - self._applied[0][0] >= self._seconds:
            upto = self._applied.popleft()[1]
        return min(upto, applied)
