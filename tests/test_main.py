"""The command line as a whole: every command has help, and what a user can mend ends in one line."""

from __future__ import annotations

import os
import subprocess
import sys

import click
import pytest
import redis as redis_py
from collectors import ROOT

from collector import __main__ as main


def run(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "collector", *arguments],
        env=os.environ | environ,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_every_command_is_there_and_has_help() -> None:
    table = main.main
    assert isinstance(table, main.Table)
    context = click.Context(table)
    assert table.list_commands(context) == list(main.COMMANDS)
    for name in main.COMMANDS:
        command = table.get_command(context, name)
        assert command is not None
        assert command.help
    assert table.get_command(context, "nothing") is None


def test_help_lists_the_commands() -> None:
    done = run("--help")
    assert done.returncode == 0
    for name, (_, about) in main.COMMANDS.items():
        assert f"  {name} " in done.stdout
        assert about.split()[0] in done.stdout


@pytest.mark.parametrize(
    ("environ", "named"),
    [
        ({"FOOTFALL_SITES": "a b"}, "FOOTFALL_SITES"),
        ({"FOOTFALL_FLUSH_SECONDS": "soon"}, "FOOTFALL_FLUSH_SECONDS"),
        ({"FOOTFALL_REDIS_URL": "redis://127.0.0.1:1/0"}, "cannot reach"),
    ],
)
def test_a_bad_setting_is_one_line_that_names_it(environ: dict[str, str], named: str) -> None:
    done = run("sites", **environ)
    assert (done.returncode, done.stderr.count("\n"), done.stdout) == (2, 1, "")
    assert named in done.stderr


@pytest.mark.parametrize(
    ("error", "told"),
    [
        ("OOM command not allowed", "Redis refuses: OOM command not allowed"),
        (
            "WRONGTYPE Operation against a key",
            "Redis holds a key of a wrong type: `python -m collector doctor` names it, "
            "`python -m collector rebuild` mends it",
        ),
    ],
)
def test_what_redis_refuses_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: str, told: str
) -> None:
    def refused(**_: object) -> None:
        raise redis_py.ResponseError(error)

    monkeypatch.setattr(main, "main", refused)
    with pytest.raises(SystemExit) as ended:
        main.run()
    assert ended.value.code == 2
    assert capsys.readouterr().err == f"footfall: {told}\n"
