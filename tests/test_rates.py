"""A burst passes, a flood is told to wait, others are not touched, memory is bounded."""

from __future__ import annotations

from collector.rates import Rates


def test_a_burst_passes_then_the_rate_holds() -> None:
    rates = Rates(burst=10, per_second=2)
    taken = [(now, events, rates.take("192.0.2.1", "a", events, now)) for now, events in TIMES]
    assert taken == [(now, events, wait) for (now, events), wait in zip(TIMES, WAITS, strict=True)]


TIMES = [(0, 6), (0, 4), (0, 1), (1_000, 2), (1_000, 4), (3_000, 4), (60_000, 10)]
WAITS = [0, 0, 1, 0, 3, 0, 0]


def test_other_addresses_and_sites_are_not_touched() -> None:
    rates = Rates(burst=1, per_second=1)
    assert rates.take("192.0.2.1", "a", 1, 0) == 0
    assert rates.take("192.0.2.1", "a", 1, 0) > 0
    assert rates.take("192.0.2.1", "b", 1, 0) == 0
    assert rates.take("192.0.2.2", "a", 1, 0) == 0


def test_one_batch_larger_than_the_burst_still_passes_once() -> None:
    rates = Rates(burst=10, per_second=10)
    assert rates.take("192.0.2.1", "a", 15, 0) == 0
    assert rates.take("192.0.2.1", "a", 1, 0) == 1


def test_memory_is_bounded() -> None:
    rates = Rates(most=100)
    for number in range(1_000):
        rates.take(str(number), "a", 1, number)
    assert len(rates._pairs) == 100


def test_one_household_is_one_address() -> None:
    """IPv6 hands out a /64 at a time."""
    from common.visitors import network_of

    rates = Rates(burst=10, per_second=1)
    assert rates.take(network_of("2001:db8::1"), "a", 10, 0) == 0
    assert rates.take(network_of("2001:db8::ffff"), "a", 1, 0) > 0
