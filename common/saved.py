"""What people keep with a site in and out: goals, funnels, segments, annotations, alerts, tokens. One hash a site.

A field is `KIND:NAME`, its value JSON. Nothing here is of a visitor.
"""

from __future__ import annotations

import json
from typing import Any, cast

import redis

from common.keys import Shard

GOAL, FUNNEL, SEGMENT, NOTE, ALERT, TOKEN, REPORT = (
    "goal",
    "funnel",
    "segment",
    "note",
    "alert",
    "token",
    "report",
)
#: kind -> what its JSON holds.
KINDS = {
    GOAL: "an event or page that counts as a conversion: `event` or `page`, with filters `where` if wanted",
    FUNNEL: "`steps` as `Traffic.funnel` takes them, `within` s",
    SEGMENT: "`f`: filters as addresses hold them",
    NOTE: "`day`, or `day` and `time`; `text`; what happened then, drawn on charts",
    ALERT: "`metric`, `where`, `drop` and `spike` in per cent, `to`",
    TOKEN: "`scope` (read, share), `view`, `digest` of the token, `since`",
    REPORT: "`view`, `to`, `every` (day, week, month)",
}
MOST_NAME, MOST_KEPT, MOST_BYTES = 120, 500, 20_000


class Saved:
    """The kept things of one site."""

    def __init__(self, client: redis.Redis, site: str) -> None:
        self._client, self._key = client, Shard(site).saved()

    def all(self, kind: str) -> dict[str, dict[str, Any]]:
        """Name -> contents of one kind, by name. What is not JSON of ours is left out."""
        found: dict[str, dict[str, Any]] = {}
        for field, text in cast("dict[bytes, bytes]", self._client.hgetall(self._key)).items():
            group, _, name = field.decode(errors="replace").partition(":")
            if group == kind and isinstance(value := _loaded(text), dict):
                found[name] = value
        return dict(sorted(found.items()))

    def put(self, kind: str, name: str, contents: dict[str, Any]) -> None:
        """Keep it under its name, in place of what had it. Raises ValueError saying what is wrong."""
        if kind not in KINDS:
            raise ValueError(f"kind={kind!r}: expected one of {', '.join(KINDS)}")
        name = name.strip()
        if not 0 < len(name) <= MOST_NAME:
            raise ValueError(f"name: {len(name)} characters, expected 1 to {MOST_NAME}")
        text = json.dumps(contents, ensure_ascii=False, separators=(",", ":"))
        if len(text.encode()) > MOST_BYTES:
            raise ValueError(f"{kind} {name!r}: {len(text.encode()):,} bytes, expected at most {MOST_BYTES:,}")
        field = f"{kind}:{name}"
        if not self._client.hexists(self._key, field) and self._client.hlen(self._key) >= MOST_KEPT:
            raise ValueError(f"{MOST_KEPT} things are kept for this site; remove one first")
        self._client.hset(self._key, field, text)

    def drop(self, kind: str, name: str) -> bool:
        """Forget it; False where it was not there."""
        return bool(self._client.hdel(self._key, f"{kind}:{name}"))


def _loaded(text: bytes) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return None
