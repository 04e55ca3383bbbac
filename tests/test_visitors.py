"""Who counts as one visitor, and how long a salt lives."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.calendars import calendar
from common.keys import ordinal
from common.visitors import expiry, network_of, period, visitor_id

SALT = bytes(range(32))
ANN = (SALT, "a.com", "192.0.2.1", "Firefox")


def test_every_part_tells_visitors_apart() -> None:
    others = [
        (SALT[::-1], *ANN[1:]),
        (SALT, "b.com", *ANN[2:]),
        (SALT, "a.com", "192.0.2.2", "Firefox"),
        (*ANN[:3], "Chrome"),
        (SALT, "a.com192.0.2.1", "", "Firefox"),  # parts do not run into each other
        (SALT, "a.com", "192.0.2.1Firefox", ""),
    ]
    assert visitor_id(*ANN) == visitor_id(*ANN)
    assert len({visitor_id(*ANN), *(visitor_id(*other) for other in others)}) == 1 + len(others)


def test_known_value() -> None:
    """The id may not change from one version to the next within a salt's life."""
    assert visitor_id(*ANN) == 10_268_332_655_078_909_883


@given(address=st.text(), agent=st.text())
def test_fits_64_bits(address: str, agent: str) -> None:
    assert 0 <= visitor_id(SALT, "a.com", address, agent) < 1 << 64


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2::ffff", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("unix", "unix"),
        ("", ""),
    ],
)
def test_networks(address: str, network: str) -> None:
    assert network_of(address) == network


@pytest.mark.parametrize(
    ("day", "rotation", "name", "gone"),
    [
        ("2026-11-24", "daily", "2026-11-24", "2026-11-25T23:00Z"),
        ("2026-10-25", "daily", "2026-10-25", "2026-10-26T22:00Z"),  # a day of 25 hours: still 48 h
        ("2026-11-24", "weekly", "2026-11-23", "2026-11-30T23:00Z"),
        ("2026-11-29", "weekly", "2026-11-23", "2026-11-30T23:00Z"),
        ("2026-11-24", "monthly", "2026-11", "2026-12-01T23:00Z"),
        ("2026-12-31", "monthly", "2026-12", "2027-01-01T23:00Z"),
    ],
)
def test_salts_end(day: str, rotation: str, name: str, gone: str) -> None:
    assert period(ordinal(day), rotation) == name
    ends = expiry(ordinal(day), rotation, calendar("Europe/Berlin"))
    assert datetime.fromtimestamp(ends / 1000, UTC) == datetime.fromisoformat(gone)
