"""Events of a program in; batches to send, each under an id of its own until it is acknowledged, out. No I/O.

As in a browser: events wait in batches, a batch that was not acknowledged is sent again under the same id after a wait
that grows and is random, so that it counts once; and memory is bounded, oldest first to go.
"""

from __future__ import annotations

import json
import random
import secrets
from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

#: What a collector takes in one request, with room for the ages.
MOST_EVENTS = 100
MOST_BYTES = 60_000
_AGE = 24
_LONGEST_WAIT = 60.0


@dataclass
class Batch:
    """Events that are sent together, each as JSON without its age, and when it happened where it does not say so."""

    id: str
    events: list[tuple[float | None, str]] = field(default_factory=list)
    size: int = 0
    sealed: bool = False  #: was sent: the collector knows it by its id, so that it takes no more events

    def body(self, site: str, now: float) -> bytes:
        """The request body at a time."""
        events = ",".join(text if at is None else _aged(text, now - at) for at, text in self.events)
        return f'{{"site":{json.dumps(site)},"batch":"{self.id}","events":[{events}]}}'.encode()


class Outbox:
    """What waits to be sent, and what became of the rest."""

    def __init__(self, most: int, jitter: Callable[[], float] = random.random) -> None:
        self._most, self._jitter = max(most, MOST_EVENTS), jitter
        self._batches: deque[Batch] = deque()
        self._failures = 0
        self.held = 0  #: events that wait
        self.accepted = 0
        #: Events that are not counted, by the collector's reason; `full`: the outbox was; `refused`: their batch was.
        self.dropped: Counter[str] = Counter()

    def add(self, event: Mapping[str, Any], at: float | None) -> None:
        """Put an event last; the oldest batch goes when there are too many. `at` None: it carries a timestamp."""
        text = json.dumps(event, separators=(",", ":"), allow_nan=False)
        size = len(text) + _AGE  # text is ASCII
        if size > MOST_BYTES:
            raise ValueError(f"event: {size} bytes, expected at most {MOST_BYTES}")
        last = self._batches[-1] if self._batches else None
        if not last or last.sealed or len(last.events) == MOST_EVENTS or last.size + size > MOST_BYTES:
            last = Batch(secrets.token_hex(8))
            self._batches.append(last)
        last.events.append((at, text))
        last.size += size
        self.held += 1
        while self.held > self._most:
            oldest = self._batches.popleft()
            self.held -= len(oldest.events)
            self.dropped["full"] += len(oldest.events)

    def next(self) -> Batch | None:
        """The oldest batch, which is sealed with that; None when nothing waits."""
        if not self._batches:
            return None
        self._batches[0].sealed = True
        return self._batches[0]

    def answered(self, batch: Batch, status: int, body: bytes, retry_after: str = "") -> float:
        """Note an answer, status 0 for none. Seconds to wait before the next batch: 0 unless this one is kept."""
        if status in {0, 408, 429} or status >= 500:
            self._failures += 1
            growing = min(_LONGEST_WAIT, 2.0**self._failures) * self._jitter()
            return (float(retry_after) if retry_after.isdigit() else 0.0) + max(0.5, growing)
        self._failures = 0
        if self._batches and self._batches[0] is batch:  # else it had to go meanwhile
            self._batches.popleft()
            self.held -= len(batch.events)
        if 200 <= status < 300:
            self._count(body)
        else:
            self.dropped["refused"] += len(batch.events)
        return 0.0

    def _count(self, body: bytes) -> None:
        try:
            told = json.loads(body)
            self.accepted += int(told["accepted"])
            self.dropped.update({str(reason): int(count) for reason, count in told["dropped"].items()})
        except (ValueError, KeyError, TypeError, AttributeError):
            return  # something before the collector answered for it


def _aged(text: str, seconds: float) -> str:
    """The JSON of an event with its age in ms, which a wrong clock does no harm."""
    return f'{text[:-1]},"age":{max(0, round(seconds * 1000))}}}'
