"""Names of scripts that change closed days and their arguments in; done, or `Lost` or `Changed`, out."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from collector.jobs.lease import Lease, Lost
from common.rows import script_argument

#: How often a job reads a day again that is written to while it is at work; late events are rare, this is plenty.
TRIES = 20


class Changed(Exception):
    """Something was written to since it was read; nothing was done."""


@cache
def _text(name: str) -> str:
    return (Path(__file__).parent / f"{name}.lua").read_text()


def call(lease: Lease, name: str, keys: Sequence[str], argument: Mapping[str, Any]) -> None:
    """Run `name`.lua under a lease. Raises `Lost`, `Changed` or redis.RedisError; then nothing was written."""
    script = lease.client.register_script(_text(name))
    # Where versions begin differs from Redis to Redis: what is cached by one must not pass for another's.
    told = {"token": lease.token, "seed": str(secrets.randbits(40)), **argument}
    reply = script(keys=[lease.shard.job(), *keys], args=[script_argument(told)])
    if reply[0] == b"lost":
        raise Lost(f"{lease.shard.site}: another job took over; what was done so far is whole")
    if reply[0] != b"ok":
        raise Changed
