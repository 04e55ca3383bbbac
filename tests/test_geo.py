"""Addresses, headers and time zones in, places out; with a database of four networks written here."""

from collections.abc import Iterator
from pathlib import Path
from zoneinfo import available_timezones

import pytest
from mmdb_writer import MMDBWriter
from netaddr import IPSet

from common.enrich.geo import Geo, Place, countries, country_name, country_of_zone
from common.settings import SettingError

NOWHERE = Place("", "", "")


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("Europe/Berlin", "DE"),
        ("America/New_York", "US"),
        ("Asia/Calcutta", "IN"),  # Chrome's name of Asia/Kolkata
        ("Europe/Kiev", "UA"),
        ("US/Pacific", "US"),
        ("Iceland", "IS"),  # tzdata links it to Africa/Abidjan
        ("Africa/Asmera", "ER"),
        ("Pacific/Truk", "FM"),
        ("America/Coral_Harbour", "CA"),
        ("Europe/Oslo", "NO"),  # in zone.tab, and a link to Berlin
        ("UTC", ""),
        ("Etc/GMT+5", ""),
        ("CET", ""),
        ("EST", ""),
        ("Mars/Olympus", ""),
        ("", ""),
    ],
)
def test_country_of_zone(zone: str, expected: str) -> None:
    assert country_of_zone(zone) == expected


def test_only_clocks_without_a_place_have_no_country() -> None:
    without = {zone for zone in available_timezones() if not country_of_zone(zone)}
    assert {zone for zone in without if "/" in zone and not zone.startswith("Etc/")} == set()
    assert {country_of_zone(zone) for zone in available_timezones()} - {""} <= countries().keys()


def test_country_name() -> None:
    names = [country_name(code) for code in ("DE", "CI", "XK", "ZZ", "")]
    assert names == ["Germany", "Côte d’Ivoire", "Kosovo", "ZZ", ""]


@pytest.fixture
def geo(tmp_path: Path) -> Iterator[Geo]:
    writer = MMDBWriter(ip_version=6, ipv4_compatible=True, languages=["en"])
    nested = {
        "country": {"iso_code": "DE", "names": {"en": "Germany"}},
        "subdivisions": [{"iso_code": "BY", "names": {"en": "Bavaria"}}],
        "city": {"names": {"de": "München", "en": "Munich"}},
    }
    writer.insert_network(IPSet(["203.0.113.0/24"]), nested)
    writer.insert_network(IPSet(["198.51.100.0/24"]), {"country_code": "FR", "state1": "Bretagne", "city": "Brest"})
    writer.insert_network(IPSet(["192.0.2.0/24"]), {"country_code": "ZZ"})
    writer.insert_network(IPSet(["2001:db8::/32"]), {"country": {"iso_code": "JP"}})
    writer.to_db_file(str(tmp_path / "tiny.mmdb"))
    geo = Geo(tmp_path / "tiny.mmdb")
    yield geo
    geo.close()


@pytest.mark.parametrize(
    ("address", "header", "zone", "expected"),
    [
        ("203.0.113.9", "", "", Place("DE", "Bavaria", "Munich")),
        ("198.51.100.9", "", "", Place("FR", "Bretagne", "Brest")),
        ("2001:db8::1", "", "", Place("JP", "", "")),
        (
            "203.0.113.9",
            "de",
            "Asia/Tokyo",
            Place("DE", "Bavaria", "Munich"),
        ),  # header before database before zone
        ("203.0.113.9", "AT", "", Place("AT", "", "")),  # no Munich in Austria
        ("203.0.113.9", "XX", "", Place("DE", "Bavaria", "Munich")),
        ("203.0.113.9", "T1", "", Place("DE", "Bavaria", "Munich")),
        ("192.0.2.9", "", "Asia/Tokyo", Place("JP", "", "")),  # ZZ is no country
        ("8.8.8.8", "", "Asia/Tokyo", Place("JP", "", "")),
        ("8.8.8.8", "junk", "", NOWHERE),
        ("no address", "", "Europe/Paris", Place("FR", "", "")),
        ("", "", "", NOWHERE),
    ],
)
def test_place(geo: Geo, address: str, header: str, zone: str, expected: Place) -> None:
    assert geo.place(address, header, zone) == expected


def test_without_a_database_the_time_zone_answers() -> None:
    geo = Geo()
    assert geo.place("203.0.113.9", "", "Europe/Berlin") == Place("DE", "", "")
    assert geo.place("203.0.113.9", "ch", "Europe/Berlin") == Place("CH", "", "")
    assert geo.place("203.0.113.9", "", "UTC") == NOWHERE


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "text.mmdb").write_text("not a database")
    with pytest.raises(SettingError, match=r"FOOTFALL_GEOIP=.*text\.mmdb"):
        Geo(tmp_path / "text.mmdb")
