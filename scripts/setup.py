"""requirements.txt, or the file that is named, in; an installed .venv out. Run by the system's Python."""

import importlib.util
import subprocess
import sys
from pathlib import Path

VENV = Path(".venv")
PYTHON = VENV / "bin" / "python"


def main() -> int:
    """Make or mend .venv and install into it; 0 when it is ready."""
    if sys.version_info < (3, 11):  # noqa: UP036 (an older one is who reads this)
        found = ".".join(map(str, sys.version_info[:3]))
        sys.exit(
            f"Footfall needs Python 3.11 or newer; {sys.executable} is {found}. "
            "Name another: make PYTHON=python3.12 ..."
        )
    uv = runs(["uv", "--version"])
    if not runs([str(PYTHON), "--version"]):
        make_venv(uv)
    print("Installing into .venv ({})".format("some 20 seconds" if uv else "1 to 3 minutes"), flush=True)
    if uv:
        return run(["uv", "pip", "install", "--quiet", "--compile-bytecode", "--python", str(PYTHON)])
    return run([str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "--no-input"])


def make_venv(uv: bool) -> None:
    """A fresh .venv; names the package to install where Debian left `venv` out."""
    if uv:
        made = subprocess.call(["uv", "venv", "--quiet", "--clear", "--python", sys.executable, str(VENV)])
    elif importlib.util.find_spec("ensurepip") is None:
        sys.exit("this Python cannot make a virtual environment: apt-get install python3-venv")
    else:
        made = subprocess.call([sys.executable, "-m", "venv", "--clear", str(VENV)])
    if made:
        sys.exit(made)


def runs(command: "list[str]") -> bool:
    """Whether a program is there and works; a version manager's stand-in for one that is not, does not."""
    try:
        return subprocess.call(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0
    except OSError:
        return False


def run(command: "list[str]") -> int:
    """Install, one line of progress, the whole of the output only when it fails."""
    wanted = (sys.argv[1:] or ["requirements.txt"])[0]
    process = subprocess.Popen([*command, "-r", wanted], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    said = []
    for line in process.stdout or ():
        said.append(line)
        if sys.stdout.isatty() and line.startswith(("Collecting", "Downloading", "Installing")):
            print("\r\033[K  " + line.strip()[:78], end="", flush=True)
    if sys.stdout.isatty():
        print("\r\033[K", end="")
    if process.wait():
        print("".join(said[-40:]), file=sys.stderr)
        print("The packages could not be installed; the reason stands above.", file=sys.stderr)
    return process.returncode


if __name__ == "__main__":
    sys.exit(main())
