"""The short version of every fault scenario: what is promised holds, and its control shows that it can fail."""

from __future__ import annotations

import pytest

from tests.chaos.rig import Rig
from tests.chaos.scenario import SCENARIOS, Scenario, run

#: Replays ten minutes under a shifted clock and is left to `make chaos`: on a busy machine it can wait for very long.
LONG = {"redis-away"}


@pytest.mark.parametrize(
    "scenario", [each for each in SCENARIOS if each.name not in LONG], ids=lambda scenario: scenario.name
)
def test_scenario(scenario: Scenario) -> None:
    outcome = run(scenario, Rig, quick=True)
    assert outcome.passed, f"{scenario.promise}: {outcome.figure}; control: {outcome.control}"
