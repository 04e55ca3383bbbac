"""Address and site in, yes or no out: how many events one address may send to one site. Pure but for its memory."""

from __future__ import annotations

from collections import OrderedDict

#: Events an address may send to a site at once, and per s from then on. An office behind one address stays below it.
BURST = 2_000
PER_SECOND = 50
#: Pairs that are remembered; the longest unseen are forgotten first.
MOST_PAIRS = 50_000


class Rates:
    """A token bucket for every pair of address and site, in bounded memory. Addresses never leave it."""

    def __init__(self, burst: float = BURST, per_second: float = PER_SECOND, most: int = MOST_PAIRS) -> None:
        self._burst, self._per_ms, self._most = burst, per_second / 1000, most
        self._pairs: OrderedDict[tuple[str, str], tuple[float, int]] = OrderedDict()

    def take(self, address: str, site: str, events: int, now: int) -> int:
        """0 when the events may pass; else the seconds to wait. `now` in ms."""
        left, seen = self._pairs.get((address, site), (self._burst, now))
        left = min(self._burst, left + max(0, now - seen) * self._per_ms)
        wait = 0
        if left >= events or left >= self._burst:
            left -= events
        else:
            wait = 1 + int((events - left) / self._per_ms / 1000)
        self._pairs[address, site] = (left, now)
        self._pairs.move_to_end((address, site))
        if len(self._pairs) > self._most:
            self._pairs.popitem(last=False)
        return wait
