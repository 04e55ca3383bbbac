"""A shard in, the right to change its closed days out: one job at a time, also when another was killed.

The token is checked inside every script that changes something, so that a job which lost its lease while it was
suspended cannot write any more.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

import redis

from common.keys import Shard

#: A killed job's lease ends after this many s; a living one renews it three times as often.
LIFE = 6.0
_EXTEND = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) end return 0"
_RELEASE = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0"


class Busy(Exception):
    """Another job holds the shard."""


class Lost(Exception):
    """The lease ended while the job was at work; what it did so far is whole, the next run goes on."""


class Lease:
    """Holds a shard's job lease while its context lasts; waits up to `patience` s for another job, then `Busy`.

    `waiting` is called once if there is something to wait for.
    """

    def __init__(
        self,
        client: redis.Redis,
        shard: Shard,
        patience: float = 600.0,
        waiting: Callable[[], None] = lambda: None,
    ) -> None:
        self.client, self.shard, self._patience, self._waiting = client, shard, patience, waiting
        self.token = secrets.token_hex(8)
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        deadline, told = time.monotonic() + self._patience, False
        while not self.client.set(self.shard.job(), self.token, nx=True, px=int(LIFE * 1000)):
            if time.monotonic() >= deadline:
                raise Busy(f"{self.shard.site}: another job is at work on it")
            if not told:
                self._waiting()
                told = True
            time.sleep(0.1)
        self._thread = threading.Thread(target=self._renew, name="lease", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._over.set()
        if self._thread:
            self._thread.join()
        if not isinstance(error, redis.ConnectionError):
            self.client.eval(_RELEASE, 1, self.shard.job(), self.token)

    def check(self) -> None:
        """Raises `Lost` when the lease is somebody else's by now."""
        if self.client.get(self.shard.job()) != self.token.encode():
            raise Lost(f"{self.shard.site}: another job took over")

    def _renew(self) -> None:
        while not self._over.wait(LIFE / 3):
            try:
                if not self.client.eval(_EXTEND, 1, self.shard.job(), self.token, int(LIFE * 1000)):
                    return
            except (redis.RedisError, OSError):
                continue  # Redis may be back before the lease ends; the scripts check it anyway
