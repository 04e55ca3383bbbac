"""A Redis server's settings in, what would lose data out, each finding with its cure. Pure but `look`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, cast

import redis
from redis.exceptions import ResponseError

from common import managed
from common.cluster import nodes

_ASKED = ("maxmemory", "maxmemory-policy", "appendonly", "appendfsync", "no-appendfsync-on-rewrite")


class Finding(NamedTuple):
    """What is wrong, and the command or setting that mends it. A fatal one stops the start."""

    fatal: bool
    problem: str
    cure: str


def look(client: redis.Redis) -> dict[str, str] | None:
    """The settings that matter, or what INFO tells of them where a provider keeps CONFIG to itself; None where it tells
    neither. Raises redis.RedisError otherwise.
    """
    try:
        found = cast("dict[bytes | str, bytes | str]", client.config_get(*_ASKED))
    except ResponseError:
        return managed.look(client)
    return {_text(name): _text(value) for name, value in found.items()}


def findings(client: redis.Redis) -> list[Finding]:
    """What the settings of any server behind a client would lose, each once. Raises redis.RedisError."""
    found = [finding for node in nodes(client) for finding in judge(look(node))]
    return sorted(dict.fromkeys(found), key=lambda finding: not finding.fatal)


def judge(config: Mapping[str, str] | None) -> list[Finding]:
    """What these settings would lose, fatal findings first."""
    if config is None or managed.TOLD_BY_INFO in config:
        return [Finding(*found) for found in managed.judge(config or {})]
    findings = []
    policy = config.get("maxmemory-policy", "noeviction")
    if policy != "noeviction":
        limited = config.get("maxmemory", "0") not in ("", "0")
        findings.append(
            Finding(
                True,
                f"maxmemory-policy is {policy}: a full Redis would delete days of figures without an error"
                + ("" if limited else ", as soon as maxmemory is set"),
                "redis-cli CONFIG SET maxmemory-policy noeviction, and the same in redis.conf",
            )
        )
    if config.get("no-appendfsync-on-rewrite") == "yes":
        findings.append(
            Finding(
                True,
                "no-appendfsync-on-rewrite is yes: during a rewrite nothing is synced to disk",
                "redis-cli CONFIG SET no-appendfsync-on-rewrite no, and the same in redis.conf",
            )
        )
    if config.get("appendonly") != "yes":
        findings.append(
            Finding(
                False,
                "appendonly is no: a crash of Redis loses everything since its last snapshot",
                "redis-cli CONFIG SET appendonly yes and appendfsync always, or FOOTFALL_ACCEPT_LOSS=1",
            )
        )
    elif config.get("appendfsync") != "always":
        findings.append(
            Finding(
                False,
                f"appendfsync is {config.get('appendfsync')}: a power cut loses about the last second",
                "redis-cli CONFIG SET appendfsync always, or FOOTFALL_ACCEPT_LOSS=1",
            )
        )
    return findings


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value
