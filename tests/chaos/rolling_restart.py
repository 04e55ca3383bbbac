"""Two collectors that are replaced in turn under load in; how long each took to exit, and what was lost, out.

A slow disk keeps the requests of 600 clients inside the collector, so that SIGTERM finds 500 and more of them there.
Beside them stand requests that are never completed, and at the last exit Redis hangs: neither may hold it up.
"""

from __future__ import annotations

import socket
import time
from typing import NamedTuple

from tests.chaos.disk import Disk
from tests.chaos.rig import Collector, Loss, wait_for
from tests.chaos.scenario import Outcome, RigFactory
from tests.chaos.sender import SITE, Load, Target

CLIENTS = 600
IN_FLIGHT = 500
STALLED = 20
MOST_SECONDS = 5.0


class Rolled(NamedTuple):
    """What a rolling restart did."""

    loss: Loss
    missing: int  #: events that were made and not counted, acknowledged or not
    visitors: int  #: every client is one, whichever collectors it met
    in_flight: int  #: the fewest requests at a SIGTERM
    seconds: float  #: the longest exit


def run(rig_factory: RigFactory, quick: bool) -> Outcome:
    """Clients go on with the other collector; those of the control do not."""
    rounds = 1 if quick else 4
    rolled = _roll(rig_factory, rounds)
    hung, took = _hang(rig_factory)
    stubborn = _stubborn(rig_factory)
    return Outcome(
        f"{2 * rounds} restarts with {rolled.in_flight} or more requests in flight: {rolled.loss}, "
        f"{rolled.missing:,} missing, {rolled.visitors} visitors of {CLIENTS}; exit within {rolled.seconds:.1f} s, "
        f"{took:.1f} s while Redis hangs ({hung.lost} lost)",
        f"clients that do not retry miss {stubborn:,} events",
        rolled.loss.none
        and hung.none
        and rolled.missing == 0
        and rolled.visitors == CLIENTS
        and rolled.in_flight >= IN_FLIGHT
        and max(rolled.seconds, took) < MOST_SECONDS
        and stubborn > 0,
    )


def _roll(rig_factory: RigFactory, rounds: int) -> Rolled:
    flying, slowest = CLIENTS, 0.0
    with rig_factory() as rig:
        environ = Disk(rig.folder).environ(slow=0.1)
        pair = [rig.collector(number, environ) for number in (0, 1)]
        load = rig.send(0, CLIENTS, batch=1, spread=False)
        for collector in pair * rounds:
            flying = min(flying, _crowd(load, collector.target))
            slowest = max(slowest, _exit(collector))
            collector.start()
        sent = load.finish()
        loss = rig.loss(sent)
        counted = rig.counted()
        return Rolled(loss, len(sent.made - counted.rows.keys()), counted.visitors, flying, slowest)


def _hang(rig_factory: RigFactory) -> tuple[Loss, float]:
    with rig_factory() as rig:
        collector = rig.collector()
        load = rig.send(1_000.0)
        time.sleep(1.0)
        rig.valkey().freeze()
        took = _exit(collector)
        rig.valkey().thaw()
        collector.start()
        return rig.loss(load.finish()), took


def _stubborn(rig_factory: RigFactory) -> int:
    """The control: events that are missing when clients do not retry."""
    with rig_factory() as rig:
        collector = rig.collector()
        load = rig.send(1_000.0, retry=False)
        time.sleep(0.5)
        _exit(collector)
        collector.start()
        sent = load.finish()
        rig.settle()
        return len(sent.made - rig.counted().rows.keys())


def _exit(collector: Collector) -> float:
    """SIGTERM while some requests never end; the seconds until it was gone."""
    stalled = [_stalled(collector.target, number) for number in range(STALLED)]
    took = collector.terminate()
    for one in stalled:
        one.close()
    return took


def _crowd(load: Load, target: Target) -> int:
    """Wait until enough requests are under way to this collector; how many."""
    wait_for(lambda: load.sent.in_flight[target] >= IN_FLIGHT, 30, "too few requests are in flight")
    return load.sent.in_flight[target]


def _stalled(target: Target, number: int) -> socket.socket:
    """A request that ends in the middle of its body."""
    sender = socket.create_connection(target, 5, source_address=(f"127.0.9.{number + 1}", 0))
    sender.sendall(f"POST /api/track HTTP/1.1\r\nhost: {SITE}\r\ncontent-length: 100\r\n\r\n[".encode())
    return sender
