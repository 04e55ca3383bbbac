"""The embedded server: one for all, there as long as somebody uses it, gone when nobody does."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
import redis as redis_py

from common import embedded, keeper, valkey
from common.valkey import ServerFolder

ROOT = Path(__file__).resolve().parent.parent

# A user: joins, says where, and stays until its stdin closes or somebody kills it.
USER = """
import sys
from pathlib import Path
from common import embedded
joined = embedded.join(Path(sys.argv[1]))
print(joined.url, flush=True)
sys.stdin.read()
"""

# A forked child lets go and ends before its parent does.
FORK = """
import os
if not os.fork():
    joined.close()
    os._exit(0)
os.wait()
print("child ended", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A server folder; whatever the test did, no process of it may be left."""
    path = tmp_path / "valkey"
    yield path
    until(lambda: not processes(path), "processes left behind", 8)


@contextmanager
def users(folder: Path, count: int = 1, script: str = USER) -> Iterator[list[subprocess.Popen[str]]]:
    started = [
        subprocess.Popen(
            [sys.executable, "-W", "ignore", "-c", script, str(folder)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(count)
    ]
    try:
        yield started
    finally:
        for process in started:
            process.communicate()


def url_of(user: subprocess.Popen[str]) -> str:
    assert user.stdout is not None
    return user.stdout.readline().strip()


def processes(folder: Path) -> set[int]:
    """Ids of living keepers and servers of a folder."""
    found = set()
    for process in psutil.process_iter(["cmdline", "cwd", "status"]):
        at_work = process.info["status"] != psutil.STATUS_ZOMBIE
        keeps = "common.keeper" in (process.info["cmdline"] or []) and str(folder) in process.info["cmdline"]
        if at_work and (keeps or process.info["cwd"] == str(folder)):
            found.add(process.pid)
    return found


def until(true: Callable[[], object], message: str, seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, message
        time.sleep(0.05)


def answers(url: str) -> bool:
    try:
        with redis_py.Redis.from_url(url) as client:
            return bool(client.ping())
    except redis_py.ConnectionError:
        return False


def state(folder: Path, name: str) -> int:
    return int(str(ServerFolder(folder).read_state()[name]))


def test_several_that_start_together_share_one_server(folder: Path) -> None:
    with users(folder, 5) as started:
        assert len({url_of(user) for user in started}) == 1
        until(lambda: processes(folder) == {state(folder, "keeper"), state(folder, "pid")}, "more than one keeper")
    embedded.join(folder).close(wait=True)


def test_settings_lose_nothing_and_let_nobody_else_in(folder: Path) -> None:
    joined = embedded.join(folder)
    with redis_py.Redis.from_url(joined.url, decode_responses=True) as client:
        wanted = {
            "appendonly": "yes",
            "appendfsync": "always",
            "no-appendfsync-on-rewrite": "no",
            "maxmemory-policy": "noeviction",
            "list-compress-depth": "1",
            "port": "0",
        }
        assert {name: client.config_get(name)[name] for name in wanted} == wanted
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / "valkey.sock").stat().st_mode & 0o077 == 0
    joined.close(wait=True)


def test_data_stays_and_wait_leaves_at_once(folder: Path) -> None:
    first = embedded.join(folder)
    with redis_py.Redis.from_url(first.url) as client:
        client.set("kept", "yes")
    first.close(wait=True)
    assert processes(folder) == set()

    second = embedded.join(folder)
    with redis_py.Redis.from_url(second.url) as client:
        assert client.get("kept") == b"yes"
    second.close(wait=True)


def test_the_last_user_killed_ends_the_server_the_first_does_not(folder: Path) -> None:
    with users(folder, 2) as (one, other):
        url = url_of(one)
        assert url_of(other) == url
        one.kill()
        one.wait()
        time.sleep(keeper.GRACE + 3 * keeper.POLL)
        assert answers(url)
        other.kill()
        other.wait()
        until(lambda: not processes(folder), "the server outlived its users")


def test_commands_in_a_row_share_a_server(folder: Path) -> None:
    embedded.join(folder).close()
    server = state(folder, "pid")
    second = embedded.join(folder)
    assert state(folder, "pid") == server
    second.close(wait=True)


def test_a_killed_server_is_started_again_with_its_data(folder: Path) -> None:
    joined = embedded.join(folder)
    with redis_py.Redis.from_url(joined.url) as client:
        client.set("kept", "yes")
    server = state(folder, "pid")
    os.kill(server, signal.SIGKILL)
    until(lambda: state(folder, "pid") != server and answers(joined.url), "no new server")
    with redis_py.Redis.from_url(joined.url) as client:
        assert client.get("kept") == b"yes"
    joined.close(wait=True)


@pytest.mark.skipif(sys.platform != "linux", reason="parent-death signals are Linux's")
def test_a_killed_keeper_takes_its_server_along(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "WATCH", 60.0)  # this user does not look in time
    joined = embedded.join(folder)
    server = state(folder, "pid")
    os.kill(state(folder, "keeper"), signal.SIGKILL)
    until(lambda: server not in processes(folder), "the server outlived its keeper")
    joined.close(wait=True)


def test_users_start_the_next_keeper(folder: Path) -> None:
    with users(folder, 3) as started:
        url = {url_of(user) for user in started}.pop()
        kept = state(folder, "keeper")
        os.kill(kept, signal.SIGKILL)
        until(lambda: state(folder, "keeper") != kept and answers(url), "no new keeper")
        until(lambda: processes(folder) == {state(folder, "keeper"), state(folder, "pid")}, "more than one keeper")
    embedded.join(folder).close(wait=True)


def test_a_server_without_keeper_is_ended_by_the_next(folder: Path) -> None:
    home = ServerFolder(folder)
    home.create()
    orphan = subprocess.Popen(["sleep", "60"])
    started = psutil.Process(orphan.pid).create_time()
    valkey.write_private(home.state, f'{{"pid": {orphan.pid}, "started": {started}}}')
    keeper.stop_stale(home)
    assert not psutil.pid_exists(orphan.pid)
    orphan.wait()


def test_a_process_that_only_has_the_number_is_left_alone(folder: Path) -> None:
    home = ServerFolder(folder)
    home.create()
    stranger = subprocess.Popen(["sleep", "60"])
    valkey.write_private(home.state, f'{{"pid": {stranger.pid}, "started": 1.0}}')
    keeper.stop_stale(home)
    assert stranger.poll() is None
    stranger.kill()
    stranger.wait()


def test_a_path_too_long_for_a_socket_gets_a_port_with_a_password(tmp_path: Path) -> None:
    folder = tmp_path / ("x" * 90) / "valkey"
    joined = embedded.join(folder)
    host = joined.url.partition("@")[2]
    assert host.startswith("127.0.0.1:")
    assert answers(joined.url)
    with (
        redis_py.Redis.from_url(f"redis://{host}") as stranger,
        pytest.raises(redis_py.AuthenticationError),
    ):
        stranger.ping()
    assert ServerFolder(folder).config.stat().st_mode & 0o077 == 0
    joined.close(wait=True)
    assert processes(folder) == set()


def test_a_server_that_cannot_start_is_an_error_with_its_last_words(folder: Path) -> None:
    (folder / "appendonlydir").mkdir(parents=True)
    (folder / "appendonlydir" / "appendonly.aof.manifest").write_text("nonsense\n")
    with pytest.raises(embedded.EmbeddedError, match=r"does not start: .*AOF manifest"):
        embedded.join(folder)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(embedded.EmbeddedError, match="file/valkey"):
        embedded.join(tmp_path / "file" / "valkey")


def test_a_forked_child_that_ends_does_not_let_go_for_its_parent(folder: Path) -> None:
    with users(folder, script=USER.replace("sys.stdin.read()", FORK)) as (parent,):
        url = url_of(parent)
        assert url_of(parent) == "child ended"
        time.sleep(keeper.GRACE + 3 * keeper.POLL)
        assert answers(url)
    embedded.join(folder).close(wait=True)
