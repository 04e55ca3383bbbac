"""The tour runs from first to last cell on real traffic, and is kept without what a run leaves in it."""

from __future__ import annotations

import json
import warnings
from datetime import UTC, datetime
from pathlib import Path

import library_site
import pytest
import redis as redis_py

TOUR = Path(__file__).resolve().parent.parent / "notebooks" / "tour.ipynb"
#: How a place on somebody's machine begins, this one's among them.
PLACES = ("/home/", "/root/", "/Users/", "C:\\", str(TOUR.parent.parent))


def test_the_tour_runs(redis: redis_py.Redis, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of Jupyter's own parts, at import
        import nbformat
        from nbclient import NotebookClient

        library_site.traffic(redis, datetime.now(UTC).date())
        monkeypatch.setenv("FOOTFALL_REDIS_URL", redis_url)
        monkeypatch.setenv("FOOTFALL_DATA", str(tmp_path))
        monkeypatch.setenv("TOUR_SITE", library_site.SITE)
        before = sorted(redis.keys())
        notebook = nbformat.read(TOUR, as_version=4)
        NotebookClient(notebook, timeout=60, resources={"metadata": {"path": str(TOUR.parent)}}).execute()
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(cell.outputs for cell in code)
    assert "pageviews" in str(code[1].outputs[0])
    # Few visitors are counted exactly by a HyperLogLog too: both tell the same overlap.
    assert "off by 0 at most" in str(code[-1].outputs[0])
    written = set(redis.keys()) - set(before)
    assert [key for key in written if b":commands:" not in key] == []


def test_it_is_kept_without_outputs_and_paths() -> None:
    cells = json.loads(TOUR.read_text())["cells"]
    assert [cell for cell in cells if cell.get("outputs") or cell.get("execution_count")] == []
    assert not [cell for cell in cells if any(word in "".join(cell["source"]) for word in PLACES)]
