"""An access log in; lines a second of `import`, rollups included, against GoAccess's, one core each."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import NamedTuple

from benchmarks import access_log
from benchmarks.load import SERVER_CORE, pinned
from benchmarks.peers import found
from benchmarks.served import ROOT, clean
from common import embedded, store
from common.frames import Traffic
from common.settings import load

KEYS = ("import_vs_goaccess",)
_SITE = "bench.example"


class Took(NamedTuple):
    """Seconds, and CPU seconds, those of the embedded server included."""

    seconds: float
    cpu: float


def measure(quick: bool) -> dict[str, float]:
    """The figures of this part, medians of interleaved runs, each import into a fresh embedded server."""
    found("goaccess")
    lines, rounds = (100_000, 1) if quick else (1_000_000, 3)
    with tempfile.TemporaryDirectory(prefix="footfall-import-", ignore_cleanup_errors=True) as name:
        path = Path(name) / "access.log"
        views = access_log.write(path, lines, datetime.now(UTC).date() - timedelta(1))
        ours, theirs = [], []
        for turn in range(rounds):
            theirs.append(_goaccess(path, Path(name) / "report.json", lines))
            ours.append(_import(path, Path(name) / str(turn), views))
    mine, other = median(one.seconds for one in ours), median(one.seconds for one in theirs)
    return {
        "import_vs_goaccess": other / mine,
        "import_cpu_vs_goaccess": median(one.cpu for one in theirs) / median(one.cpu for one in ours),
        "import_lines_per_s": lines / mine,
        "goaccess_lines_per_s": lines / other,
    }


def _goaccess(path: Path, report: Path, lines: int) -> Took:
    """What it takes; all lines have to be understood."""
    command = ["goaccess", str(path), "--log-format=COMBINED", "--no-global-config", "--no-progress", "-o", str(report)]
    took = _timed(command, dict(os.environ))
    told = json.loads(report.read_text())["general"]
    if told["valid_requests"] != lines:
        raise AssertionError(f"GoAccess understood {told['valid_requests']} of {lines} lines")
    return took


def _import(path: Path, data: Path, views: int) -> Took:
    """What it takes from the start of the command to its end; its pageviews have to be those of the file."""
    environ = clean({"FOOTFALL_DATA": str(data), "FOOTFALL_SITES": _SITE})
    took = _timed([sys.executable, "-m", "collector", "import", "--site", _SITE, str(path)], environ)
    joined = embedded.join(data / "valkey")
    try:
        with store.connect(joined.url) as client:
            used = client.info("cpu")
        took = took._replace(cpu=took.cpu + used["used_cpu_user"] + used["used_cpu_sys"])
        reader = Traffic(joined.url, site=_SITE, settings=load({"FOOTFALL_DATA": str(data)}))
        end = reader.today()
        counted = reader.totals(str(end - timedelta(access_log.DAYS + 1)), str(end))["pageviews"]
    finally:
        joined.close(wait=True)
    if counted != views:
        raise AssertionError(f"{views} pageviews in the log, {counted:.0f} counted")
    return took


def _timed(command: list[str], environ: dict[str, str]) -> Took:
    begun, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([*pinned(SERVER_CORE), *command], cwd=ROOT, env=environ, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Took(time.monotonic() - begun, cpu)
