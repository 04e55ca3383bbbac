"""Opening Redis: which one, how, and what a person reads when it does not work."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis as redis_py

from common import store
from common.settings import Settings
from common.store import StoreError


@contextmanager
def server_of_version(version: bytes) -> Iterator[str]:
    """URL of something that answers INFO with this version and everything else with OK."""
    info = b"redis_version:%s\r\n" % version
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    while sent := connection.recv(4096):
                        reply = b"$%d\r\n%s\r\n" % (len(info), info) if b"INFO" in sent else b"+OK\r\n"
                        connection.sendall(reply)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"redis://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("redis://localhost:6379/0", "redis://localhost:6379/0"),
        ("redis://me:secret@host:1/0", "redis://***@host:1/0"),
        ("rediss://:p@ss/wo:rd@host", "rediss://***@host"),
        ("me:secret@host", "***@host"),
        ("unix:///run/redis.sock?db=1&password=secret", "unix:///run/redis.sock?db=1&password=***"),
    ],
)
def test_redact(url: str, shown: str) -> None:
    assert store.redact(url) == shown


@pytest.mark.parametrize(
    "url",
    [
        "localhost:6379",
        "http://me:secret@host",
        "redis://me:secret@host:port/0",
        "redis://host/0?socket_timeout=secret-of-sorts",
        "redis://me:secret@host/0?no_such_option=1",
    ],
)
def test_bad_url(url: str) -> None:
    for opening in (store.connect, store.connect_async):
        with pytest.raises(StoreError, match=r"FOOTFALL_REDIS_URL=.* is no Redis URL: expected") as caught:
            opening(url)
        assert ":secret@" not in str(caught.value)


def test_replies_are_bytes_and_the_client_is_named(redis_url: str) -> None:
    with store.connect(redis_url) as client:
        client.set("key", "value")
        assert client.get("key") == b"value"
        assert client.client_getname() == "footfall"


async def test_async_client(redis_url: str) -> None:
    async with store.connect_async(redis_url) as client:
        await client.set("key", "value")
        assert await client.get("key") == b"value"


def test_a_command_whose_answer_is_late_is_sent_once(redis_url: str) -> None:
    """The script runs 0.5 s, the client waits 0.1 s: counted once, however often it was given up."""
    slow = """
        redis.call('INCR', KEYS[1])
        local stop = os.clock() + 0.5
        while os.clock() < stop do end
    """
    with store.connect(redis_url, timeout=0.1) as client, pytest.raises(redis_py.TimeoutError):
        client.eval(slow, 1, "count")
    with store.connect(redis_url) as client:
        assert client.get("count") == b"1"


def test_retries_are_off_by_name_not_by_a_default_that_may_change(redis_url: str) -> None:
    for client in (store.connect(redis_url, check=False), store.connect_async(redis_url)):
        retry = client.get_retry()
        assert retry is not None
        assert retry.get_retries() == 0


def test_unreachable(free_port: Callable[[], int]) -> None:
    url = f"redis://me:secret@127.0.0.1:{free_port()}/0"
    with pytest.raises(StoreError, match=r"^cannot reach Redis at redis://\*\*\*@127.*: start it, ") as caught:
        store.connect(url)
    assert "secret" not in str(caught.value)
    store.connect(url, check=False).close()


def test_wrong_password(redis: redis_py.Redis, redis_url: str) -> None:
    redis.config_set("requirepass", "right")
    try:
        for url in (redis_url, redis_url.replace("unix://", "unix://:wrong@")):
            with pytest.raises(StoreError, match="refuses this user or password: correct FOOTFALL_REDIS_URL"):
                store.connect(url)
    finally:
        redis.config_set("requirepass", "")


def test_too_old() -> None:
    with (
        server_of_version(b"6.2.14") as url,
        pytest.raises(StoreError, match=r"is version 6\.2\.14: Footfall needs Redis 7\.0 or newer"),
    ):
        store.connect(url)


@pytest.mark.parametrize("version", ["7.0.15", "7.2.4", "8.0.0", "10.1", "", "unknown"])
def test_new_enough(version: str) -> None:
    store.check_version(version)


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (redis_py.BusyLoadingError("Redis is loading"), "still loading its data: try again in a moment"),
        (redis_py.TimeoutError("Timeout reading from socket"), "does not answer in time"),
        (redis_py.ConnectionError("Error 111\nrefused."), r"cannot reach .* \(Error 111 refused\)"),
        (redis_py.ResponseError("MISCONF no disk, me:secret"), r"refuses: MISCONF no disk, \*\*\*$"),
    ],
)
def test_explain(error: Exception, message: str) -> None:
    with pytest.raises(StoreError, match=message):
        raise store.explain(error, "redis://me:secret@host")


def test_url_settings_embedded_in_this_order(redis_url: str, tmp_path: Path) -> None:
    given = Settings(redis_url=redis_url, data=tmp_path)
    assert store.address("redis://first", given) == "redis://first"
    assert store.address(None, given) == redis_url
    try:
        embedded = store.address(None, Settings(data=tmp_path))
        assert embedded.endswith("/valkey/valkey.sock")
        assert store.join(tmp_path) is store.join(tmp_path)
        with store.connect(settings=Settings(data=tmp_path)) as client:
            assert client.ping()
    finally:
        store.leave(wait=True)


def test_an_embedded_server_that_cannot_start_is_a_store_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match=r"cannot use .*file/valkey for the embedded server"):
        store.connect(settings=Settings(data=tmp_path / "file"))
