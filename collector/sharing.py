"""Addresses and user agents of a site in, a warning out when most visitors seem to share one address.

That is what a proxy looks like which the collector has not been told to trust. Held in memory only, and bounded.
"""

from __future__ import annotations

#: A site is judged by windows of this many distinct visitors.
WINDOW = 200
_MOST_SITES = 1_000


class Sharing:
    """Distinct visitors by address, per site, in windows; the text of a warning when one address has most."""

    def __init__(self) -> None:
        self._sites: dict[str, dict[str, set[int]]] = {}
        self._visitors: dict[str, int] = {}

    def see(self, site: str, address: str, user_agent: str) -> str:
        """Note a visitor; a warning at the end of a window, at most one each, else ""."""
        addresses = self._sites.setdefault(site, {})
        agents, agent = addresses.setdefault(address, set()), hash(user_agent)
        if agent in agents:
            return ""
        agents.add(agent)
        visitors = self._visitors[site] = self._visitors.get(site, 0) + 1
        if visitors < WINDOW:
            return ""
        largest = max(map(len, addresses.values()))
        del self._sites[site], self._visitors[site]
        if len(self._sites) > _MOST_SITES:
            self._sites.clear()
            self._visitors.clear()
        if largest * 2 <= visitors:
            return ""
        return (
            f"{site}: {100 * largest // visitors} % of the last {visitors} visitors came from one address. "
            "If that is your proxy, name it in FOOTFALL_TRUSTED_PROXIES"
        )
