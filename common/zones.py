"""What is known of a site and what settings say in, the zone in use out; and how to change it.

A site's zone is what its stored days were made with: another one means that all its events are grouped anew. So a
setting, or the explorer's form, decides until the first event, and the stored zone from then on.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from common.known import Known
from common.settings import Settings


class Differing(NamedTuple):
    """A site that has days of one zone while FOOTFALL_SITES names another."""

    site: str
    stored: str
    wanted: str

    @property
    def problem(self) -> str:
        """What does not fit."""
        return f"{self.site}: its days are of {self.stored}, FOOTFALL_SITES says {self.wanted}"

    def __str__(self) -> str:
        return f"{self.problem}. They stay what they are; to change them: {command(self.site, self.wanted)}"


def in_use(settings: Settings, site: str, known: Known | None) -> str:
    """The zone of a site: that of its days; before its first event the one given in settings, else the noted one."""
    if known is None:
        return settings.zone(site)
    return known.zone if known.since else (settings.sites or {}).get(site) or known.zone


def differing(settings: Settings, sites: Mapping[str, Known]) -> list[Differing]:
    """The sites whose days are of another zone than settings name."""
    found = []
    for site, wanted in sorted((settings.sites or {}).items()):
        known = sites.get(site)
        if wanted and known and known.since and known.zone != wanted:
            found.append(Differing(site, known.zone, wanted))
    return found


def command(site: str, zone: str) -> str:
    """What changes the zone of a site that has days."""
    return f"python -m collector rebuild --site {site} --zone {zone}"
