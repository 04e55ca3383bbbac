"""The environment in, one validated `Settings` out. Every process reads the same names."""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

from common import locations

_UNITS = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}
ROTATIONS = ("daily", "weekly", "monthly")
_KEY = re.compile(r"[A-Za-z0-9._~+/-]{16,200}=*")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_PATH = re.compile(r"(/[\w.-]*[\w-])+")
#: Where the collector answers anyway.
_TAKEN = re.compile(r"/(api/.*|tracker.*\.js|pixel\.gif|demo.*|healthz|metrics|count)")
_HOST = re.compile(r"[\w.-]{1,253}(:\d{1,5})?")


class SettingError(ValueError):
    """A setting that cannot be used; the message names it and says what is expected."""


@dataclass(frozen=True)
class Settings:
    """Validated settings. `sites` maps a site to the zone given for it, "" for none; None accepts any site (the first
    100).
    """

    redis_url: str | None = None
    data: Path = Path("data")
    collector_port: int = 8000
    explorer_port: int = 8501
    sites: dict[str, str] | None = None
    flush_seconds: float = 0.0
    trusted_proxies: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...] = ()
    geoip: Path | None = None
    archive: str | None = None
    raw_days: int = 30
    raw_bytes: int = 0  #: of raw events of closed days that a site may hold in Redis; 0: as many as there are
    trim_hour: int = 3  #: local hour of a site at which its daily job is due
    salt_rotation: str = "daily"
    hostnames: dict[str, frozenset[str]] = field(default_factory=dict)
    metrics_token: str | None = None
    #: Keys of back ends that may say who visited, by the site they speak for.
    api_keys: dict[str, frozenset[str]] = field(default_factory=dict, repr=False)
    #: Site by Umami's website id, and by the host name that GoatCounter's script sends to.
    umami_sites: dict[str, str] = field(default_factory=dict)
    goatcounter_sites: dict[str, str] = field(default_factory=dict)
    #: Paths of the script and of its endpoint by names of one's own, beside the usual ones; "" for none.
    renamed: tuple[str, str] = ("", "")
    accept_loss: bool = False
    #: Who may look at the explorer: addresses, and domains that begin with @. Empty: no login is asked for.
    login: tuple[str, ...] = ()
    #: Whether an explorer without a login may be reached from other machines, because something else guards it.
    explorer_open: bool = False
    #: Shards that a new site begins with; 0: one, and others may have what they have.
    shards: int = 0
    #: Replicas that must have a flush before the journal forgets it; 0: none are asked.
    wait_replicas: int = 0
    #: Redis commands a month; 0: no budget.
    command_budget: int = 0
    #: Bytes of memory there are; 0: what Redis itself says.
    memory_budget: int = 0

    def zone(self, site: str) -> str:
        """IANA zone name given for a site; UTC where none was. What its days were made with: `zones.in_use`."""
        return (self.sites or {}).get(site) or "UTC"

    def knows(self, site: str) -> bool:
        """Whether events of this site are wanted at all."""
        return self.sites is None or site in self.sites


def load(environ: Mapping[str, str] = os.environ) -> Settings:
    """Read FOOTFALL_* settings; raises `SettingError` naming the first bad one."""
    return Settings(
        redis_url=environ.get("FOOTFALL_REDIS_URL") or None,
        data=Path(environ.get("FOOTFALL_DATA") or "data"),
        collector_port=_integer(environ, "FOOTFALL_COLLECTOR_PORT", 8000, 1, 65535),
        explorer_port=_integer(environ, "FOOTFALL_EXPLORER_PORT", 8501, 1, 65535),
        sites=_sites(environ.get("FOOTFALL_SITES", "")),
        flush_seconds=_seconds(environ),
        trusted_proxies=_networks(environ.get("FOOTFALL_TRUSTED_PROXIES", "")),
        geoip=_file(environ.get("FOOTFALL_GEOIP", "")),
        archive=_archive(environ.get("FOOTFALL_ARCHIVE", "")),
        raw_days=_integer(environ, "FOOTFALL_RAW_DAYS", 30, 3, 36500),
        raw_bytes=_size(environ, "FOOTFALL_RAW_BYTES"),
        trim_hour=_integer(environ, "FOOTFALL_TRIM_HOUR", 3, 0, 23),
        salt_rotation=_rotation(environ.get("FOOTFALL_SALT_ROTATION") or "daily"),
        hostnames=_hostnames(environ.get("FOOTFALL_HOSTNAMES", "")),
        metrics_token=environ.get("FOOTFALL_METRICS_TOKEN") or None,
        api_keys=_api_keys(environ.get("FOOTFALL_API_KEYS", "")),
        umami_sites=_named_sites(environ, "FOOTFALL_UMAMI_SITES", _UUID, "a website id"),
        goatcounter_sites=_named_sites(environ, "FOOTFALL_GOATCOUNTER_SITES", _HOST, "stats.example.com"),
        renamed=_renamed(environ.get("FOOTFALL_RENAMED", "")),
        accept_loss=environ.get("FOOTFALL_ACCEPT_LOSS", "") not in ("", "0"),
        login=_login(environ.get("FOOTFALL_LOGIN", "")),
        explorer_open=_switch(environ, "FOOTFALL_EXPLORER_OPEN"),
        shards=_integer(environ, "FOOTFALL_SHARDS", 1, 1, 16) if environ.get("FOOTFALL_SHARDS") else 0,
        wait_replicas=_integer(environ, "FOOTFALL_WAIT_REPLICAS", 0, 0, 9),
        command_budget=_integer(environ, "FOOTFALL_COMMAND_BUDGET", 0, 0, 10**15),
        memory_budget=_bytes(environ, "FOOTFALL_MEMORY_BUDGET"),
    )


def site_name(text: str) -> str:
    """A site as it is keyed: lower case, no `www.`, no trailing dot."""
    return text.strip().lower().removeprefix("www.").rstrip(".")


def _integer(environ: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    text = environ.get(name) or str(default)
    if not text.isdigit() or not least <= int(text) <= most:
        raise SettingError(f"{name}={text}: expected a whole number from {least} to {most}")
    return int(text)


def _size(environ: Mapping[str, str], name: str) -> int:
    text = (environ.get(name) or "0").strip().lower()
    number, unit = text.rstrip("kmgb"), text.lstrip("0123456789").removesuffix("b")
    if not number.isdigit() or unit not in _UNITS:
        raise SettingError(f"{name}={text}: expected bytes such as 500mb or 2gb")
    return int(number) * _UNITS[unit]


def _bytes(environ: Mapping[str, str], name: str) -> int:
    """As Redis's maxmemory takes them: 256mb, 1gb, or a number."""
    text = environ.get(name) or "0"
    found = re.fullmatch(r"(\d{1,15})(|kb|mb|gb|tb)", text.strip().lower())
    if not found:
        raise SettingError(f"{name}={text}: expected a size such as 256mb or 2gb")
    return int(found[1]) << 10 * ("", "kb", "mb", "gb", "tb").index(found[2])


def _seconds(environ: Mapping[str, str]) -> float:
    text = environ.get("FOOTFALL_FLUSH_SECONDS") or "0"
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= 3600:
        raise SettingError(f"FOOTFALL_FLUSH_SECONDS={text}: expected seconds from 0 to 3600")
    return seconds


def _sites(text: str) -> dict[str, str] | None:
    sites: dict[str, str] = {}
    for item in filter(None, (part.strip() for part in text.split(","))):
        name, _, zone = item.partition("=")
        site = site_name(name)
        if not valid_site(site):
            raise SettingError(f"FOOTFALL_SITES: {name!r} is no host name, expected example.com or example.com=Zone")
        try:
            ZoneInfo(zone or "UTC")
        except (ValueError, OSError, KeyError) as error:
            raise SettingError(
                f"FOOTFALL_SITES: {zone!r} is no time zone; {name} needs one such as Europe/Berlin"
            ) from error
        sites[site] = zone
    return sites or None


def _hostnames(text: str) -> dict[str, frozenset[str]]:
    """`example.com=example.com|shop.example.com,...`: the host names whose events a site takes."""
    allowed: dict[str, frozenset[str]] = {}
    for item in filter(None, (part.strip() for part in text.split(","))):
        name, sign, hosts = item.partition("=")
        names = frozenset(filter(None, (site_name(host) for host in hosts.split("|"))))
        if not sign or not valid_site(site_name(name)) or not names or not all(map(valid_site, names)):
            raise SettingError(f"FOOTFALL_HOSTNAMES: {item!r}: expected example.com=example.com|shop.example.com")
        allowed[site_name(name)] = names
    return allowed


def _api_keys(text: str) -> dict[str, frozenset[str]]:
    """`example.com=KEY|OLDKEY,...`; a message names the site, never a key."""
    keys: dict[str, frozenset[str]] = {}
    for item in filter(None, (part.strip() for part in text.split(","))):
        name, sign, found = item.partition("=")
        if not sign or not valid_site(site_name(name)):
            raise SettingError("FOOTFALL_API_KEYS: expected example.com=KEY, or example.com=KEY|KEY for two")
        if not all(map(_KEY.fullmatch, found.split("|"))):
            raise SettingError(
                f"FOOTFALL_API_KEYS: a key of {name!r}: expected 16 to 200 letters, digits and any of . _ ~ + / -"
            )
        keys[site_name(name)] = keys.get(site_name(name), frozenset()) | frozenset(found.split("|"))
    return keys


def _named_sites(environ: Mapping[str, str], setting: str, form: re.Pattern[str], example: str) -> dict[str, str]:
    """Another product's name for a site, `NAME=example.com,...`."""
    sites: dict[str, str] = {}
    for item in filter(None, (part.strip() for part in environ.get(setting, "").split(","))):
        name, _, site = item.partition("=")
        if not form.fullmatch(name.strip().lower()) or not valid_site(site_name(site)):
            raise SettingError(f"{setting}: {item!r}: expected {example}=example.com")
        sites[name.strip().lower()] = site_name(site)
    return sites


def valid_site(site: str) -> bool:
    """Whether a text can name a site: 1-100 characters of a host name, an optional port, no braces or spaces."""
    return 0 < len(site) <= 100 and all(char.isalnum() or char in ".-_:" for char in site)


def _networks(text: str) -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
    networks = []
    for item in filter(None, (part.strip() for part in text.split(","))):
        try:
            networks.append(ipaddress.ip_network(item))
        except ValueError as error:
            raise SettingError(f"FOOTFALL_TRUSTED_PROXIES: {item!r}: expected CIDRs such as 10.0.0.0/8") from error
    return tuple(networks)


def _file(text: str) -> Path | None:
    if not text:
        return None
    if not Path(text).is_file():
        raise SettingError(f"FOOTFALL_GEOIP={text}: no such file, expected an .mmdb file")
    return Path(text)


def _archive(text: str) -> str | None:
    if not text:
        return None
    try:
        location = locations.parse(text)
    except ValueError as error:
        raise SettingError(f"FOOTFALL_ARCHIVE: {error}") from None
    if not location.scheme and Path(location.path).exists() and not Path(location.path).is_dir():
        raise SettingError(f"FOOTFALL_ARCHIVE={text}: is a file, expected a folder")
    return text


def _rotation(text: str) -> str:
    if text not in ROTATIONS:
        raise SettingError(f"FOOTFALL_SALT_ROTATION={text}: expected one of {', '.join(ROTATIONS)}")
    return text


def _login(text: str) -> tuple[str, ...]:
    allowed = tuple(part.strip().lower() for part in text.split(",") if part.strip())
    for item in allowed:
        _, at, domain = item.rpartition("@")
        if not at or not domain or item.count("@") > 1 or not item.isprintable() or " " in item:
            raise SettingError(
                f"FOOTFALL_LOGIN: {item!r}: expected ann@example.com, or @example.com for a whole domain"
            )
    if text.strip() and not allowed:  # "," must not read as "no login"
        raise SettingError(f"FOOTFALL_LOGIN={text}: expected ann@example.com, or @example.com for a whole domain")
    return allowed


def _renamed(text: str) -> tuple[str, str]:
    script, _, endpoint = (part.strip() for part in text.partition(","))
    paths = [script, endpoint]
    valid = all(_PATH.fullmatch(path) and not _TAKEN.fullmatch(path) for path in paths)
    if text.strip() and not (valid and script.endswith(".js") and not endpoint.endswith(".js")):
        raise SettingError(f"FOOTFALL_RENAMED={text}: expected two free paths such as /lib/app.js,/lib/in")
    return script, endpoint


def _switch(environ: Mapping[str, str], name: str) -> bool:
    text = environ.get(name) or "0"
    if text not in ("0", "1"):
        raise SettingError(f"{name}={text}: expected 0 or 1")
    return text == "1"
