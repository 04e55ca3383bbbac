"""Lines of web server logs in, page views or reasons for skipping them out: combined, common and vhost. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple, Protocol

from common.bodies import RawEvent
from common.enrich.client import hostname
from common.enrich.user_agent import Agent

#: Why a line is not counted.
SKIPPED = {
    "method": "the method is not GET",
    "status": "the status is neither 200 nor 304",
    "static": "a file that is no page: its extension is on the list, or it is robots.txt or favicon.ico",
    "request": "the request has no path that begins with /",
    "site": "no site, or one that is not wanted",
    "invalid": "a field has a wrong type or value",
    "header": "the line that names the columns",
    "blank": "nothing stands there",
}
#: Why a line is not understood.
MALFORMED = {"format": "it does not fit the format", "time": "its time is none"}

#: Extensions that pages do not have.
STATIC = frozenset(
    [
        "7z",
        "atom",
        "avi",
        "avif",
        "bmp",
        "bz2",
        "conf",
        "css",
        "csv",
        "deb",
        "dmg",
        "doc",
        "docx",
        "eot",
        "exe",
        "flv",
        "gif",
        "gz",
        "ico",
        "iso",
        "jar",
        "jpeg",
        "jpg",
        "js",
        "json",
        "log",
        "m4a",
        "m4v",
        "map",
        "mjs",
        "mov",
        "mp3",
        "mp4",
        "ogg",
        "ogv",
        "otf",
        "pdf",
        "png",
        "ppt",
        "pptx",
        "ps",
        "rar",
        "rpm",
        "rss",
        "svg",
        "swf",
        "tar",
        "tgz",
        "tif",
        "tiff",
        "ttf",
        "txt",
        "wav",
        "webm",
        "webmanifest",
        "webp",
        "woff",
        "woff2",
        "xls",
        "xlsx",
        "xml",
        "xz",
        "yaml",
        "yml",
        "zip",
    ]
)
_LONGEST_AGENT = 1_000

_QUOTED = r'"([^"\\]*(?:\\.[^"\\]*)*)'
#: Address, minute, second, offset, request, status; then referrer and user agent.
_HEAD = r"(\S+) \S+ \S+ \[(\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d):(\d\d) ([+-]\d{4})\] " + _QUOTED + r'" (\d{3}) (?:\d+|-)'
_CLOSED = rf' {_QUOTED}" {_QUOTED}"'
#: A server that cuts long lines may cut the last quote off.
_CUT = rf' {_QUOTED}" {_QUOTED}(?:"|$)'
#: Format -> what its lines match, and what one must match that may still be in the writing.
_PATTERNS = {
    "combined": (_HEAD + _CUT, _HEAD + _CLOSED),
    "vhost": (rf"(\S+) {_HEAD}(?:{_CUT}|\s*$)", rf"\S+ {_HEAD}{_CLOSED}"),
    "common": (rf"{_HEAD}\s*$", rf"{_HEAD}\s*$"),
}


class Hit(NamedTuple):
    """One event as a file tells it: what the steps need, before they took it."""

    number: int  #: of its line
    site: str  #: "" where the line names none
    time: int  #: ms
    raw: RawEvent
    address: str
    user_agent: str | None  #: None: the file records none
    visitor: str = ""  #: an id that the file gives
    country: str = ""
    agent: Agent | None = None  #: where the file says it itself
    given: dict[str, str] | None = None  #: fields of the event that the file says itself


class Reader(Protocol):
    """A format: lines in, hits out."""

    name: str

    def read(self, number: int, line: str) -> Hit | str:
        """A line's hit, or a reason of SKIPPED or MALFORMED."""

    def is_whole(self, line: str) -> bool:
        """Whether a line that no line end closes is understood, and so may be counted already."""


class LogReader:
    """Reads one format of log lines."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._match, self._whole = (re.compile(pattern).match for pattern in _PATTERNS[name])
        self.has_host, self.has_agent = name == "vhost", name != "common"

    def is_whole(self, line: str) -> bool:
        """See `Reader`."""
        return self._whole(line) is not None

    def read(self, number: int, line: str) -> Hit | str:
        """See `Reader`."""
        match = self._match(line)
        if match is None:
            return "format" if line.strip() else "blank"
        fields = match.groups()
        host = hostname(fields[0]) if self.has_host else ""
        address, minute, second, offset, request, status, *tail = fields[self.has_host :]
        target = target_of(request, status)
        if target in SKIPPED:
            return target
        time = minute_of(minute, offset)
        if time is None:
            return "time"
        referrer, agent = tail or (None, None)
        return Hit(
            number,
            host,
            time + 1000 * min(59, int(second)),
            RawEvent(
                pathname=target,
                hostname=host or None,
                referrer=(referrer_of(referrer) or None) if referrer is not None else None,
            ),
            address,
            agent_of(agent) if agent is not None else None,
        )


def target_of(request: str, status: str) -> str:
    """The target of a page view, or why it is none. A target begins with /, a reason does not."""
    method, _, rest = request.partition(" ")
    target, _, protocol = rest.rpartition(" ")
    if not protocol.startswith("HTTP/"):
        target = rest
    if method != "GET":
        return "method" if target.startswith("/") else "request"
    if status not in {"200", "304"}:
        return "status"
    if not target.startswith("/"):
        return "request"
    path = target.partition("?")[0].partition("#")[0]
    _, dot, extension = path.rpartition("/")[2].rpartition(".")
    if (dot and extension.lower() in STATIC) or path in {"/robots.txt", "/favicon.ico"}:
        return "static"
    return target


#: Whatever the locale of this machine.
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@lru_cache(4_096)
def minute_of(text: str, offset: str) -> int | None:
    """Ms at which a minute of a log begins; None for what no calendar has, or what came before 1970."""
    try:
        day, month, year = int(text[:2]), _MONTHS.index(text[3:6]) + 1, int(text[7:11])
        local = datetime(year, month, day, int(text[12:14]), int(text[15:17]), tzinfo=UTC)
    except ValueError:
        return None
    ahead = (int(offset[1:3]) * 60 + int(offset[3:5])) * (-1 if offset[0] == "-" else 1)
    return (int(local.timestamp()) - 60 * ahead) * 1000 if year >= 1970 else None


def referrer_of(text: str) -> str:
    """A page that a log names as the referrer; "" where it names none."""
    return unescape(text) if text != "-" else ""


def agent_of(text: str) -> str:
    """A user agent as it was sent, at most as long as a live one is taken."""
    return unescape(text)[:_LONGEST_AGENT]


_ESCAPE = re.compile(r'\\(?:x([0-9A-Fa-f]{2})|(["\\]))')


def unescape(text: str) -> str:
    """What a server escaped: \\" and \\\\ (Apache), \\x22 (both). Bytes come out as a live header's do."""
    if "\\" not in text:
        return text
    return _ESCAPE.sub(lambda match: chr(int(match[1], 16)) if match[1] else match[2], text)


#: The more a format asks for, the earlier it is tried: of two that fit as many lines the first is taken.
FORMATS = ("vhost", "combined", "common")
#: Lines looked at to find a file's format.
SAMPLE = 200


def fitting(lines: list[str]) -> dict[str, int]:
    """How many of some lines each log format fits."""
    return {name: sum(_fits(name, line) for line in lines) for name in FORMATS}


@lru_cache
def reader(name: str) -> LogReader:
    """The reader of a format."""
    return LogReader(name)


def _fits(name: str, line: str) -> bool:
    found = reader(name).read(0, line)
    return not isinstance(found, str) or found not in MALFORMED
