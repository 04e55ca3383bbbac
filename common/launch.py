"""Settings and a Procfile in, running members out, which end together: `python -m common.launch run|demo`."""

# mypy: disallow-untyped-calls=False
# (honcho has no types)

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from honcho.environ import parse_procfile
from honcho.manager import Manager
from honcho.printer import Message, Printer

from common import settings, store
from common.settings import SettingError, Settings
from common.store import StoreError
from common.valkey import port_is_free

ROOT = Path(__file__).resolve().parent.parent
STOP_WAIT = 15.0  #: seconds the members get to finish after Ctrl-C
LAST_LINES = 15
DEMO_DAYS = "90"


class LaunchError(RuntimeError):
    """What keeps the members from starting, and what to do about it."""


def main(mode: str) -> int:
    """Check, announce and run; exit code 0 when somebody stopped it, the member's own when it died."""
    os.chdir(ROOT)
    try:
        environ = demo_environment(os.environ) if mode == "demo" else dict(os.environ)
        chosen = settings.load(environ)
        check_ports(chosen)
        hold_redis(chosen)
        if mode == "demo":
            load_demo(environ)
        return run(Path("Procfile").read_text(), member_environment(environ, chosen), chosen)
    except (LaunchError, SettingError, StoreError) as error:
        print(f"Footfall cannot start: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0
    finally:
        store.leave(wait=True)


def demo_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """The demo has a data folder of its own and touches no Redis, site or archive of the user's."""
    owned = {"FOOTFALL_REDIS_URL", "FOOTFALL_SITES", "FOOTFALL_ARCHIVE"}
    kept = {name: value for name, value in environ.items() if name not in owned}
    return kept | {"FOOTFALL_DATA": str(settings.load(environ).data / "demo")}


def member_environment(environ: Mapping[str, str], chosen: Settings) -> dict[str, str]:
    """What the members see: this Python first, their ports spelled out, no output held back."""
    return dict(environ) | {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), environ.get("PATH", os.defpath)]),
        "PYTHONUNBUFFERED": "1",
        "FOOTFALL_COLLECTOR_PORT": str(chosen.collector_port),
        "FOOTFALL_EXPLORER_PORT": str(chosen.explorer_port),
    }


def check_ports(chosen: Settings) -> None:
    """Raises `LaunchError` naming the first port that is taken and the setting that moves it."""
    wanted = {
        "FOOTFALL_COLLECTOR_PORT": chosen.collector_port,
        "FOOTFALL_EXPLORER_PORT": chosen.explorer_port,
    }
    for name, port in wanted.items():
        if not port_is_free(port) or accepts(port):
            raise LaunchError(f"port {port} is in use: set {name} to a free one")
    if chosen.collector_port == chosen.explorer_port:
        raise LaunchError(
            f"FOOTFALL_COLLECTOR_PORT and FOOTFALL_EXPLORER_PORT are both {chosen.collector_port}: change one"
        )


def accepts(port: int) -> bool:
    """Whether somebody listens on a loopback port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def hold_redis(chosen: Settings) -> None:
    """Join the embedded server for as long as the members run; warn when one of the user's own is away."""
    if chosen.redis_url is None:
        store.connect(settings=chosen).close()
        return
    store.connect(settings=chosen, check=False).close()
    try:
        store.connect(settings=chosen).close()
    except StoreError as error:  # the collector journals until it is back
        print(f"Starting without Redis: {error}", file=sys.stderr)


def load_demo(environ: Mapping[str, str]) -> None:
    """Fill the demo's Redis; days that are there already are not counted twice."""
    command = [sys.executable, "-m", "collector", "demo", "--days", DEMO_DAYS]
    if subprocess.run(command, env=dict(environ), check=False).returncode:
        raise LaunchError("the demo's traffic could not be loaded; the reason stands above")


class LastLines(Printer):
    """Prints members' lines and remembers the last few of each."""

    def __init__(self) -> None:
        super().__init__(sys.stdout)
        self.last: dict[str, deque[str]] = {}

    def write(self, message: Message) -> None:
        lines = message.data.decode("utf-8", "replace") if isinstance(message.data, bytes) else message.data
        self.last.setdefault(message.name, deque(maxlen=LAST_LINES)).extend(lines.splitlines())
        with suppress(OSError):  # the terminal is closed or the reader gone; stopping must go on
            super().write(message)


class Members(Manager):
    """Honcho's manager that also ends what ignores a Ctrl-C, and knows who ended first."""

    def terminate(self) -> None:
        if not self._terminating:
            killer = threading.Timer(STOP_WAIT, self.kill)
            killer.daemon = True
            killer.start()
        super().terminate()

    def ended(self) -> dict[str, int]:
        """Exit code of each member that has ended."""
        return {name: entry["returncode"] for name, entry in self._processes.items() if "returncode" in entry}


def run(procfile: str, environ: Mapping[str, str], chosen: Settings) -> int:
    """Run every line of a Procfile until one ends or somebody stops it; then none is left."""
    printer = LastLines()
    members = Members(printer)
    for name, command in parse_procfile(procfile).processes.items():
        members.add_process(name, command, env=dict(environ))
    # A closed terminal must end the members as well: they are in sessions of their own and do not hear of it.
    signal.signal(signal.SIGHUP, lambda *_: signal.raise_signal(signal.SIGTERM))
    threading.Thread(target=announce, args=(chosen,), daemon=True).start()
    try:
        members.loop()
    except BaseException:
        members.kill()
        raise
    if members.returncode in (128 + signal.SIGINT, 128 + signal.SIGTERM):
        return 0
    return report(printer.last, members)


def report(last: Mapping[str, Any], members: Members) -> int:
    """Say which member ended by itself and show its last lines again, below everybody's goodbye."""
    code = int(members.returncode or 0)
    first = next((name for name, ended in members.ended().items() if ended == members.returncode), "a member")
    print(f"\n{first} ended by itself with exit code {code}, so all were stopped. Its last lines:")
    print("\n".join(f"    {line}" for line in last.get(first, ())), flush=True)
    return code or 1


def announce(chosen: Settings, wait: float = 60.0) -> None:
    """Print the addresses once both answer."""
    deadline = time.monotonic() + wait
    while not (accepts(chosen.collector_port) and accepts(chosen.explorer_port)):
        if time.monotonic() > deadline:
            return
        time.sleep(0.2)
    collector, explorer = chosen.collector_port, chosen.explorer_port
    print(
        f"\n  Footfall is running. Ctrl-C stops it.\n"
        f"    Explorer   http://127.0.0.1:{explorer}\n"
        f"    Collector  http://127.0.0.1:{collector}   "
        f"(a page to click on: http://127.0.0.1:{collector}/demo)\n",
        flush=True,
    )


if __name__ == "__main__":
    if sys.argv[1:] not in (["run"], ["demo"]):
        sys.exit("usage: python -m common.launch run|demo")
    sys.exit(main(sys.argv[1]))
