"""Power cuts under load in; what was acknowledged and is missing out.

All processes end at once, then journal and append-only file lose what was never fsynced (disk.py). SIGKILL alone
proves nothing about fsync: the kernel still has what was written.
"""

from __future__ import annotations

import contextlib
import random
import time

import redis

from tests.chaos.disk import Disk
from tests.chaos.rig import Loss, Rig
from tests.chaos.scenario import Outcome, RigFactory

RATE = 1_000.0


def run(rig_factory: RigFactory, quick: bool) -> Outcome:
    """Cuts, and as controls the same without fsync: of the journal alone, and of everything."""
    cuts = 2 if quick else 10
    kept, size = _cut(rig_factory, cuts, "")
    journal, _ = _cut(rig_factory, 2 if quick else 3, "/journal/")
    neither, _ = _cut(rig_factory, 1, "/")
    return Outcome(
        f"{cuts} cuts at {RATE:,.0f} events/s took {size:,} unsynced bytes: {kept}",
        f"without fsync of the journal {journal.lost:,} lost, without any {neither.lost:,}",
        kept.none and (quick or size > 0) and journal.lost > 0 and neither.lost > 0,
    )


def _cut(rig_factory: RigFactory, cuts: int, nosync: str) -> tuple[Loss, int]:
    size = 0
    with rig_factory() as rig:
        disk = Disk(rig.folder)
        environ = disk.environ(nosync, slow=0.01)
        server = rig.valkey(environ=environ)
        # Flushing every 0.9 s keeps part of what was acknowledged in the journal alone, at any moment.
        collector = rig.collector(environ=environ | {"FOOTFALL_FLUSH_SECONDS": "0.9"})
        loads = [rig.send(RATE), rig.send(RATE / 10, 10, ids=False, retry=False)]
        for turn in range(cuts):
            time.sleep(0.6 + random.random())
            if turn % 2:  # a cut may also come while Valkey replaces its file
                with server.client() as client, contextlib.suppress(redis.ResponseError):  # it may do so already
                    client.bgrewriteaof()
                time.sleep(0.1 * random.random())
            rig.kill_all()
            size += _forget(rig, disk)
            server.start()
            collector.start()
        time.sleep(0.5)
        return rig.loss(*(load.finish() for load in loads)), size


def _forget(rig: Rig, disk: Disk) -> int:
    """Bytes of records that the cut took. Valkey mends a torn end by itself (aof-load-truncated), zeros it does not."""
    journals = [disk.cut(folder) for folder in (rig.data / "journal").iterdir()]
    file = disk.cut(rig.valkey().folder / "appendonlydir", ("gone", "torn"))
    return sum(size for taken in [*journals, file] for name, size in taken.items() if name.endswith((".log", ".aof")))
