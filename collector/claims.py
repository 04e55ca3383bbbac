"""Ids of batches and their records in, those that another record had first out: for sites of several shards.

An id is claimed on the shard of the id, since the same batch may come again from another address, and so be on another
shard. Whoever claims is the record: a flush that was killed between its claims and its events claims them again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple, cast

import redis

from common import keys
from common.chunked import chunked
from common.keys import Shard
from common.rows import script_argument
from common.run_ids import PER_BUCKET, RUN, bits
from common.shards import Layout

SCRIPT = (Path(__file__).parent / "claims.lua").read_text()
_DAY, _EPOCH = 86_400_000, 719_163
_TRIES = 20


class Claim(NamedTuple):
    """A batch's id, when it was received (ms), and the record that holds it."""

    id: int
    received: int
    record: int


class Claims:
    """Claims for one collector, known by its journal's id."""

    def __init__(self, client: redis.Redis, collector: str) -> None:
        self._client, self._collector = client, collector
        self._script = client.register_script(SCRIPT)
        self._counts: dict[tuple[Shard, int], int] = {}

    def shard(self, site: str, layout: Layout, id_: int) -> Shard:
        """Where an id is claimed, with all others of its page."""
        return Shard(site, (id_ & RUN) % layout.steps[-1][1])

    def take(self, shard: Shard, claims: Sequence[Claim]) -> set[int]:
        """Claim ids of one shard of ids, in the order of their records; the records whose ids were another's.

        Raises redis.RedisError; the same again then gives the same.
        """
        if not claims:
            return set()
        days = sorted({claim.received // _DAY + shift for claim in claims for shift in (-1, 0, 1)})
        for _ in range(_TRIES):
            counts = self._known(shard, days)
            reply: list[bytes] = self._script(
                keys=[shard.state()], args=[script_argument(self._argument(claims, counts))]
            )
            if reply[0] == b"ok":
                return self._others(claims, reply[1:])
            for day in days:
                self._counts.pop((shard, day), None)
        raise redis.ResponseError(f"{shard.site}: ids of batches come faster than they can be claimed")

    def earlier(self, site: str, layout: Layout, claims: Sequence[Claim]) -> set[int]:
        """The records whose ids came before the site had the shards it has: they lie where they lay then."""
        if len(layout.steps) < 2 or min(claim.received for claim in claims) // _DAY + _EPOCH > layout.steps[-1][0] + 2:
            return set()
        count, found = layout.steps[-2][1], set[int]()
        for number in {(claim.id & RUN) % count for claim in claims}:
            some = [claim for claim in claims if (claim.id & RUN) % count == number]
            found |= self._held(Shard(site, number), some, 8 if count == 1 else 12)
        return found

    def _held(self, shard: Shard, claims: Sequence[Claim], width: int) -> set[int]:
        """The records whose ids lie on a shard, by itself (8 bytes) or with an owner that is another (12)."""
        plain, days = width == 8, sorted({claim.received // _DAY + shift for claim in claims for shift in (-1, 0, 1)})
        count_of, field_of = (keys.ids_count, keys.ids_field) if plain else (keys.claims_count, keys.claims_field)
        counts = cast("list[bytes | None]", self._client.hmget(shard.state(), [count_of(day) for day in days]))
        used = {day: bits(int(count)) for day, count in zip(days, counts, strict=True) if count}
        names = [
            field_of(day, (claim.id if plain else claim.id >> 4) & ((1 << length) - 1))
            for claim in claims
            for day in used
            for length in range(used[day] + 1)
        ]
        held: dict[bytes, bytes] = {}
        for some in chunked(dict.fromkeys(names), 5_000):
            for packed in filter(None, cast("list[bytes | None]", self._client.hmget(shard.state(), some))):
                held |= {packed[at : at + 8]: packed[at + 8 : at + width] for at in range(0, len(packed), width)}
        return {
            claim.record
            for claim in claims
            if (owner := held.get(claim.id.to_bytes(8))) is not None and owner != self._owner(claim.record)
        }

    def _others(self, claims: Sequence[Claim], taken: Iterable[bytes]) -> set[int]:
        found = set(taken)
        return {claim.record for claim in claims if claim.id.to_bytes(8) + self._owner(claim.record) in found}

    def _owner(self, record: int) -> bytes:
        return blake2b(f"{self._collector} {record}".encode(), digest_size=4).digest()

    def _known(self, shard: Shard, days: list[int]) -> dict[int, int]:
        """How many ids days hold at least: as far as it is known, the script says when it is more."""
        if missing := [day for day in days if (shard, day) not in self._counts]:
            names = [keys.claims_count(day) for day in missing]
            found = cast("list[bytes | None]", self._client.hmget(shard.state(), names))
            self._counts |= {(shard, day): int(count or 0) for day, count in zip(missing, found, strict=True)}
        return {day: self._counts[shard, day] for day in days}

    def _argument(self, claims: Sequence[Claim], counts: dict[int, int]) -> dict[str, Any]:
        fresh = Counter(claim.received // _DAY for claim in claims)
        used = {day: bits(count + fresh[day]) for day, count in counts.items()}
        places = {day: place for place, day in enumerate(counts, 1)}
        look: dict[str, int] = {}
        listed = []
        for claim in claims:
            day = claim.received // _DAY
            names = [
                keys.claims_field(near, claim.id >> 4 & ((1 << length) - 1))
                for near in (day, day - 1, day + 1)
                for length in range(used[near], -1, -1)
            ]
            at = [look.setdefault(name, len(look) + 1) for name in dict.fromkeys(names)]
            listed.append([at[0], at, claim.id.to_bytes(8), self._owner(claim.record), places[day]])
        return {
            "counts": [[keys.claims_count(day), (PER_BUCKET << used[day]) - fresh[day]] for day in counts],
            "look": list(look),
            "ids": listed,
        }
