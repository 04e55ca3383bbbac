"""Address, CDN country header and browser time zone in; country, region and city out, never the address."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

import maxminddb

from common.enrich.text import clean
from common.settings import SettingError

#: Old names that tzdata links to a zone in another country because the clocks agree.
_ACROSS_BORDERS = {
    "Africa/Asmera": "ER",
    "Africa/Timbuktu": "ML",
    "America/Coral_Harbour": "CA",
    "America/Virgin": "VI",
    "Antarctica/South_Pole": "AQ",
    "Atlantic/Jan_Mayen": "SJ",
    "Iceland": "IS",
    "Pacific/Johnston": "UM",
    "Pacific/Ponape": "FM",
    "Pacific/Truk": "FM",
    "Pacific/Yap": "FM",
}
#: Names of a clock, not of a place: tzdata links EST to Panama and CET to Brussels.
_NO_PLACE = dict.fromkeys(("CET", "EET", "EST", "HST", "MET", "MST", "WET"), "")


class Place(NamedTuple):
    """Where a visitor is, as far as known; "" where not."""

    country: str
    region: str
    city: str


def _lines(name: str) -> Iterator[str]:
    text = resources.files("tzdata").joinpath("zoneinfo", name).read_text(encoding="utf-8")
    return (line for line in text.splitlines() if line and not line.startswith("#"))


@cache
def countries() -> dict[str, str]:
    """ISO 3166 alpha-2 to English name, of tzdata's table; and Kosovo, whose code is in wide use."""
    return dict(line.split("\t")[:2] for line in _lines("iso3166.tab")) | {"XK": "Kosovo"}


def country_name(code: str) -> str:
    """English name of a country; the code itself when unknown."""
    return countries().get(code, code)


@cache
def zones() -> dict[str, str]:
    """IANA time zones, old names included, to country."""
    found: dict[str, str] = {}
    for line in _lines("zone.tab"):
        country, _, zone = line.split("\t")[:3]
        found[zone] = country
    links = [line.split()[1:] for line in _lines("tzdata.zi") if line.startswith("L ")]
    named = {zone: found[target] for target, zone in links if target in found}
    return named | found | _ACROSS_BORDERS | _NO_PLACE


def country_of_zone(zone: str) -> str:
    """Country of a browser's time zone; "" for UTC, offsets and junk."""
    return zones().get(zone, "")


class Geo:
    """Looks places up; holds the .mmdb file open. Addresses are neither kept nor cached."""

    def __init__(self, mmdb: Path | None = None) -> None:
        try:
            self._reader = maxminddb.open_database(mmdb) if mmdb else None
        except (maxminddb.InvalidDatabaseError, OSError) as error:
            raise SettingError(f"FOOTFALL_GEOIP={mmdb}: cannot be read as an .mmdb file") from error

    def place(self, address: str, country_header: str, timezone: str) -> Place:
        """Country by CDN header, else database, else time zone; region and city by database."""
        if self._reader is None and not country_header:
            return Place(country_of_zone(timezone), "", "")
        header = country_header.strip().upper()
        found = self._lookup(address)
        if header not in countries():
            return found if found.country else Place(country_of_zone(timezone), "", "")
        # The CDN sees the nearest hop, the database may be old: a city is kept only in the country shown.
        return found if found.country == header else Place(header, "", "")

    def _lookup(self, address: str) -> Place:
        if self._reader is None:
            return Place("", "", "")
        try:
            record = self._reader.get(address)
        except (ValueError, maxminddb.InvalidDatabaseError):  # no address; IPv6 in a database of IPv4; damage
            return Place("", "", "")
        return _place(record) if isinstance(record, Mapping) else Place("", "", "")

    def close(self) -> None:
        """Close the database."""
        if self._reader is not None:
            self._reader.close()


def _place(record: Mapping[str, Any]) -> Place:
    """A record laid out as GeoIP2 does (nested, names by language) or as ip-location-db does (flat)."""
    country = record.get("country")
    code = country.get("iso_code") if isinstance(country, Mapping) else record.get("country_code", country)
    code = code.upper() if isinstance(code, str) else ""
    if code not in countries():
        return Place("", "", "")
    subdivisions = record.get("subdivisions")
    first = subdivisions[0] if isinstance(subdivisions, list) and subdivisions else record.get("state1")
    return Place(code, _name(first), _name(record.get("city")))


def _name(value: object) -> str:
    if isinstance(value, Mapping):
        names = value.get("names")
        value = (names.get("en") if isinstance(names, Mapping) else None) or value.get("iso_code")
    return clean(value, 120) if isinstance(value, str) else ""
