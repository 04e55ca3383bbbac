"""The benchmarks' promises: every key has a part that measures it, the README names it, and a table says what holds."""

from __future__ import annotations

import os
import re
from importlib import import_module
from pathlib import Path

import pytest

from benchmarks.__main__ import BEGIN, END, README, with_figures
from benchmarks.apart import Measured, measure
from benchmarks.bounds import BOUNDS, PARTS, markdown, rows

ROOT = Path(__file__).resolve().parent.parent
#: Parts of which all that is promised is named by the module itself.
OWN = ("ingest", "workers", "latency", "commands", "importing", "explorer")


@pytest.mark.parametrize("part", OWN)
def test_a_part_measures_its_keys(part: str) -> None:
    promised = {key for key, bound in BOUNDS.items() if bound.part == part}
    module = import_module(f"benchmarks.{part}")
    assert set(module.KEYS) == promised
    text = Path(str(module.__file__)).read_text()
    assert callable(module.measure)
    for key in promised:
        assert text.count(f'"{key}"') >= 2 or key.startswith("ingest_"), key  # declared, and given


def test_bounds_name_parts_that_run() -> None:
    assert {bound.part for bound in BOUNDS.values()} <= set(PARTS)


@pytest.mark.parametrize("key", BOUNDS)
def test_the_readme_tells_what_a_key_means(key: str) -> None:
    table = README.read_text().partition("## What the keys mean")[2]
    [line] = [line for line in table.splitlines() if re.match(rf"\|[^|]*`{key}`", line)]
    assert line.rstrip("| ").endswith(f"`{BOUNDS[key].part}`")


def test_the_table_says_what_holds() -> None:
    figures = {"ingest_batch_vs_bare": 0.5, "collector_rss_mb": 150.0, "some_ms": 12_345.6}
    told = {row.key: (row.figure, row.bound, row.holds) for row in rows(figures)}
    assert told["ingest_batch_vs_bare"] == ("0.5", "≥ 0.55", "NO")
    assert told["collector_rss_mb"] == ("150", "≤ 150", "yes")
    assert told["year_growth_1m_5m"] == ("-", "≤ 1.3", "not measured")
    assert told["some_ms"] == ("12,346", "", "")


def test_figures_take_the_place_of_those_before() -> None:
    table = rows({"collector_rss_mb": 90.0})
    once = with_figures(f"above\n{BEGIN}\nold\n{END}\nbelow\n", table, "a machine")
    assert once == f"above\n{BEGIN}\na machine\n\n{markdown(table)}\n{END}\nbelow\n"
    assert with_figures(once, table, "a machine") == once
    text = README.read_text()
    assert (text.count(BEGIN), text.count(END)) == (1, 1)


def test_what_a_full_run_installs_is_pinned() -> None:
    lines = (ROOT / "requirements-bench.txt").read_text().splitlines()
    assert all(re.fullmatch(r"#.*|[\w\[\]-]+==[\w.]+", line) for line in lines)


def _part(folder: Path, monkeypatch: pytest.MonkeyPatch, body: str) -> Measured:
    """What comes of a part that does this, in a process of its own."""
    (folder / "made_up.py").write_text(
        f"import os, sys\nfrom benchmarks.peers import Missing\ndef measure(quick):\n {body}\n"
    )
    (folder / "sitecustomize.py").write_text(f"import benchmarks; benchmarks.__path__.append({str(folder)!r})\n")
    monkeypatch.setenv("PYTHONPATH", f"{folder}:{ROOT}")
    return measure("made_up", quick=True)


@pytest.mark.parametrize(
    ("body", "figures", "missing", "fault"),
    [
        ("return {'pid': os.getpid(), 'quick': quick}", {"quick": True}, "", ""),
        ("raise Missing('wrk')", {}, "wrk is missing: apt-get install wrk", ""),
        ("raise ValueError('no figure')", {}, "", "ValueError: no figure"),
        ("os._exit(3)", {}, "", "its process ended with exit code 3"),
    ],
)
def test_a_part_runs_in_a_process_of_its_own(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    body: str,
    figures: dict[str, float],
    missing: str,
    fault: str,
) -> None:
    told = _part(tmp_path, monkeypatch, body)
    assert told.figures.pop("pid", 0) != os.getpid()
    assert told == Measured(figures, missing, fault)
