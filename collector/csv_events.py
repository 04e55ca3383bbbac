"""A CSV of events in, hits out: visitor id, place, device, source and properties as its columns say. Pure.

The first line names the columns, as Plausible does or as `csv_columns` is told; one line is one event.
"""

from __future__ import annotations

import ast
import csv
from datetime import UTC, datetime
from functools import lru_cache
from urllib.parse import urlencode, urlsplit

from collector.csv_columns import named
from collector.logs import Hit
from common.bodies import RawEvent, Revenue
from common.enrich.text import clean
from common.enrich.user_agent import Agent
from common.settings import site_name

NAME = "events-csv"
NEEDED = ("timestamp", "name", "user_id", "hostname", "pathname")
_UTM = ("utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term")
_DEVICES = {"Desktop": "Desktop", "Laptop": "Desktop", "Mobile": "Mobile", "Tablet": "Tablet", "": ""}
_LONGEST = 120
_LONGEST_LIST = 20_000
#: How ClickHouse writes what is not there.
_NULL = {r"\N", "\0\0\0", "\0\0"}


def columns_of(line: str) -> list[str] | None:
    """The columns that a header names; None where it is no header of events."""
    names = header_of(line)
    return names if names and set(NEEDED) <= set(names) else None


def header_of(line: str) -> list[str] | None:
    """The cells of a header; None where it is none."""
    try:
        return next(csv.reader([line.removeprefix("\ufeff")], strict=True), None)
    except csv.Error:
        return None


def reader_of(line: str, columns: str) -> CsvReader:
    """The reader of a file with this header whose columns are named by `--columns`. Raises ValueError."""
    header = header_of(line)
    if not header:
        raise ValueError("its first line names no columns")
    return CsvReader(named(columns, header), header)


class CsvReader:
    """Reads the lines below a header. `header` is given where its columns have other names than what they hold."""

    name = NAME

    def __init__(self, columns: list[str], header: list[str] | None = None) -> None:
        self._columns, self._free = columns, header is not None
        self._stamp = (header or columns)[columns.index("timestamp")]
        self.has_host = "hostname" in columns

    def is_whole(self, line: str) -> bool:
        """See `Reader`. A last cell that is quoted shows that it is whole; another might go on."""
        return line.endswith('"') and self._row(line) is not None

    def read(self, number: int, line: str) -> Hit | str:
        """See `Reader`."""
        if not line.strip():
            return "blank"
        row = self._row(line)
        if row is None:
            return "format"
        if row["timestamp"] == self._stamp:
            return "header"
        time = _time(row["timestamp"])
        if time is None:
            return "time"
        return _hit(number, time, _completed(row) if self._free else row)

    def _row(self, line: str) -> dict[str, str] | None:
        """The cells by what they hold; those that say nothing are empty."""
        cells = header_of(line)
        if cells is None or len(cells) != len(self._columns):
            return None
        return {name: "" if cell in _NULL else cell for name, cell in zip(self._columns, cells, strict=True)}


def _completed(row: dict[str, str]) -> dict[str, str]:
    """A row that lacks columns with what goes without saying: a pageview, of a path, on the site's own host."""
    found = {"name": "pageview", "hostname": ""} | row
    page = row.get("pathname", "")
    if "://" in page[:12]:
        address = urlsplit(page)
        found["hostname"] = found["hostname"] or address.netloc
        page = address.path
    found["pathname"] = page if page.startswith("/") else f"/{page}"
    return found


def _hit(number: int, time: int, row: dict[str, str]) -> Hit | str:
    if not row["user_id"] or not row["pathname"].startswith("/"):
        return "invalid"
    given = {
        "source": clean(row.get("referrer_source", ""), _LONGEST),
        "region": clean(row.get("subdivision1_code", ""), _LONGEST),
        **{name: clean(row.get(name, ""), _LONGEST) for name in ("channel", "city", "language")},
    }
    device = row.get("screen_size", "").capitalize()
    agent = Agent(
        "human",
        _DEVICES.get(device, "Other"),
        clean(row.get("browser", ""), _LONGEST),
        clean(row.get("operating_system", ""), _LONGEST),
    )
    raw = RawEvent(
        type=row["name"],
        pathname=_target(row),
        hostname=row["hostname"] or None,
        referrer=_referrer(row.get("referrer", "")),
        props=_properties(row.get("meta.key", ""), row.get("meta.value", "")) or _named_properties(row),
        revenue=_revenue(row),
    )
    return Hit(
        number,
        site_name(row["hostname"]),
        time,
        raw,
        "",
        None,
        visitor=row["user_id"],
        country=row.get("country_code", ""),
        agent=agent,
        given={name: value for name, value in given.items() if value},
    )


def _target(row: dict[str, str]) -> str:
    """The path with the UTM values as its query, where the steps look for them."""
    tags = {name: row[name] for name in _UTM if row.get(name)}
    if row.get("referrer_source") and not row.get("referrer") and "utm_source" not in tags:
        tags["source"] = row["referrer_source"]
    path = row["pathname"].partition("?")[0].partition("#")[0]
    return f"{path}?{urlencode(tags)}" if tags else path


def _referrer(text: str) -> str | None:
    return (text if "://" in text else f"https://{text}") if text else None


@lru_cache(4_096)
def _listed(text: str) -> list[str]:
    """An array as ClickHouse writes it: ['a','b']."""
    if not text or len(text) > _LONGEST_LIST:
        return []
    try:
        found = ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return []
    return [str(item) for item in found] if isinstance(found, list) else []


def _properties(names: str, values: str) -> dict[str, str] | None:
    return dict(zip(_listed(names), _listed(values), strict=False)) or None


def _named_properties(row: dict[str, str]) -> dict[str, str] | None:
    return {name[5:]: text for name, text in row.items() if name.startswith("prop:") and text} or None


def _revenue(row: dict[str, str]) -> Revenue | None:
    amount, currency = row.get("revenue_source_amount", ""), row.get("revenue_source_currency", "").strip()
    return Revenue(amount, currency) if amount and currency else None


def _time(text: str) -> int | None:
    """Ms of 2024-03-28 08:45:18, UTC without an offset, or of a number of s or ms since 1970; None for what no calendar
    has, or what came before 1970.
    """
    if text.isascii() and text.isdigit() and len(text) in (10, 13):
        return int(text) * (1000 if len(text) == 10 else 1)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.year < 1970:
        return None
    return round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)
