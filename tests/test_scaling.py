"""The model of docs/scaling.md by hand on round figures, its simulation at its edges, and the page against both."""

from __future__ import annotations

import pytest

from benchmarks.scaling import ASSUMED, BEGIN, END, MEASURED, PAGE, figures, plan, tables, written
from benchmarks.spread import Costs, imbalance, simulate

COST = dict.fromkeys(MEASURED, 0.0) | {
    "collector_us_pair": 60.0,
    "flusher_us_event": 20.0,
    "server_us_event": 10.0,
    "commands_a_script_pair": 10.0,
    "redis_bytes_per_raw_event": 20.0,
    "bytes_a_state": 500.0,
    "bytes_a_batch_id": 10.0,
    "parquet_bytes_per_event": 10.0,
    "rebuild_us": 10.0,
    "rebuild_bytes_an_event": 100.0,
}
GIVEN = {name: value for name, (value, _) in ASSUMED.items()}
COSTS = Costs(1_000, 10, 100, 5)


def test_a_plan_by_hand() -> None:
    """86.4 million a day are 1,000 a second, 3,000 at the peak."""
    found = plan(86.4e6, COST, GIVEN)
    assert found.peak == 3_000
    assert found.collectors == 1  # 3,000 x 60 us = 0.18 of a core, of which 0.6 may be used
    assert found.server_cores == pytest.approx(0.05)
    assert found.raw_gb == pytest.approx(86.4e6 * 20 * 30 / 1e9)
    assert found.state_gb == pytest.approx((86.4e6 / 5 * 500 + 86.4e6 / 2 * 10) * 3 / 1e9)
    assert found.few_gb == pytest.approx(found.raw_gb / 10 + found.state_gb)
    assert found.commands == 1 * 1 * 10 * 1_440 * 30
    assert found.archive_gb == pytest.approx(86.4e6 * 10 * 365 / 1e9)
    assert (found.shards, found.rebuild_s, found.rebuild_gb) == (1, pytest.approx(864), pytest.approx(8.64))


def test_more_of_everything_with_more_events() -> None:
    small, large = plan(1e8, COST, GIVEN), plan(1e9, COST, GIVEN)
    assert large.collectors == 4  # 34,722 x 60 us / 0.6
    assert large.shards == 4  # 10,000 s of rebuilding, an hour each; 100 GB, 32 each
    assert large.raw_gb == pytest.approx(10 * small.raw_gb)
    assert plan(1e11, COST, GIVEN).shards == 0  # more than there can be


def test_one_collector_or_one_a_visitor_is_never_refused() -> None:
    assert simulate(1, 1, 2_000, COSTS, 2.0, every=1.0).refused == 0
    assert simulate(4, 1, 2_000, COSTS, 2.0, every=1.0, sticky=True).refused == 0


def test_rare_flushes_of_many_collectors_meet_and_shards_part_them() -> None:
    one, many = (simulate(4, shards, 4_000, COSTS, 3.0, every=1.0).refused for shards in (1, 16))
    assert one > 0.1
    assert many < one / 2


def test_a_flusher_that_falls_behind_takes_more_at_a_time() -> None:
    slow, fast = (simulate(1, 1, rate, COSTS, 2.0) for rate in (500, 20_000))
    assert fast.scripts <= slow.scripts * 2
    assert fast.waited_s < 1


def test_shards_are_even() -> None:
    assert 1 < imbalance(50_000, 16) < 1.15
    assert imbalance(100, 1) == pytest.approx(1)


def test_the_page_holds_what_the_model_says() -> None:
    """Figures change with every measurement, so only rows are compared; `python -m benchmarks.scaling --write`."""
    page = PAGE.read_text()
    stored = page.split(BEGIN)[1].split(END)[0].strip().splitlines()
    made = tables().splitlines()
    assert [line.split("|")[1:2] for line in stored] == [line.split("|")[1:2] for line in made]
    assert written(page, "\n".join(stored)) == page
    assert set(figures()) == set(MEASURED)
