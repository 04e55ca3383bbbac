"""The table of everything the fault suite does to Footfall: one row a scenario, one module each; its outcome out."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import NamedTuple, cast

from tests.chaos.rig import Rig

RigFactory = Callable[[], Rig]


class Outcome(NamedTuple):
    """What a scenario measured, what its control measured, and whether both are as promised."""

    figure: str
    control: str
    passed: bool


class Scenario(NamedTuple):
    """A row of the table; the module holds `run(rig_factory, quick) -> Outcome`."""

    number: int
    name: str
    module: str
    promise: str
    short: str = ""  #: the test that plays it in `make test`, where even a short version takes too long


SCENARIOS = [
    Scenario(1, "collector-kill", "collector_kill", "SIGKILL of the collector: what was acknowledged is counted, once"),
    Scenario(2, "valkey-kill", "valkey_kill", "SIGKILL of Valkey: counted once, and ingesting again in under 5 s"),
    Scenario(3, "power-cut", "power_cut", "what was not fsynced is cut off: nothing acknowledged is lost"),
    Scenario(4, "lost-replies", "lost_replies", "one in ten replies is lost: counted / true = 1.000000"),
    Scenario(
        5, "redis-away", "redis_away", "ten minutes without Redis, over midnight: all counted, no address on disk"
    ),
    Scenario(
        6, "disk-full", "disk_full", "disk or memory full, then freed: never a 202 that is not kept, no manual step"
    ),
    Scenario(7, "poison", "poison", "what Redis refuses holds nobody else up, is named, kept, and applied once mended"),
    Scenario(8, "same-batch", "same_batch", "one batch sent 100 times through 4 collectors and restarts: counted once"),
    Scenario(9, "random-paths", "random_paths", "a million random paths: caps and totals hold, the true top is shown"),
    Scenario(10, "slow-clients", "slow_clients", "slow, endless and nested requests: honest clients hardly notice"),
    Scenario(11, "fuzz", "fuzz", "whatever is sent: no 5xx, no split log line, one visitor for one client"),
    Scenario(12, "injection", "injection", "hostile strings stay text: no request, link, script, formula comes of it"),
    Scenario(13, "forensics", "forensics", "after 48 hours no address, user agent or salt is anywhere"),
    Scenario(14, "rolling-restart", "rolling_restart", "SIGTERM with 500 requests in flight: exit in 5 s, none lost"),
    Scenario(
        15, "trim-kill", "trim_kill", "the daily job killed under load: each event in one place, every answer exact"
    ),
    Scenario(16, "rebuild-live", "rebuild_live", "closed days made again under load: nothing lost, no figure moves"),
    Scenario(
        17, "load-balancer", "load_balancer", "real nginx over four collectors that end in turn: a client stays a visit"
    ),
    Scenario(
        18,
        "failover",
        "failover",
        "a primary of a cluster dies, its replica takes over without the last writes: counted once, on in under 15 s",
        "test_failover.py",
    ),
    Scenario(
        19,
        "resharding",
        "resharding",
        "slots of a cluster move under load: nothing lost, nothing twice",
        "test_failover.py",
    ),
    Scenario(
        20,
        "one-figure",
        "one_figure",
        "a million events through 4 collectors, 16 shards, 3 primaries: every figure is that of one Redis",
        "test_cluster_figures.py",
    ),
]


def run(scenario: Scenario, rig_factory: RigFactory, quick: bool) -> Outcome:
    """Run one row of the table."""
    module = importlib.import_module(f"tests.chaos.{scenario.module}")
    return cast("Outcome", module.run(rig_factory, quick))
