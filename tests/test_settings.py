"""The environment as people write it, and the message that names what is wrong with it."""

from __future__ import annotations

from ipaddress import ip_network
from pathlib import Path

import pytest

from common.settings import SettingError, Settings, load, site_name, valid_site


def test_nothing_set() -> None:
    assert load({}) == Settings()
    empty = ["FOOTFALL_REDIS_URL", "FOOTFALL_SITES", "FOOTFALL_GEOIP", "FOOTFALL_DATA", "FOOTFALL_RAW_DAYS"]
    assert load(dict.fromkeys(empty, "")) == Settings()
    assert load({}).zone("a.com") == "UTC"
    assert load({}).knows("a.com")


def test_everything_set(tmp_path: Path) -> None:
    (tmp_path / "geo.mmdb").touch()
    found = load(
        {
            "FOOTFALL_REDIS_URL": "redis://r",
            "FOOTFALL_DATA": "/d",
            "FOOTFALL_COLLECTOR_PORT": "9000",
            "FOOTFALL_EXPLORER_PORT": "9001",
            "FOOTFALL_SITES": "www.Example.com=Europe/Berlin, blog.example.com ,localhost:3000",
            "FOOTFALL_FLUSH_SECONDS": "0.5",
            "FOOTFALL_TRUSTED_PROXIES": "10.0.0.0/8, ::1",
            "FOOTFALL_GEOIP": str(tmp_path / "geo.mmdb"),
            "FOOTFALL_ARCHIVE": "s3://b",
            "FOOTFALL_RAW_DAYS": "7",
            "FOOTFALL_SALT_ROTATION": "weekly",
            "FOOTFALL_LOGIN": "Ann@example.com, @example.org ,",
            "FOOTFALL_EXPLORER_OPEN": "1",
            "FOOTFALL_COMMAND_BUDGET": "500000",
            "FOOTFALL_MEMORY_BUDGET": "256MB",
        }
    )
    sites = {"example.com": "Europe/Berlin", "blog.example.com": "", "localhost:3000": ""}
    proxies = (ip_network("10.0.0.0/8"), ip_network("::1"))
    assert found == Settings(
        "redis://r", Path("/d"), 9000, 9001, sites, 0.5, proxies, tmp_path / "geo.mmdb", "s3://b", 7,
        salt_rotation="weekly", login=("ann@example.com", "@example.org"), explorer_open=True,
        command_budget=500_000, memory_budget=268_435_456,
    )  # fmt: skip
    assert [found.zone("example.com"), found.zone("blog.example.com")] == ["Europe/Berlin", "UTC"]
    assert [found.knows("example.com"), found.knows("other.com")] == [True, False]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FOOTFALL_COLLECTOR_PORT", "0"),
        ("FOOTFALL_COLLECTOR_PORT", "eighty"),
        ("FOOTFALL_EXPLORER_PORT", "65536"),
        ("FOOTFALL_SITES", "exa mple.com"),
        ("FOOTFALL_SITES", "{a}.com"),
        ("FOOTFALL_SITES", "=UTC"),
        ("FOOTFALL_SITES", "a.com=Mars/Olympus"),
        ("FOOTFALL_SITES", "a.com=Europe"),
        ("FOOTFALL_SITES", "a.com=../etc/passwd"),
        ("FOOTFALL_FLUSH_SECONDS", "-1"),
        ("FOOTFALL_FLUSH_SECONDS", "nan"),
        ("FOOTFALL_FLUSH_SECONDS", "soon"),
        ("FOOTFALL_TRUSTED_PROXIES", "10.0.0.1/8"),
        ("FOOTFALL_TRUSTED_PROXIES", "proxy"),
        ("FOOTFALL_GEOIP", "no/such.mmdb"),
        ("FOOTFALL_ARCHIVE", "ftp://host/archive"),
        ("FOOTFALL_ARCHIVE", "s3:bucket"),
        ("FOOTFALL_ARCHIVE", "s3://key:secret/with/slashes@bucket"),
        ("FOOTFALL_ARCHIVE", "s3://bucket?regoin=eu-central-1"),
        ("FOOTFALL_ARCHIVE", "file://archive"),
        ("FOOTFALL_ARCHIVE", __file__),
        ("FOOTFALL_RAW_DAYS", "2"),
        ("FOOTFALL_SALT_ROTATION", "hourly"),
        ("FOOTFALL_LOGIN", "example.com"),
        ("FOOTFALL_LOGIN", "ann@"),
        ("FOOTFALL_LOGIN", "@"),
        ("FOOTFALL_LOGIN", "a@b@example.com"),
        ("FOOTFALL_LOGIN", ","),
        ("FOOTFALL_EXPLORER_OPEN", "yes"),
        ("FOOTFALL_COMMAND_BUDGET", "500k"),
        ("FOOTFALL_COMMAND_BUDGET", "-1"),
        ("FOOTFALL_MEMORY_BUDGET", "some"),
        ("FOOTFALL_MEMORY_BUDGET", "1.5gb"),
        ("FOOTFALL_API_KEYS", "0123456789abcdef"),
        ("FOOTFALL_API_KEYS", "example.com=short"),
        ("FOOTFALL_API_KEYS", "example.com=0123456789abcdef|"),
        ("FOOTFALL_UMAMI_SITES", "1=example.com"),
        ("FOOTFALL_UMAMI_SITES", "11111111-0000-4000-8000-000000000000"),
        ("FOOTFALL_GOATCOUNTER_SITES", "stats.example.com=exa mple.com"),
        ("FOOTFALL_RENAMED", "/lib/app.js"),
        ("FOOTFALL_RENAMED", "/lib/app,/lib/in"),
        ("FOOTFALL_RENAMED", "/tracker.js,/lib/in"),
        ("FOOTFALL_RENAMED", "/lib/app.js,/api/in"),
        ("FOOTFALL_RENAMED", "/lib/{x}.js,/lib/in"),
        ("FOOTFALL_RENAMED", "lib.js,https://example.com/in"),
        ("FOOTFALL_GOATCOUNTER_SITES", "https://stats.example.com=example.com"),
    ],
)
def test_a_bad_value_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingError, match=f"^{name}") as raised:
        load({name: value})
    assert "\n" not in str(raised.value)
    assert "expected" in str(raised.value) or "needs" in str(raised.value)


def test_site_names() -> None:
    assert [site_name(text) for text in (" WWW.Example.COM. ", "a.com", "www.www.a.com")] == [
        "example.com",
        "a.com",
        "www.a.com",
    ]
    assert [text for text in ("", "a" * 101, "a b", "{a}", "a/b", "a\n") if valid_site(text)] == []
    assert valid_site("bücher.example:8080")


def test_keys_and_other_products_names() -> None:
    key, other = "0123456789abcdef", "fedcba9876543210/+=="
    found = load(
        {
            "FOOTFALL_API_KEYS": f"www.example.com={key}|{other}, a.com={key},a.com={other}",
            "FOOTFALL_UMAMI_SITES": "11111111-AAAA-4000-8000-000000000000=www.Example.com",
            "FOOTFALL_GOATCOUNTER_SITES": "Stats.example.com:8000=example.com, b.example=b.com",
        }
    )
    assert found.api_keys == {"example.com": {key, other}, "a.com": {key, other}}
    assert found.umami_sites == {"11111111-aaaa-4000-8000-000000000000": "example.com"}
    assert found.goatcounter_sites == {"stats.example.com:8000": "example.com", "b.example": "b.com"}
    assert key not in repr(found)


def test_paths_of_ones_own() -> None:
    assert load({"FOOTFALL_RENAMED": "/lib/app.js, /lib/in"}).renamed == ("/lib/app.js", "/lib/in")
    assert load({"FOOTFALL_RENAMED": " "}).renamed == ("", "")


def test_a_message_about_a_key_does_not_show_it() -> None:
    with pytest.raises(SettingError) as raised:
        load({"FOOTFALL_API_KEYS": "example.com=secret!secret!secret!"})
    assert "secret" not in str(raised.value)
    assert "example.com" in str(raised.value)
