"""Two collectors that are replaced in turn under load in; how long each took to exit, and what was lost, out.

A slow disk keeps the requests of 600 clients inside the collector, so that SIGTERM finds 500 and more of them there.
Beside them stand requests that are never completed, and Redis does not answer for 3 s: neither may hold up an exit.
"""

from __future__ import annotations

import socket
from typing import NamedTuple

from tests.chaos.disk import Disk
from tests.chaos.rig import Loss, wait_for
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
    in_flight: int  #: the fewest requests at a SIGTERM
    seconds: float  #: the longest exit


def run(rig_factory: RigFactory, quick: bool) -> Outcome:
    """Clients go on with the other collector; those of the control do not."""
    rounds = 1 if quick else 4
    rolled = _roll(rig_factory, rounds, retry=True)
    stubborn = _roll(rig_factory, 1, retry=False)
    return Outcome(
        f"{2 * rounds} restarts with {rolled.in_flight} or more requests in flight: {rolled.loss}, "
        f"{rolled.missing:,} missing; exit within {rolled.seconds:.1f} s",
        f"clients that do not retry miss {stubborn.missing:,} events",
        rolled.loss.none
        and rolled.missing == 0
        and rolled.in_flight >= IN_FLIGHT
        and rolled.seconds < MOST_SECONDS
        and stubborn.missing > 0,
    )


def _roll(rig_factory: RigFactory, rounds: int, retry: bool) -> Rolled:
    flying, slowest = CLIENTS, 0.0
    with rig_factory() as rig:
        environ = Disk(rig.folder).environ(slow=0.1)
        pair = [rig.collector(number, environ) for number in (0, 1)]
        load = rig.send(0, CLIENTS, batch=1, retry=retry, spread=False)
        for collector in pair * rounds:
            flying = min(flying, _crowd(load, collector.target) if retry else flying)
            stalled = [_stalled(collector.target, number) for number in range(STALLED)]
            with rig.valkey().client() as client:
                client.client_pause(3_000)
            slowest = max(slowest, collector.terminate())
            for one in stalled:
                one.close()
            collector.start()
        sent = load.finish()
        loss = rig.loss(sent)
        return Rolled(loss, len(sent.made - rig.counted().rows.keys()), flying, slowest)


def _crowd(load: Load, target: Target) -> int:
    """Wait until enough requests are under way to this collector; how many."""
    wait_for(lambda: load.sent.in_flight[target] >= IN_FLIGHT, 30, "too few requests are in flight")
    return load.sent.in_flight[target]


def _stalled(target: Target, number: int) -> socket.socket:
    """A request that ends in the middle of its body."""
    sender = socket.create_connection(target, 5, source_address=(f"127.0.9.{number + 1}", 0))
    sender.sendall(f"POST /api/track HTTP/1.1\r\nhost: {SITE}\r\ncontent-length: 100\r\n\r\n[".encode())
    return sender
