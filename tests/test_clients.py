"""Every kind of URL opens a client for threads and one for asyncio: socket, ACL user, Sentinel, cluster."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis as redis_py
from clusters import ValkeyCluster
from collectors import wait_for

from common import store
from common.clients import replicated
from common.valkey import find_binary


@pytest.fixture
def sentinel(tmp_path: Path, free_port: Callable[[], int]) -> Iterator[str]:
    """URL of a master with an ACL user, as a Sentinel knows it."""
    ports, processes = (free_port(), free_port()), []
    server = f"port {ports[0]}\nbind 127.0.0.1\nsave ''\nuser ann on >secret ~* &* +@all\n"
    watch = f"port {ports[1]}\nbind 127.0.0.1\nsentinel monitor mymaster 127.0.0.1 {ports[0]} 1\n"
    for name, text, options in (("server", server, []), ("watch", watch, ["--sentinel"])):
        (tmp_path / name).write_text(text.replace("''", '""'))
        command = [find_binary(), name, *options]
        processes.append(subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL))
    try:
        with redis_py.Redis(port=ports[1]) as client:
            wait_for(lambda: _answers(client))
        yield f"redis+sentinel://ann:secret@127.0.0.1:{ports[1]}/mymaster"
    finally:
        for process in processes:
            process.kill()
            process.wait()


def _answers(client: redis_py.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis_py.RedisError:
        return False


async def check(url: str) -> None:
    """Both clients do the same things; one for a purpose counts."""
    for purpose in (None, "flush"):
        with store.connect(url, purpose=purpose) as client:
            client.set("{t}a", "1")
            script = client.register_script("return {KEYS[1], redis.call('GET', KEYS[1])}")
            assert script(keys=["{t}a"]) == [b"{t}a", b"1"]
            pipe = client.pipeline(transaction=False)
            pipe.get("{t}a")
            pipe.get("other")
            assert pipe.execute() == [b"1", None]
        waiting = store.connect_async(url, purpose=purpose)
        assert await waiting.get("{t}a") == b"1"
        assert await waiting.ping()
        await waiting.aclose()


async def test_a_socket(redis_url: str) -> None:
    assert redis_url.startswith("unix://")
    await check(redis_url)
    with store.connect(redis_url) as client:
        assert not replicated(client)


async def test_a_sentinel_and_an_acl_user(sentinel: str) -> None:
    await check(sentinel)
    with store.connect(sentinel) as client:
        assert client.acl_whoami() == "ann"
        assert replicated(client)
    with pytest.raises(store.StoreError, match="cannot reach") as raised:
        store.connect(sentinel.replace("mymaster", "other"))
    assert "secret" not in str(raised.value)


async def test_a_cluster(cluster: ValkeyCluster) -> None:
    await check(cluster.url)
    with store.connect(cluster.url) as client:
        assert replicated(client)


async def test_a_cluster_that_is_away_is_found_out_when_it_is_used(free_port: Callable[[], int]) -> None:
    url = f"redis+cluster://127.0.0.1:{free_port()}"
    client = store.connect(url, check=False)
    with pytest.raises(redis_py.ConnectionError):
        client.get("a")
    with pytest.raises(redis_py.ConnectionError):
        client.pipeline(transaction=False).get("a").execute()
    waiting = store.connect_async(url)
    with pytest.raises(redis_py.ConnectionError):
        await waiting.get("a")
    await waiting.aclose()
    with pytest.raises(store.StoreError, match="cannot reach Redis at redis"):
        store.connect(url)
