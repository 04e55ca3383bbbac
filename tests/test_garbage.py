"""Cycles are looked for seldom, and found all the same."""

from __future__ import annotations

import subprocess
import sys

SCRIPT = """
import gc, weakref
from collector.garbage import look_seldom

class Node: pass

look_seldom(1_000)
node = Node()
node.itself, seen = node, weakref.ref(node)
del node
early = [[] for _ in range(900)]
print(seen() is not None)
late = [[] for _ in range(1_000)]
print(seen() is not None, gc.get_freeze_count() > 1_000)
"""


def test_a_cycle_goes_once_so_many_objects_were_made() -> None:
    said = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True).stdout
    assert said.split() == ["True", "False", "True"]
