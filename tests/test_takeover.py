"""A collector that dies for good with a backlog: another one that is pointed at its journal applies all of it, once."""

from __future__ import annotations

import shutil
import time

from tests.chaos.rig import Rig, wait_for


def test_a_journal_that_was_moved_to_another_machine_is_applied() -> None:
    with Rig() as rig:
        first = rig.collector(0, {"FOOTFALL_DATA": str(rig.folder / "first")})
        second = rig.collector(1, {"FOOTFALL_DATA": str(rig.folder / "second")})
        load = rig.send(400.0, clients=10, batch=2)
        time.sleep(1)
        rig.valkey().kill()  # what comes now waits in the journals
        time.sleep(1)
        first.kill()  # for good
        del rig.collectors[0]  # clients go on with the other
        sent = load.finish()
        rig.valkey().start()
        lost = rig.loss(sent).lost
        assert lost > 0, "nothing waited in its journal"

        shutil.copytree(rig.folder / "first" / "journal" / "0", rig.folder / "second" / "journal" / "from-first")
        second.restart()
        wait_for(lambda: rig.loss(sent).none, 30, "the journal is not taken over")
        time.sleep(1)
        assert rig.loss(sent).none
