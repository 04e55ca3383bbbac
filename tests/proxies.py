"""Snippets of deploy/ and ports in; the real nginx, HAProxy or Caddy that runs them, on loopback, out."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from common.launch import accepts
from tests.chaos.process import wait_for

ROOT = Path(__file__).resolve().parent.parent
DEPLOY = ROOT / "deploy"
_PATH = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"])


def program(name: str) -> str:
    """Path of a program. Without it: a failure in CI, a skip elsewhere."""
    found = found_program(name)
    if found is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(
            f"no {name}: `make test` installs it, or python scripts/servers.py"
        )
    return found


def found_program(name: str) -> str | None:
    """Path of a program, if there is one."""
    return shutil.which(name, path=_PATH)


def nginx_files(folder: Path, collectors: Sequence[int], port: int, extra: str = "") -> Path:
    """The snippets as they are, but for ports and places, in an nginx.conf around them. `extra` is for the site."""
    folder.mkdir(parents=True, exist_ok=True)
    servers = "".join(f"    server 127.0.0.1:{one} max_fails=1 fail_timeout=2s;\n" for one in collectors)
    for name in ("collectors.conf", "pass.conf", "first-party.conf", "stats.conf"):
        text = (DEPLOY / "nginx" / name).read_text().replace("/etc/nginx/footfall", str(folder))
        (folder / name).write_text(re.sub(r"^ *server 127.0.0.1:8000 .*\n", servers, text, flags=re.M))
    (folder / "nginx.conf").write_text(
        f"""daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log warn;
        events {{ worker_connections 512; }}
        http {{
            access_log {folder}/access.log;
            client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
            fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
            include {folder}/collectors.conf;
            server {{
                listen 127.0.0.1:{port};
                server_name example.com;
                include {folder}/first-party.conf;
                location / {{ access_log off; return 200 "the site"; }}
                {extra}
            }}
        }}"""
    )
    return folder / "nginx.conf"


def nginx_command(config: Path) -> list[str]:
    """How to run it in the foreground, as one process."""
    return [program("nginx"), "-p", str(config.parent), "-c", str(config)]


def haproxy_file(folder: Path, collectors: Sequence[int], port: int) -> Path:
    """haproxy.cfg as it is, but for ports."""
    folder.mkdir(parents=True, exist_ok=True)
    servers = "".join(f"    server s{one} 127.0.0.1:{one}\n" for one in collectors)
    text = (DEPLOY / "haproxy.cfg").read_text().replace("bind :80\n", f"bind 127.0.0.1:{port}\n")
    (folder / "haproxy.cfg").write_text(text.replace("    server one 127.0.0.1:8000\n", servers))
    return folder / "haproxy.cfg"


def caddy_file(folder: Path, collectors: Sequence[int], port: int) -> Path:
    """The Caddyfile as it is, but for ports, and without TLS, since nobody here hands out certificates."""
    folder.mkdir(parents=True, exist_ok=True)
    text = (DEPLOY / "Caddyfile").read_text()
    text = text.replace("127.0.0.1:8000", " ".join(f"127.0.0.1:{one}" for one in collectors))
    for name in ("example.com", "stats.example.com", "look.example.com"):
        text = text.replace(f"\n{name} {{", f"\nhttp://{name}:{port} {{\n\tbind 127.0.0.1")
    (folder / "Caddyfile").write_text(text.replace("{\n", "{\n\tadmin off\n", 1))
    return folder / "Caddyfile"


@contextmanager
def running(command: Sequence[str], folder: Path, port: int) -> Iterator[Path]:
    """A proxy that listens on the port; the file with all that it said. Ended afterwards."""
    log = folder / "said.log"
    with log.open("wb") as out:
        home = {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
        process = subprocess.Popen(command, cwd=folder, stdout=out, stderr=out, env=os.environ | home)
    try:
        wait_for(lambda: process.poll() is not None or accepts(port), 20, "the proxy does not listen")
        assert process.poll() is None, log.read_text()
        yield log
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
