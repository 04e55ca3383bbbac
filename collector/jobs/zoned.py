"""A lease and the zone a job was started with in, `Lost` out where the shard's days are another zone's by now.

A zone changes under the lease alone: what holds while a job has it holds until it ends.
"""

from __future__ import annotations

from typing import cast

import redis

from collector.jobs.lease import Lease, Lost
from common import keys
from common.keys import Shard
from common.known import Known, one_site, rezoned


def stored_zone(client: redis.Redis, shard: Shard) -> str:
    """The zone by whose days the shard is kept; "" where nothing was flushed yet. Raises redis.RedisError."""
    return (cast("bytes | None", client.hget(shard.state(), keys.ZONE)) or b"").decode()


def check_zone(lease: Lease, zone: str) -> None:
    """Raises `Lost` where `zone` was read before it was changed; and redis.RedisError."""
    client, site = lease.client, lease.shard.site
    stored = stored_zone(client, lease.shard)
    if not stored:
        return
    known = one_site(client, site) or Known()
    if known.zone != stored:  # the list of sites was made again, or a change was killed before it told: the shard knows
        rezoned(client, site, stored)
    if stored != zone:
        raise Lost(f"{site}: its zone is {stored} by now; do it again")
