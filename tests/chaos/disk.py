"""A folder in; for processes that load its shim a disk that forgets what was not fsynced, or is full when told, out.

The shim (shim.c) writes down what is on disk for sure. `cut` then makes of a folder what a power cut may leave of it:
a file whose name was never synced is gone; what was written behind the last sync is gone, torn somewhere, or zeros.
"""

from __future__ import annotations

import importlib.util
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

SOURCE = Path(__file__).parent / "shim.c"
#: What may become of bytes that were written and not synced. Zeros: where a file system grows a file before its data.
TAILS = ("gone", "torn", "zeros")


class Disk:
    """Compiles the shim; `environ` is for the processes whose files it watches."""

    def __init__(self, folder: Path) -> None:
        self._shim, self._ledger, self._flags = folder / "shim.so", folder / "ledger", folder / "full"
        self._flags.mkdir()
        options = ["-shared", "-fPIC", "-O2", "-o", str(self._shim), str(SOURCE), "-ldl"]
        subprocess.run([*compiler(), *options], check=True, cwd=folder)

    def environ(self, nosync: str = "", slow: float = 0.0) -> dict[str, str]:
        """Environment for a process on this disk.

        fsync does nothing for paths that contain `nosync`, and takes `slow` s longer than this machine's disk needs.
        """
        chosen = {"LD_PRELOAD": str(self._shim), "CHAOS_LEDGER": str(self._ledger), "CHAOS_FULL": str(self._flags)}
        chosen["CHAOS_SLOW"] = str(round(slow * 1_000_000))
        return chosen | ({"CHAOS_NOSYNC": nosync} if nosync else {})

    def fill(self, part: str, lie: bool = False) -> None:
        """From now on files below a folder of this name cannot grow; with `lie` what is written is dropped instead."""
        new = self._flags.parent / "flag"
        new.write_text("l" if lie else "f")
        new.replace(self._flags / part)

    def free(self, part: str) -> None:
        """There is room again."""
        (self._flags / part).unlink()

    def cut(self, folder: Path, tails: Sequence[str] = TAILS) -> dict[str, int]:
        """Make of a folder, whose processes are gone, what a power cut leaves; bytes that each file lost."""
        synced, names = self._known()
        listed = names.get(_key(folder), {})
        taken: dict[str, int] = {}
        files = [path for path in folder.iterdir() if path.is_file()]
        # A rename over a known name is kept by this simulation, so what came before it in the folder must be, too.
        renamed = any(listed.get(path.name, _key(path)) != _key(path) for path in files)
        for path in files:
            key, written = _key(path), path.stat().st_size
            if not renamed and path.name not in listed and key not in listed.values():
                path.unlink()
                taken[path.name] = written
                continue
            sure = min(written, synced.get(key, 0))
            if sure < written:
                _spoil(path, sure, written, random.choice(tails))
                taken[path.name] = written - sure
            with self._ledger.open("a") as ledger:  # what is left was read from the disk
                ledger.write(f"S {key} {path.stat().st_size}\n")
        return taken

    def _known(self) -> tuple[dict[str, int], dict[str, dict[str, str]]]:
        """Synced size of every file; names in every folder when it was synced last."""
        synced: dict[str, int] = {}
        names: dict[str, dict[str, str]] = {}
        for line in self._ledger.read_text().splitlines() if self._ledger.exists() else []:
            kind, key, rest = line.split(" ", 2)
            match kind:
                case "S":
                    synced[key] = max(synced.get(key, 0), int(rest))
                case "T":
                    synced[key] = min(synced.get(key, 0), int(rest))
                case "U":
                    synced.pop(key, None)
                case "D":
                    names[key] = dict(part.rsplit("=", 1) for part in rest.split("/") if part)
        return synced, names


def compiler() -> list[str]:
    """The command of a C compiler; raises RuntimeError that says how to get one."""
    if sys.platform != "linux":
        raise RuntimeError("the power cut and the full disk are made with LD_PRELOAD, which needs Linux")
    if found := next(filter(None, map(shutil.which, ("cc", "gcc", "clang"))), None):
        return [found]
    if importlib.util.find_spec("ziglang"):
        return [sys.executable, "-m", "ziglang", "cc"]
    raise RuntimeError(
        "the power cut and the full disk need a C compiler: apt-get install gcc libc6-dev, or pip install ziglang"
    )


def _spoil(path: Path, sure: int, written: int, tail: str) -> None:
    os.truncate(path, random.randint(sure, written) if tail == "torn" else sure)
    if tail == "zeros":
        os.truncate(path, written)


def _key(path: Path) -> str:
    status = path.stat()
    return f"{status.st_dev}:{status.st_ino}"
