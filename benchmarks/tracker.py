"""The tracker in; its size as it travels, core alone and with everything, beside those of others, and its tasks out."""

from __future__ import annotations

from benchmarks import tracker_tasks
from collector import assets
from collector.assemble import SWITCHED, wish

#: Bytes after gzip -9 of what each serves, minified where it is not: measured from their public packages in 2026.
PEERS = {
    "counter.dev": 364,
    "medama": 784,
    "shynet": 977,
    "goatcounter": 2_186,
    "umami": 2_220,
    "plausible": 2_683,
    "rybbit": 4_590,
    "matomo": 21_881,
}


def measure(quick: bool = False) -> dict[str, float]:
    """Bytes as served, packed by zopfli (1 % below gzip -9), of the core, the usual script and every part at once; and
    unless it has to be quick the longest task of each in a browser.
    """
    asked = {"core": "core", "usual": "", "full": ",".join(sorted(SWITCHED))}
    sizes = {f"tracker_{name}_gzip": len(assets.tracker(wish(text)).gzip or b"") for name, text in asked.items()}
    tasks = {} if quick else tracker_tasks.measure()
    return {**sizes, **{f"tracker_peer_{name}_gzip": size for name, size in PEERS.items()}, **tasks}


if __name__ == "__main__":
    for name, size in measure().items():
        print(f"{name:<36} {size:>8,.4g}")
