"""What may import what, and that the docs name everything the code keeps."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from common import keys
from common.rollups import DROP_REASONS, METRICS, ROLLUPS

ROOT = Path(__file__).resolve().parent.parent
MODULES = sorted(path for name in ("common", "collector", "explorer") for path in (ROOT / name).rglob("*.py"))
DATA_MODEL = (ROOT / "docs" / "data-model.md").read_text()


def imported(path: Path) -> set[str]:
    """The first parts of everything a file imports, wherever in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            found.add((node.module or "").partition(".")[0])
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_go_down_only(path: Path) -> None:
    above = {"common": {"collector", "explorer"}, "collector": {"explorer"}, "explorer": {"collector"}}
    assert not imported(path) & above[path.relative_to(ROOT).parts[0]]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_modules_say_what_they_do_and_stay_short(path: Path) -> None:
    text = path.read_text()
    assert ast.get_docstring(ast.parse(text))
    assert text.startswith('"""')
    assert len(text.splitlines()) <= 300


def test_common_imports_nothing_by_itself() -> None:
    assert imported(ROOT / "common" / "__init__.py") == set()


def loaded(module: str) -> set[str]:
    """Top-level modules that are loaded once `module` is."""
    script = f"import sys, {module}; print(*{{name.partition('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize("module", ["collector.app", "collector.serve", "collector.flushing"])
def test_the_collector_stays_light(module: str) -> None:
    found = loaded(module)
    assert "common" in found
    assert not found & {"pandas", "numpy", "streamlit", "plotly", "pyarrow", "duckdb"}


def test_charts_need_no_streamlit() -> None:
    assert "streamlit" not in loaded("explorer.charts")


@pytest.mark.parametrize("reason", sorted(DROP_REASONS))
def test_drop_reasons_are_in_the_docs(reason: str) -> None:
    assert f"`{reason}` (" in DATA_MODEL


@pytest.mark.parametrize("rollup", ROLLUPS, ids=lambda rollup: rollup.dimension)
def test_rollups_are_in_the_docs(rollup) -> None:  # type: ignore[no-untyped-def]
    """With their caps, in the row of the table that names them."""
    lines = [line for line in DATA_MODEL.splitlines() if re.match(rf"\|[^|]*`{rollup.dimension}`", line)]
    assert len(lines) == 1
    assert not rollup.cap or f" {rollup.cap:,}" in lines[0]


def test_metrics_are_in_the_docs_in_their_order() -> None:
    listed = next(line for line in DATA_MODEL.splitlines() if line.startswith("`pageviews, "))
    assert re.sub(r" \(.*?\)", "", listed.strip("`")) == ", ".join(METRICS)


def test_key_families_are_in_the_docs() -> None:
    """Every key that a shard builds is parsed, and its family stands in the first column of the table."""
    columns = "\n".join(line.split("|")[1] for line in DATA_MODEL.splitlines() if line.startswith("| `"))
    shard = keys.Shard("a.com")
    built = [shard.daily(1), shard.unique(1), shard.raw(1, 0), shard.state(), shard.live(), shard.marked()]
    built += [shard.open(), shard.dense(), shard.archive(), shard.job()]
    built += [
        shard.imports(),
        shard.trimmed(1),
        shard.salt("x"),
        shard.import_salt(1),
        shard.shadow(shard.state(), "r"),
        shard.quarantine(shard.state(), 1),
        shard.place(),
        shard.saved(),
    ]
    methods = {name for name in vars(keys.Shard) if not name.startswith("_")} - {"site", "number", "named"}
    assert len(built) == len(methods)
    for key in built:
        parsed = keys.parse(key)
        assert parsed, key
        assert f"`{parsed.family}" in columns, key
    assert f"`{keys.sites()}`" in DATA_MODEL
    assert f"`{keys.forgotten()}`" in DATA_MODEL
    assert f"`{keys.file_imports()}`" in DATA_MODEL
    assert f"`{keys.import_expiries()}`" in DATA_MODEL
    assert f"`{keys.commands('MONTH')}`" in DATA_MODEL
