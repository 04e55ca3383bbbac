"""Four collectors behind the real nginx, which sends each request anywhere, restarted in turn, in; what it cost, out.

Every client is one visitor who never pauses for half an hour: it has to be one visit, however many collectors it met.
"""

from __future__ import annotations

import time
from typing import NamedTuple

import redis

from common.frames import Traffic
from common.settings import Settings
from common.valkey import free_port
from tests.chaos.process import Process
from tests.chaos.rig import MARK, Collector, Loss, Rig, wait_for
from tests.chaos.scenario import Outcome, RigFactory
from tests.chaos.sender import SITE, Target
from tests.proxies import accepts, found_program, nginx_files

COLLECTORS, CLIENTS, RATE = 4, 60, 1_000.0
_TRACK = "location = /api/track { include FOLDER/pass.conf; proxy_pass http://footfall; }"


class Balanced(NamedTuple):
    """What came of it."""

    loss: Loss
    visitors: int
    visits: int
    shares: list[int]  #: requests by collector
    kills: int


def run(rig_factory: RigFactory, quick: bool) -> Outcome:
    """The control does not name the proxy as trusted: all clients are then one visitor."""
    kept = _balance(rig_factory, "127.0.0.1/32", 2 if quick else 10)
    blind = _balance(rig_factory, "192.0.2.1/32", 0)
    return Outcome(
        f"{kept.loss}; {kept.visitors} visitors and {kept.visits} visits of {CLIENTS} clients over {COLLECTORS} "
        f"collectors ({min(kept.shares)} to {max(kept.shares)} requests each), {kept.kills} times one of them ended",
        f"a proxy that is not trusted makes {blind.visitors} visitor of them",
        kept.loss.none
        and kept.visitors == kept.visits == CLIENTS
        and min(kept.shares) > 0
        and blind.loss.none
        and blind.visitors == 1,
    )


def _balance(rig_factory: RigFactory, trusted: str, kills: int) -> Balanced:
    with rig_factory() as rig:
        collectors = [
            rig.collector(number, {"FOOTFALL_TRUSTED_PROXIES": trusted, "FOOTFALL_DATA": str(rig.data / str(number))})
            for number in range(COLLECTORS)
        ]
        port, nginx = _front(rig, collectors)
        load = rig.send(RATE, CLIENTS, targets=[Target("127.0.0.1", port)])
        for turn in range(kills):
            time.sleep(1.0)
            one = collectors[turn % COLLECTORS]
            if turn % 2:
                one.kill()
            one.restart()
        time.sleep(2.0)
        loss = rig.loss(load.finish())
        nginx.kill()
        shares = [_share(rig, number) for number in range(COLLECTORS)]
        return Balanced(loss, *_visits(rig), shares, kills)


def _front(rig: Rig, collectors: list[Collector]) -> tuple[int, Process]:
    """Start nginx before them; its port, and it."""
    nginx, port, folder = found_program("nginx"), free_port(), rig.folder / "nginx"
    if nginx is None:
        raise RuntimeError("no nginx: apt-get install nginx")
    extra = _TRACK.replace("FOLDER", str(folder))
    config = nginx_files(folder, [one.target.port for one in collectors], port, extra)
    command = [nginx, "-p", str(folder), "-c", str(config)]
    process = Process(command, folder, rig.folder / "nginx.log", {MARK: str(rig.folder)})
    process.spawn()
    wait_for(lambda: accepts(port), 20, "nginx does not listen")
    return port, process


def _share(rig: Rig, number: int) -> int:
    """The last record of a collector's journal."""
    progress = rig.data / str(number) / "journal" / "0" / "progress"
    return int.from_bytes(progress.read_bytes()[:8], "little")


def _visits(rig: Rig) -> tuple[int, int]:
    with redis.Redis.from_url(rig.valkey().url, protocol=2) as client:
        traffic = Traffic(site=SITE, client=client, settings=Settings(sites={SITE: "UTC"}))
        day = str(traffic.today())
        found = traffic.totals(day, day)
        return int(found["visitors"]), int(found["visits"])
