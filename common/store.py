"""Settings or a URL in, a Redis client out: the one place that opens Redis."""

from __future__ import annotations

import atexit
import logging
import os
import re
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import redis
import redis.asyncio

from common import clients, embedded, keys, managed, settings
from common.cluster import Cluster, NoCluster, nodes
from common.counted import keep_all
from common.settings import Settings

OLDEST = (7, 0)
HOW_TO_REACH = "start it, correct FOOTFALL_REDIS_URL, or unset it to use the embedded server"

_log = logging.getLogger("footfall.store")
_joined: dict[tuple[int, Path], embedded.Joined] = {}
_joining = threading.Lock()


class StoreError(RuntimeError):
    """Redis cannot be used; one line that says what to do. Never holds a password."""


class OlderSchema(StoreError, redis.RedisError):
    """Redis holds data of another version. A flusher that took no notice would count its journal twice."""


def connect(
    url: str | None = None,
    settings: Settings | None = None,
    *,
    timeout: float = 10.0,
    check: bool = True,
    older: bool = False,
    purpose: str | None = None,
) -> redis.Redis:
    """A client for `url`, else the settings' URL, else the embedded server; replies are bytes.

    `timeout` is the seconds a reply may take. With `check` it has answered and is new enough, or this raises
    `StoreError`; without, only a bad URL or an embedded server that cannot start does. Data of another version is
    refused, unless `older`. With a `purpose` (one of budget.PURPOSES) its commands are counted under it.
    """
    where = address(url, settings)
    try:
        client = clients.opened(where, timeout, purpose)
    except (ValueError, TypeError) as error:
        raise _bad_url(where) from error
    if check:
        try:
            verify(client, where)
            if not older:
                refuse_older(client, partly=True)
        except StoreError:
            client.close()
            raise
    return client


def connect_async(
    url: str | None = None, settings: Settings | None = None, *, timeout: float = 10.0, purpose: str | None = None
) -> redis.asyncio.Redis:
    """As `connect` without its check, for asyncio. Call it before the loop has work: joining may block."""
    where = address(url, settings)
    try:
        return clients.opened_async(where, timeout, purpose)
    except (ValueError, TypeError) as error:
        raise _bad_url(where) from error


def address(url: str | None = None, given: Settings | None = None) -> str:
    """The URL to open; joins (and starts) the embedded server when none is set."""
    if url:
        return url
    chosen = given or settings.load()
    return chosen.redis_url or join(chosen.data).url


def join(data: Path) -> embedded.Joined:
    """This process's one hold on the embedded server of a data folder, kept until the process ends."""
    key = (os.getpid(), data.resolve())  # a forked child holds the server in its own right
    with _joining:
        if key not in _joined:
            try:
                _joined[key] = embedded.join(key[1] / "valkey")
            except embedded.EmbeddedError as error:
                raise StoreError(str(error)) from error
        return _joined[key]


def leave(wait: bool = False) -> None:
    """Let go of every embedded server this process joined; see `embedded.Joined.close`."""
    with _joining:
        for key in [key for key in _joined if key[0] == os.getpid()]:
            _joined.pop(key).close(wait)


def verify(client: redis.Redis, url: str = "") -> None:
    """Ask for the version; raises `StoreError` when nobody answers, access is refused or it is too old."""
    try:
        found, away = nodes(client), list[Exception]()
        for node in found:
            try:
                info = node.info("server")
            except (redis.ConnectionError, redis.TimeoutError) as error:
                away.append(error)  # of a cluster the others are of use
                if len(away) == len(found):
                    raise
                continue
            check_version(managed.version_of(info), url)
            if node is client:
                refuse_part(client, url, info)
    except (redis.AuthenticationError, redis.ConnectionError, redis.TimeoutError, OSError) as error:
        raise explain(error, url) from error
    except redis.RedisError as error:
        try:
            client.ping()  # a user who may not read INFO may still be allowed the rest
        except (redis.RedisError, OSError):
            raise explain(error, url) from error


def refuse_part(client: redis.Redis, url: str, info: Mapping[str, Any] | None = None) -> None:
    """Raises `StoreError` where a URL of one server names a node of a cluster of several: most keys are elsewhere.

    Raises redis.RedisError when Redis is away.
    """
    if isinstance(client, Cluster):
        return
    try:
        found = client.info("server") if info is None else info
        if "cluster" not in (found.get("redis_mode"), found.get("server_mode")):
            return
        told = cast("dict[str, str]", client.execute_command("CLUSTER INFO"))  # type: ignore[no-untyped-call]
    except redis.ResponseError:  # it does not tell
        return
    if int(told.get("cluster_size", 1)) > 1:
        changed = redact(re.sub(r"^(rediss?)://", r"\1+cluster://", url)).removesuffix("/0")
        raise StoreError(f"Redis at {redact(url)} is a node of a cluster: set FOOTFALL_REDIS_URL={changed}")


def refuse_older(client: redis.Redis, partly: bool = False) -> None:
    """Raises `OlderSchema` where data of another version waits, known by single keys; what has no schema is only named
    in the log, since the keys may be somebody else's. Raises redis.RedisError when Redis is away; `partly`: all of it.
    """
    names = (keys.OLDER_SITES, keys.NEWER_SITES, keys.ORIGINAL_EVENTS, keys.ORIGINAL_MOVING)
    pipe = client.pipeline(transaction=False)
    for name in names:
        pipe.exists(name)
    replies = pipe.execute(raise_on_error=False)  # a user may not be allowed to ask
    for reply in replies:
        away = isinstance(reply, redis.ConnectionError | redis.TimeoutError)
        if away and not (partly and isinstance(client, Cluster)):
            raise reply
    older, newer, *original = (reply == 1 for reply in replies)
    if older:
        raise OlderSchema(
            f"this Redis holds data of an older version (schema {keys.OLDER}): stop all collectors, then run "
            "`python -m collector migrate`"
        )
    if newer:
        raise OlderSchema("this Redis holds data of a newer Footfall: update this one")
    if any(original):
        _log.warning(
            "this Redis holds events of the original design (%s): `python -m collector migrate --site example.com` "
            "counts them",
            keys.ORIGINAL_EVENTS,
        )


def check_version(version: str, url: str = "") -> None:
    """Raises `StoreError` for a version before 7.0; one that cannot be read passes."""
    numbers = tuple(int(part) for part in re.findall(r"\d+", version)[:2])
    if numbers and numbers < OLDEST:
        raise StoreError(
            f"Redis at {redact(url)} is version {version}: Footfall needs Redis 7.0 or newer, or any Valkey"
        )


def explain(error: Exception, url: str = "") -> StoreError:  # noqa: PLR0911 - one for each cause
    """What a failed call means and what to do about it, in one line."""
    where = f"Redis at {redact(url)}" if url else "Redis"
    reason = redact_text(str(error), url).replace("\n", " ").rstrip(".")
    if isinstance(error, redis.AuthenticationError):
        return StoreError(
            f"{where} refuses this user or password: correct FOOTFALL_REDIS_URL (redis://user:password@host:port/0)"
        )
    if isinstance(error, NoCluster):
        plain = redact(url).replace("+cluster://", "://")
        return StoreError(f"{where} is a server by itself, no cluster: set FOOTFALL_REDIS_URL={plain}")
    if isinstance(error, redis.BusyLoadingError):
        return StoreError(f"{where} is still loading its data: try again in a moment")
    if isinstance(error, redis.TimeoutError):
        return StoreError(f"{where} does not answer in time ({reason}): {HOW_TO_REACH}")
    if isinstance(error, redis.ConnectionError | OSError):
        return StoreError(f"cannot reach {where} ({reason}): {HOW_TO_REACH}")
    if "WRONGTYPE" in reason:
        return StoreError(
            f"{where} holds a key of a wrong type: `python -m collector doctor` names it, "
            "`python -m collector rebuild` mends it"
        )
    return StoreError(f"{where} refuses: {reason}")


def _bad_url(url: str) -> StoreError:
    return StoreError(
        f"FOOTFALL_REDIS_URL={redact(url)} is no Redis URL: expected redis://user:password@host:port/0, "
        "rediss://..., unix:///path, redis+cluster://host:port,host:port or redis+sentinel://host:port,host:port/master"
    )


def redact(url: str) -> str:
    """A URL without user and password; works on what is no URL as well."""
    head, at, tail = url.rpartition("@")
    scheme, slashes, _ = head.partition("://")
    shown = f"{scheme}://***@{tail}" if at and slashes else f"***@{tail}" if at else url
    return re.sub(r"([?&](?:user|password|username)=)[^&]*", r"\1***", shown)


def redact_text(text: str, url: str) -> str:
    """A message with everything before the URL's `@` taken out, should a library have quoted it."""
    secret = url.rpartition("@")[0].rpartition("://")[2]
    for part in filter(None, (secret, secret.partition(":")[2])):
        text = text.replace(part, "***")
    return text


def _after_fork() -> None:
    global _joining  # noqa: PLW0603 (another thread of the parent may have held it)
    _joining = threading.Lock()


os.register_at_fork(after_in_child=_after_fork)
atexit.register(leave)
atexit.register(keep_all)  # before `leave`: the last comes first
