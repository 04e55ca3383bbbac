"""The tour runs from first to last cell on real traffic."""

from __future__ import annotations

import warnings
from pathlib import Path

import explorer_site
import pytest
import redis as redis_py

ROOT = Path(__file__).resolve().parent.parent


def test_the_tour_runs(redis: redis_py.Redis, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of Jupyter's own parts, at import
        import nbformat
        from nbclient import NotebookClient

        explorer_site.ordinary(redis)
        monkeypatch.setenv("FOOTFALL_REDIS_URL", redis_url)
        monkeypatch.setenv("TOUR_SITE", explorer_site.SITE)
        notebook = nbformat.read(ROOT / "notebooks" / "tour.ipynb", as_version=4)
        NotebookClient(notebook, timeout=60, resources={"metadata": {"path": str(ROOT / "notebooks")}}).execute()
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(cell.outputs for cell in code)
    assert "pageviews" in str(code[1].outputs[0])
