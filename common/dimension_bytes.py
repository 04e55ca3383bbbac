"""One site's stored rollups in, the bytes that each dimension takes of them out. Needs numpy: not for the collector.

Blobs are compressed as a whole, so a dimension's part is a share: by the length of its values and of its counts. One
closed month, one closed day and the newest open days tell the shares of all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import cast

import numpy as np
import redis

from common import keys
from common.arrays import Rows
from common.dense import decode_day, decode_month
from common.footprint import Size
from common.keys import Shard

_OPEN_DAYS = 2
BOOKKEEPING = "(bookkeeping)"


def by_dimension(client: redis.Redis, site: str, sizes: Iterable[Size]) -> dict[str, int]:
    """Bytes of a site's rollups by dimension, largest first; `prop:KEY` is one each. Raises redis.RedisError."""
    own = [size for size in sizes if size.site == site]
    months = [size for size in own if size.family == "dense" and not size.day and size.month]
    days = [size for size in own if size.family == "dense" and size.day]
    opened = [size for size in own if size.family == "daily"]
    sums: dict[str, float] = defaultdict(float)
    for group, shares in (
        (months, _month_shares(client, site, months)),
        (days, _day_shares(client, site, days)),
        (opened, _open_shares(client, site, opened)),
    ):
        total = sum(size.bytes for size in group)
        for dimension, share in shares.items():
            sums[dimension] += total * share
    return {dimension: round(size) for dimension, size in sorted(sums.items(), key=lambda item: -item[1])}


def weights(rows: Rows) -> dict[str, int]:
    """About the bytes of each dimension before compression."""
    return {
        dimension: sum(len(value.encode()) for value in values) + int(np.count_nonzero(array)) * 2 + 2 * len(values)
        for dimension, (values, array) in rows.items()
    }


def _month_shares(client: redis.Redis, site: str, months: list[Size]) -> dict[str, float]:
    if not months or not (blob := _blob(client, site, max(size.month for size in months))):
        return {}
    month = decode_month(blob)
    sums = dict(weights(month.sums))
    for rows in month.days.values():
        for dimension, weight in weights(rows).items():
            sums[dimension] = sums.get(dimension, 0) + weight
    return _shares(sums)


def _day_shares(client: redis.Redis, site: str, days: list[Size]) -> dict[str, float]:
    if not days or not (blob := _blob(client, site, keys.iso(max(size.day for size in days)))):
        return {}
    return _shares(weights(decode_day(blob).rows))


def _open_shares(client: redis.Redis, site: str, days: list[Size]) -> dict[str, float]:
    sums: dict[str, int] = {}
    for size in sorted(days, key=lambda size: -size.day)[:_OPEN_DAYS]:
        for name, value in cast("dict[bytes, bytes]", client.hgetall(Shard(site).daily(size.day))).items():
            dimension, value_of = keys.split_field(name.decode())
            if dimension == keys.COUNT:
                dimension = value_of
            elif b"=" not in name:
                dimension = BOOKKEEPING
            sums[dimension] = sums.get(dimension, 0) + len(name) + len(value)
    return _shares(sums)


def _blob(client: redis.Redis, site: str, name: str) -> bytes | None:
    return cast("bytes | None", client.hget(Shard(site).dense(), name))


def _shares(sums: dict[str, int]) -> dict[str, float]:
    total = sum(sums.values())
    return {name: weight / total for name, weight in sums.items() if weight}
