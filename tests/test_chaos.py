"""The short version of every fault scenario: what is promised holds, and its control shows that it can fail."""

from __future__ import annotations

import pytest

from tests.chaos.rig import ROOT, Rig
from tests.chaos.scenario import SCENARIOS, Scenario, run


@pytest.mark.parametrize("scenario", [one for one in SCENARIOS if not one.short], ids=lambda scenario: scenario.name)
def test_scenario(scenario: Scenario) -> None:
    outcome = run(scenario, Rig, quick=True)
    assert outcome.passed, f"{scenario.promise}: {outcome.figure}; control: {outcome.control}"


def test_what_is_left_to_the_long_run_is_played_by_another_test() -> None:
    left = {one.short for one in SCENARIOS if one.short}
    assert all("def test_" in (ROOT / "tests" / name).read_text() for name in left)
