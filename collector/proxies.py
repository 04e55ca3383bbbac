"""Addresses in; whether they are trusted proxies, and whom a forwarded request is from, out."""

from __future__ import annotations

import ipaddress
from socket import AF_INET, inet_pton

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Proxies:
    """The networks of FOOTFALL_TRUSTED_PROXIES. Every request asks, so they are kept as numbers."""

    def __init__(self, networks: tuple[Network, ...]) -> None:
        self._networks = [(network.version, int(network.network_address), int(network.netmask)) for network in networks]

    def __len__(self) -> int:
        """How many networks are trusted."""
        return len(self._networks)

    def holds(self, address: str) -> bool:
        """Whether an address is a trusted proxy's; what is none, is not."""
        if not self._networks:
            return False
        version, number = _number(address)
        return self._trusts(version, number)

    def client(self, peer: str, forwarded: str) -> str:
        """The nearest address that is no trusted proxy, read from the right; junk is never an address."""
        address = peer
        for part in reversed(forwarded.split(",")):
            text = part.strip().strip('"')
            if not text:
                continue
            version, number = _number(text)
            if not version:
                break
            address = text
            if not self._trusts(version, number):
                break
        return address

    def _trusts(self, version: int, number: int) -> bool:
        return any(kind == version and number & mask == base for kind, base, mask in self._networks)


def _number(text: str) -> tuple[int, int]:
    """An address's version and number, that of IPv4 where it is one mapped into IPv6; version 0 for junk."""
    if ":" not in text:
        try:
            return 4, int.from_bytes(inet_pton(AF_INET, text), "big")
        except (OSError, ValueError):
            return 0, 0
    try:
        parsed = ipaddress.IPv6Address(text)
    except ValueError:
        return 0, 0
    mapped = parsed.ipv4_mapped
    return (4, int(mapped)) if mapped else (6, int(parsed))
