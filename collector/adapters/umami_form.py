"""An item as Umami's scripts send it in; a checked payload, or what is wrong with it as Umami tells it, out."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

TYPES = ("event", "identify", "performance", "engagement")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
#: First characters that a spreadsheet takes for a formula.
_FORMULA = tuple("=+-@\t\r")
_SOURCES = ("website", "link", "pixel")
_ONE_SOURCE = "Exactly one of website, link, or pixel must be provided"

Check = Callable[[Any], str]


class Invalid(ValueError):
    """An item that Umami refuses: its answer's tree of errors."""

    def __init__(self, tree: dict[str, Any]) -> None:
        super().__init__(tree)
        self.tree = tree


def checked(item: object) -> tuple[str, dict[str, Any]]:
    """Type and payload of an item; raises `Invalid`."""
    if not isinstance(item, dict):
        raise Invalid({"errors": [_expected("object", item)]})
    kind, payload = item.get("type"), item.get("payload")
    fields: dict[str, Any] = {}
    if not isinstance(kind, str) or kind not in TYPES:
        fields["type"] = {"errors": ["Invalid option: expected one of " + "|".join(f'"{name}"' for name in TYPES)]}
    if isinstance(payload, dict):
        wrong = {
            name: {"errors": [problem]}
            for name, check in _CHECKS.items()
            if name in payload and (problem := check(payload[name]))
        }
        if sum(bool(payload.get(name)) for name in _SOURCES) != 1 and "website" not in wrong:
            wrong["website"] = {"errors": [_ONE_SOURCE]}
        if wrong:
            fields["payload"] = {"errors": [], "properties": wrong}
    else:
        fields["payload"] = {"errors": [_expected("object", payload)]}
    if fields:
        raise Invalid({"errors": [], "properties": fields})
    return str(kind), dict(payload)  # type: ignore[arg-type]  # it is an object: else it was refused


def _expected(kind: str, value: object) -> str:
    names = {
        "NoneType": "null",
        "bool": "boolean",
        "int": "number",
        "float": "number",
        "list": "array",
        "str": "string",
    }
    found = type(value).__name__
    return f"Invalid input: expected {kind}, received {names.get(found, 'object')}"


def _text(most: int = 0, safe: bool = False) -> Check:
    def check(value: Any) -> str:
        if not isinstance(value, str):
            return _expected("string", value)
        if most and len(value) > most:
            return f"Too big: expected string to have <={most} characters"
        if safe and value.startswith(_FORMULA):
            return "Value must not start with =, +, -, @, tab, or carriage return"
        return ""

    return check


def _number(most: float) -> Check:
    def check(value: Any) -> str:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return _expected("number", value)
        if value < 0:
            return "Too small: expected number to be >=0"
        return f"Too big: expected number to be <={most:g}" if value > most else ""

    return check


def _uuid(value: Any) -> str:
    if not isinstance(value, str):
        return _expected("string", value)
    return "" if _UUID.fullmatch(value) else "Invalid UUID"


def _url(value: Any) -> str:
    if not isinstance(value, str):
        return _expected("string", value)
    try:
        urlsplit(value)
    except ValueError:
        return "Invalid URL"
    return ""


def _object(value: Any) -> str:
    return "" if isinstance(value, dict) else _expected("object", value)


def _seconds(value: Any) -> str:
    """Umami turns text into a number."""
    try:
        whole = int(value) if isinstance(value, str) else value
    except ValueError:
        whole = None
    if isinstance(whole, bool) or not isinstance(whole, int | float):
        return _expected("number", value)
    return "" if whole == whole // 1 and abs(whole) < 1e12 else "Invalid input: expected int, received number"


_CHECKS: dict[str, Check] = {
    **dict.fromkeys(_SOURCES, _uuid),
    "data": _object,
    "hostname": _text(100),
    "language": _text(35),
    "referrer": _url,
    "screen": _text(11),
    "title": _text(),
    "url": _url,
    "name": _text(50, safe=True),
    "tag": _text(50, safe=True),
    "ip": _text(),
    "userAgent": _text(),
    "timestamp": _seconds,
    "id": _text(),
    **dict.fromkeys(("browser", "os", "device"), _text()),
    **dict.fromkeys(("lcp", "inp", "fcp", "ttfb"), _number(60_000)),
    "cls": _number(100),
    "engagement": _number(86_400_000),
}
