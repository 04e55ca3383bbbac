"""Every command of the explorer has help, and what goes wrong is one line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from explorer.__main__ import COMMANDS, main
from explorer.endpoints import ENDPOINTS


@pytest.mark.parametrize("name", [command.name for command in COMMANDS])
def test_every_command_has_help(name: str) -> None:
    done = CliRunner().invoke(main, [name, "--help"])
    assert done.exit_code == 0
    assert "Usage:" in done.output


def test_errors_are_one_line() -> None:
    environ = {"FOOTFALL_REDIS_URL": "redis://127.0.0.1:1/0", "PATH": ""}
    done = subprocess.run(
        [sys.executable, "-m", "explorer", "report", "--site", "a.com"],
        env=environ, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.startswith("footfall: ")
    assert done.stderr.count("\n") == 1
    assert "127.0.0.1:1" in done.stderr


def test_commands_and_endpoints_are_in_the_docs() -> None:
    text = (Path(__file__).parent.parent / "docs" / "sharing.md").read_text()
    assert [command.name for command in COMMANDS if f"python -m explorer {command.name}" not in text] == []
    assert [endpoint.name for endpoint in ENDPOINTS if f"`{endpoint.name}`" not in text] == []
