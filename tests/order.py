"""Collected tests in, the same out in an order that keeps all cores busy: what waits runs beside what computes.

xdist's `worksteal` gives each worker a share of the list, one behind the other, and a worker that is done takes from
the ends of the others'. So each share begins with long tests of one kind: no two browsers are driven at once, no two
scenarios of faults are played at once, and nobody is left alone with a long test at the end.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

#: Files whose tests wait for most of their time: for clocks, for processes that start, for nodes that agree.
WAIT = (
    "test_chaos.py",
    "test_failover.py",
    "test_load_balancer.py",
    "test_cluster_commands.py",
    "test_commands_faults.py",
    "test_deploy_proxies.py",
    "test_direct.py",
    "test_guard.py",
    "test_embedded.py",
    "test_backup.py",
    "test_buckets.py",
    "test_disasters.py",
    "test_back_end_client.py",
)
#: Files whose single tests compute long.
COMPUTE = ("test_zones_year.py", "test_explorer_truth.py", "test_explained.py", "test_adopt.py")


def kind(item: pytest.Item) -> int:
    """0: drives a browser, 1: waits, 2: computes long, 3: any other."""
    if "browser" in getattr(item, "fixturenames", ()):
        return 0
    name = item.path.name
    return 1 if name in WAIT else 2 if name in COMPUTE else 3


def starts(count: int, workers: int) -> Iterator[int]:
    """Where in a list of so many tests the share of each worker begins."""
    begin = 0
    for left in range(workers, 0, -1):
        yield begin
        begin += (count - begin) // left


def ordered(kinds: Sequence[int], workers: int) -> list[int]:
    """Places of tests of these kinds, in the order in which they are to run; within a kind they stay as they were."""
    places = [[place for place, each in enumerate(kinds) if each == number] for number in range(4)]
    long, rest = places[:3], iter(places[3])
    out: list[int] = []
    for number, begin in enumerate(starts(len(kinds), workers)):
        while len(out) < begin and (place := next(rest, None)) is not None:
            out.append(place)
        chosen = long[number::workers]
        out += [place for block in chosen for place in block]
    return [*out, *rest]
