"""The short version of every fault scenario: what is promised holds, and its control shows that it can fail."""

from __future__ import annotations

import pytest

from tests.chaos.rig import Rig
from tests.chaos.scenario import SCENARIOS, Scenario, run


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_scenario(scenario: Scenario) -> None:
    outcome = run(scenario, Rig, quick=True)
    assert outcome.passed, f"{scenario.promise}: {outcome.figure}; control: {outcome.control}"
