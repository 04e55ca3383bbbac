"""Names of scenarios in, one line each out, and results.json; exit 1 when one fails: `python -m tests.chaos`."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import click

from tests.chaos.rig import Rig
from tests.chaos.scenario import SCENARIOS, Outcome, run

RESULTS = Path(__file__).parent / "results.json"


@click.command()
@click.option("--quick", is_flag=True, help="The short version, as the test suite runs it.")
@click.argument("names", nargs=-1)
def main(quick: bool, names: tuple[str, ...]) -> None:
    """Break Footfall and count what is lost. NAMES (or numbers) choose scenarios; without any, all run."""
    known = {str(one.number) for one in SCENARIOS} | {one.name for one in SCENARIOS}
    if unknown := [name for name in names if name not in known]:
        raise click.UsageError(f"no scenario {unknown[0]!r}: expected {', '.join(one.name for one in SCENARIOS)}")
    results = []
    for scenario in SCENARIOS:
        if names and scenario.name not in names and str(scenario.number) not in names:
            continue
        begun = time.monotonic()
        try:
            outcome = run(scenario, Rig, quick)
        except Exception as error:  # a scenario that breaks down is a failure with a figure of its own
            click.echo("\n".join(error.__notes__) if hasattr(error, "__notes__") else "", err=True)
            outcome = Outcome(f"broke down: {type(error).__name__}: {error}", "not reached", False)
        seconds = round(time.monotonic() - begun, 1)
        verdict = "pass" if outcome.passed else "FAIL"
        click.echo(
            f"{scenario.number:>2} {scenario.name}: {outcome.figure}"
            f" | control: {outcome.control} | {verdict} ({seconds} s)"
        )
        results.append(scenario._asdict() | outcome._asdict() | {"seconds": seconds, "quick": quick})
        RESULTS.write_text(json.dumps(results, indent=1) + "\n")
    sys.exit(0 if all(one["passed"] for one in results) else 1)


main()
