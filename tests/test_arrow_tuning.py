"""What an import's process loads, and what it does not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SCRIPT = """
import sys
import pyarrow as pa
from collector.arrow_tuning import tune
tune()
pa.array([1, 2]).to_numpy()
assert "pandas" not in sys.modules
print(pa.default_memory_pool().backend_name, pa.table({"a": [1, 2]}).to_pandas()["a"].sum())
"""


def test_arrow_needs_no_pandas_until_a_frame_is_asked_for() -> None:
    root = Path(__file__).resolve().parent.parent
    done = subprocess.run([sys.executable, "-c", SCRIPT], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["system", "3"]
