"""Starting and stopping the members: what is said before, and that nothing is left after."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from common import launch
from common.settings import Settings
from common.valkey import ServerFolder

ROOT = Path(__file__).resolve().parent.parent

# The launcher on a Procfile of the test's own, with an embedded server as in `make run`.
LAUNCHER = """
import sys
from pathlib import Path
from common import launch, settings, store
chosen = settings.load()
launch.hold_redis(chosen)
try:
    sys.exit(launch.run(Path(sys.argv[1]).read_text(), launch.member_environment({}, chosen), chosen))
finally:
    store.leave(wait=True)
"""
SERVE = "import http.server as h; h.test(h.SimpleHTTPRequestHandler, bind='127.0.0.1', port={})"
STUBBORN = "import signal, time; signal.signal(signal.SIGINT, signal.SIG_IGN); time.sleep(99)"


def start(folder: Path, procfile: str, ports: tuple[int, int] = (1, 2)) -> subprocess.Popen[str]:
    (folder / "Procfile").write_text(procfile)
    environ = os.environ | {
        "FOOTFALL_DATA": str(folder),
        "FOOTFALL_COLLECTOR_PORT": str(ports[0]),
        "FOOTFALL_EXPLORER_PORT": str(ports[1]),
    }
    environ.pop("FOOTFALL_REDIS_URL", None)
    return subprocess.Popen(
        [sys.executable, "-c", LAUNCHER, str(folder / "Procfile")],
        cwd=ROOT,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def read_until(process: subprocess.Popen[str], text: str) -> str:
    assert process.stdout is not None
    seen = ""
    for line in process.stdout:
        seen += line
        if text in line:
            return seen
    raise AssertionError(f"{text!r} never came: {seen}")


def left(pids: set[int]) -> set[int]:
    """Which of these still live, a second later at most."""
    _, alive = psutil.wait_procs([psutil.Process(pid) for pid in pids if psutil.pid_exists(pid)], timeout=1)
    return {one.pid for one in alive if one.status() != psutil.STATUS_ZOMBIE}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_nothing_is_left_after(number: signal.Signals, tmp_path: Path, free_port: Callable[[], int]) -> None:
    collector, explorer = free_port(), free_port()
    process = start(
        tmp_path,
        # one member without `exec`, so that its shell has a child
        f'collector: python -c "{SERVE.format(collector)}"; true\n'
        f'explorer: exec python -c "{SERVE.format(explorer)}"\n'
        f'stubborn: exec python -c "{STUBBORN}"\n',
        (collector, explorer),
    )
    seen = read_until(process, f"http://127.0.0.1:{collector}/demo")
    assert f"Explorer   http://127.0.0.1:{explorer}\n" in seen
    started = {process.pid} | {child.pid for child in psutil.Process(process.pid).children(recursive=True)}
    state = ServerFolder(tmp_path / "valkey").read_state()
    started |= {int(str(state["pid"])), int(str(state["keeper"]))}
    assert len(started) >= 9

    if number == signal.SIGINT:
        os.killpg(process.pid, number)  # a terminal's Ctrl-C reaches the whole group
    else:
        process.send_signal(number)
    process.communicate(timeout=20)
    assert process.returncode == 0
    assert left(started) == set()


def test_nothing_is_left_when_the_terminal_goes(tmp_path: Path) -> None:
    process = start(tmp_path, f'stubborn: exec python -c "{STUBBORN}"\n')
    read_until(process, "stubborn started")
    members = {child.pid for child in psutil.Process(process.pid).children(recursive=True)}
    assert process.stdout is not None
    process.stdout.close()  # whoever read the output is gone, so that every print fails
    process.send_signal(signal.SIGHUP)
    process.wait(20)
    assert left(members) == set()


def test_one_that_dies_stops_all_and_its_last_words_come_last(tmp_path: Path) -> None:
    process = start(
        tmp_path,
        f'explorer: exec python -c "{STUBBORN}"\ncollector: sleep 0.5; echo the reason; exit 7\n',
    )
    said, _ = process.communicate(timeout=20)
    assert process.returncode == 7
    assert said.endswith(
        "collector ended by itself with exit code 7, so all were stopped. Its last lines:\n    the reason\n"
    )


def test_a_taken_port_is_named_with_its_setting(free_port: Callable[[], int]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(launch.LaunchError, match=f"port {port} is in use: set FOOTFALL_EXPLORER_PORT to a"):
            launch.check_ports(Settings(collector_port=free_port(), explorer_port=port))
    same = free_port()
    with pytest.raises(launch.LaunchError, match=f"are both {same}: change one"):
        launch.check_ports(Settings(collector_port=same, explorer_port=same))


def test_a_bad_setting_stops_the_start(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("FOOTFALL_RAW_DAYS", "2")
    assert launch.main("run") == 1
    assert capfd.readouterr().err == (
        "Footfall cannot start: FOOTFALL_RAW_DAYS=2: expected a whole number from 3 to 36500\n"
    )


def test_the_demo_touches_nothing_of_the_users(tmp_path: Path) -> None:
    users = {
        "FOOTFALL_REDIS_URL": "redis://production",
        "FOOTFALL_ARCHIVE": "/archive",
        "FOOTFALL_SITES": "example.com",
        "FOOTFALL_DATA": str(tmp_path),
        "FOOTFALL_COLLECTOR_PORT": "8001",
    }
    assert launch.demo_environment(users) == {
        "FOOTFALL_DATA": str(tmp_path / "demo"),
        "FOOTFALL_COLLECTOR_PORT": "8001",
    }


def test_away_redis_is_a_warning(free_port: Callable[[], int], capsys: pytest.CaptureFixture[str]) -> None:
    launch.hold_redis(Settings(redis_url=f"redis://127.0.0.1:{free_port()}"))
    assert capsys.readouterr().err.startswith("Starting without Redis: cannot reach Redis at redis://127.0.0.1:")


def test_the_procfile_names_both_members() -> None:
    names = [line.partition(":")[0] for line in (ROOT / "Procfile").read_text().splitlines()]
    assert names == ["collector", "explorer"]
