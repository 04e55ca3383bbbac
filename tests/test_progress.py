"""Four numbers that two processes share and that outlive both."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from collector.progress import Progress

ROOT = Path(__file__).resolve().parent.parent


def test_another_process_sees_them_at_once(tmp_path: Path) -> None:
    mine = Progress(tmp_path)
    assert (mine.durable, mine.applied, mine.failing_since, mine.flushed_at) == (0, 0, 0, 0)
    mine.durable = 7
    code = "import sys; from pathlib import Path; from collector.progress import Progress\n"
    code += "p = Progress(Path(sys.argv[1])); p.applied = p.durable - 1; p.failing_since = 1 << 60; p.flushed_at = 3"
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, check=True)
    assert (mine.durable, mine.applied, mine.failing_since, mine.flushed_at) == (7, 6, 1 << 60, 3)
    mine.close()
    later = Progress(tmp_path)
    assert (later.durable, later.applied) == (7, 6)
    later.close()
