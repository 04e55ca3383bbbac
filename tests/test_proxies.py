"""Trusted proxies: whom a forwarded request is from, and that numbers say of addresses what `ipaddress` says."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from collector.proxies import Proxies

#: Peer, X-Forwarded-For, who it is. 10.0.0.0/8 and fd00::/8 are trusted.
FORWARDED = [
    ("10.0.0.1", "", "10.0.0.1"),
    ("10.0.0.1", "203.0.113.9", "203.0.113.9"),
    ("10.0.0.1", "198.51.100.7, 203.0.113.9", "203.0.113.9"),
    ("10.0.0.1", "203.0.113.9, 10.2.3.4", "203.0.113.9"),
    ("10.0.0.1", "203.0.113.9, junk", "10.0.0.1"),
    ("10.0.0.1", "203.0.113.9, junk, 10.2.3.4", "10.2.3.4"),
    ("10.0.0.1", "<script>", "10.0.0.1"),
    ("10.0.0.1", ", ,", "10.0.0.1"),
    ("fd00::1", "2001:db8::5", "2001:db8::5"),
    ("::ffff:10.0.0.1", "203.0.113.9", "203.0.113.9"),
]


@pytest.mark.parametrize(("peer", "header", "expected"), FORWARDED)
def test_forwarded_addresses_are_read_from_the_right(peer: str, header: str, expected: str) -> None:
    proxies = (ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("fd00::/8"))
    assert Proxies(proxies).client(peer, header) == expected


_NETWORKS = ("10.0.0.0/8", "192.0.2.7/32", "0.0.0.0/1", "fd00::/8", "::ffff:0:0/96", "2001:db8::/33")
_TEXTS = st.one_of(
    st.ip_addresses().map(str),
    st.ip_addresses(v=4).map(lambda address: f"::ffff:{address}"),
    st.text("0123456789abcdef.:%/ ", max_size=20),
    st.text(max_size=12),
)


def said(address: str, networks: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]) -> bool:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    parsed = getattr(parsed, "ipv4_mapped", None) or parsed
    return any(parsed in network for network in networks)


@given(_TEXTS, st.lists(st.sampled_from(_NETWORKS), max_size=3))
@example("010.0.0.1", ["10.0.0.0/8"])
@example("10.1", ["10.0.0.0/8"])
@example("\uff11\uff10.0.0.1", ["10.0.0.0/8"])
@example("10.0.0.1\0", ["10.0.0.0/8"])
@example("\ud800", ["10.0.0.0/8"])
@example("fd00::1%eth0", ["fd00::/8"])
@example("::ffff:10.0.0.1", ["10.0.0.0/8"])
def test_what_is_trusted_is_what_ipaddress_says(address: str, listed: list[str]) -> None:
    networks = tuple(map(ipaddress.ip_network, listed))
    assert Proxies(networks).holds(address) == said(address, networks)
