"""What deploy/ and the container files name exists; units, image and compose file are as docs/deploy.md says."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from collectors import wait_for
from proxies import DEPLOY, ROOT, program

from common import store
from common.durability import judge, look
from common.valkey import find_binary

UNITS = sorted((DEPLOY / "systemd").glob("*.service")) + sorted((DEPLOY / "systemd").glob("*.timer"))
FILES = sorted(path for path in DEPLOY.rglob("*") if path.is_file())
DOCKERFILE = (ROOT / "Dockerfile").read_text()
COMPOSE = (ROOT / "compose.yaml").read_text()


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_units_are_valid_and_hardened(unit: Path, tmp_path: Path) -> None:
    analyze = program("systemd-analyze")
    for one in UNITS:
        text = one.read_text().replace("/opt/footfall/.venv/bin/python", sys.executable).replace("%f", "")
        (tmp_path / one.name).write_text(text)
    done = subprocess.run(
        [analyze, "verify", "--man=no", str(tmp_path / unit.name)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr.strip()) == (0, "")
    if unit.suffix == ".service":
        limit = ["security", "--offline=yes", "--threshold=20"]  # tenths: 2.0 of 10
        done = subprocess.run([analyze, *limit, str(unit)], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("unit", [one for one in UNITS if one.suffix == ".service"], ids=lambda unit: unit.name)
def test_units_may_write_to_their_own_folder_alone(unit: Path) -> None:
    lines = unit.read_text().splitlines()
    for line in (
        "ProtectSystem=strict",
        "User=footfall",
        "StateDirectory=footfall",
        "NoNewPrivileges=yes",
        "UMask=0077",
    ):
        assert line in lines
    if "Type=oneshot" not in lines:
        assert {"Restart=always"} <= set(lines)
        assert any(line.startswith("LimitNOFILE=") for line in lines)


def test_settings_that_are_named_exist() -> None:
    known = set(re.findall(r"FOOTFALL_[A-Z_]+", (ROOT / "common" / "settings.py").read_text()))
    for path in [*FILES, ROOT / "Dockerfile", ROOT / "compose.yaml", ROOT / "docs" / "deploy.md"]:
        assert set(re.findall(r"FOOTFALL_[A-Z_]+", path.read_text())) <= known, path


def test_commands_that_are_named_exist() -> None:
    from collector.__main__ import COMMANDS

    for path in [*FILES, ROOT / "Dockerfile", ROOT / "docs" / "deploy.md", ROOT / "docs" / "scaling.md"]:
        assert set(re.findall(r"-m collector ([a-z]+)", path.read_text())) <= COMMANDS.keys(), path


def test_the_docs_name_every_file() -> None:
    text = (ROOT / "docs" / "deploy.md").read_text()
    for path in FILES:
        assert f"`{path.relative_to(ROOT)}`" in text or f"`{path.name}`" in text, path


def test_a_valkey_with_these_settings_loses_nothing(tmp_path: Path) -> None:
    options = ["--port", "0", "--unixsocket", "s", "--dir", str(tmp_path)]
    with (tmp_path / "log").open("wb") as out:
        process = subprocess.Popen([find_binary(), str(DEPLOY / "valkey.conf"), *options], cwd=tmp_path, stdout=out)
    try:
        with store.connect(f"unix://{tmp_path}/s", check=False) as client:
            wait_for(lambda: (tmp_path / "s").exists() and client.ping())
            assert judge(look(client)) == []
            assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
    finally:
        process.terminate()
        process.wait(10)


def test_the_image_is_linted() -> None:
    done = subprocess.run([program("hadolint"), str(ROOT / "Dockerfile")], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files that COPY puts into the image, as far as .dockerignore lets them through."""
    folder = tmp_path_factory.mktemp("image")
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    for sources, target in re.findall(r"^COPY (.+) (\S+)$", DOCKERFILE, re.M):
        for source in sources.split():
            assert source in allowed, source
            place = folder / target / (Path(source).name if target.endswith("/") else "")
            place.parent.mkdir(parents=True, exist_ok=True)
            if (ROOT / source).is_dir():
                shutil.copytree(ROOT / source, place, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(ROOT / source, place)
    return folder


@pytest.mark.parametrize(
    "words",
    [
        ["-m", "collector", "--help"],
        ["-c", "import collector.app, collector.flushing, collector.jobs.rebuild, collector.jobs.tend, collector.demo"],
        ["-c", "import common.frames, common.archive, explorer.overview, explorer.server"],
    ],
    ids=["help", "collector", "explorer"],
)
def test_the_image_holds_all_that_runs(image: Path, words: list[str], tmp_path: Path) -> None:
    environ = {"FOOTFALL_DATA": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1", "FOOTFALL_LOGIN": ""}
    done = subprocess.run(
        [sys.executable, *words], cwd=image, env=os.environ | environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-500:]


def test_the_image_has_the_packages_that_are_imported() -> None:
    """What is needed at run time stands above the line where the Dockerfile cuts requirements.txt."""
    head, mark, _ = (ROOT / "requirements.txt").read_text().partition("# What tests and checks it")
    assert mark
    assert mark in DOCKERFILE
    named = {re.split(r"[=\[]", line)[0].lower() for line in head.splitlines() if line and line[0] != "#"}
    brought = {"numpy", "typing-extensions", "anyio", "httptools", "uvloop", "brotli", "h11", "protobuf"}
    distributions = packages_distributions()
    for path in (one for name in ("common", "collector", "explorer") for one in (ROOT / name).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            for name in {name.partition(".")[0] for name in names}:
                if name in sys.stdlib_module_names or name in ("common", "collector", "explorer"):
                    continue
                found = {one.lower().replace("_", "-") for one in distributions.get(name, [name])}
                assert found & (named | brought), f"{path}: {name}"


def test_containers_are_not_roots_and_listen_on_loopback() -> None:
    assert re.search(r"^USER \d{4,}", DOCKERFILE, re.M)
    assert "/healthz" in DOCKERFILE
    published = re.findall(r"^ +- ['\"]([\d.]+:\d+:\d+)['\"]$", COMPOSE, re.M)
    assert [one.split(":")[0] for one in published] == ["127.0.0.1"] * 2
    assert COMPOSE.count("no-new-privileges:true") == COMPOSE.count("- ALL") == 2  # of the anchor, and of valkey
    assert "./deploy/valkey.conf:" in COMPOSE
    grace = {int(one) for one in re.findall(r"stop_grace_period: (\d+)s", COMPOSE)}
    assert min(grace) >= 10
