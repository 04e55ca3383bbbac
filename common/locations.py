"""The text of FOOTFALL_ARCHIVE in, a checked `Location` of the archive out: a folder or an object store's URL. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit

#: Object stores by scheme, with the options that their URL may carry.
SCHEMES: Mapping[str, frozenset[str]] = {
    "s3": frozenset({"region", "scheme", "endpoint_override", "tls_ca_file_path"}),
    "gs": frozenset({"scheme", "endpoint_override", "retry_limit_seconds", "project_id"}),
}
EXAMPLE = "expected a folder, or a URL such as s3://bucket/prefix?region=eu-central-1"
_HOST = re.compile(r"[A-Za-z0-9._-]+(:\d{1,5})?|\[[0-9a-fA-F:.]+\](:\d{1,5})?")
_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True)
class Location:
    """Where the archive lies. `shown` is what messages may say of it; what else a URL holds may be secret."""

    scheme: str  #: "" for a folder
    path: str  #: the folder, or bucket/prefix
    shown: str
    url: str = field(default="", repr=False)
    user: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    options: Mapping[str, str] = field(default_factory=dict, repr=False)


def parse(text: str) -> Location:
    """A location; raises ValueError with what is wrong and what is expected, in one line without secrets."""
    if not text.isprintable():
        raise ValueError(f"holds a character that cannot be printed, {EXAMPLE}")
    scheme, colon, _ = text.partition("://")
    if not colon:
        if re.match(r"[a-z0-9]{2,5}:", text):
            raise ValueError(f"{show(text)}: no // after the scheme, {EXAMPLE}")
        return Location("", text, text)
    if scheme == "file":
        return _folder(text)
    if scheme not in SCHEMES:
        known = ", ".join(f"{name}://" for name in ("file", *SCHEMES))
        raise ValueError(f"{scheme}:// is no kind of store that is known ({known}), {EXAMPLE}")
    return _store(scheme, text)


def show(text: str) -> str:
    """A URL without user, password and options; works on what is no URL as well."""
    head, at, tail = text.rpartition("@")
    scheme = head.partition("://")[0] if "://" in head else ""
    shown = (f"{scheme}://" if scheme else "") + tail if at else text
    return shown.partition("?")[0]


def _folder(text: str) -> Location:
    parts = urlsplit(text)
    path = unquote(parts.path)
    if parts.netloc not in ("", "localhost") or not path.startswith("/") or parts.query or parts.fragment:
        raise ValueError(f"{show(text)}: expected file:///folder with three slashes, or just the folder")
    return Location("", path, path)


def _store(scheme: str, text: str) -> Location:
    shown = show(text)
    authority, _, rest = text.partition("://")[2].partition("/")
    if "@" in rest.partition("?")[0] or "#" in text or "?" in authority.rpartition("@")[0]:
        raise ValueError(
            f"{shown}: a user or password needs / as %2F, # as %23, ? as %3F; or set AWS_SECRET_ACCESS_KEY"
        )
    try:
        parts = urlsplit(text)
        name, port = parts.hostname or "", parts.port
        options = dict(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query)))
    except ValueError:
        raise ValueError(f"{shown}: is no URL, {EXAMPLE}") from None
    if port is not None or not _BUCKET.fullmatch(name):
        raise ValueError(f"{shown}: names no bucket, {EXAMPLE}")
    if scheme == "s3" and bool(parts.username) != bool(parts.password):
        raise ValueError(f"{shown}: user or password is missing, expected s3://user:password@bucket/prefix")
    _check(shown, scheme, options)
    user, password = (unquote(part) if part else None for part in (parts.username, parts.password))
    return Location(
        scheme, "/".join(filter(None, (name, unquote(parts.path).strip("/")))), shown, text, user, password, options
    )


def _check(shown: str, scheme: str, options: Mapping[str, str]) -> None:
    if unknown := sorted(options.keys() - SCHEMES[scheme]):
        raise ValueError(f"{shown}: unknown option {unknown[0]!r}, expected {', '.join(sorted(SCHEMES[scheme]))}")
    if options.get("scheme", "https") not in ("http", "https"):
        raise ValueError(f"{shown}: scheme={options['scheme']}: expected http or https")
    if "endpoint_override" in options and not _HOST.fullmatch(options["endpoint_override"]):
        raise ValueError(f"{shown}: endpoint_override: expected host:port alone, and scheme=http where there is no TLS")
