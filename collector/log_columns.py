"""Bytes of a log in; its page views in columns, lines that were read one by one and reasons for skipping out. Pure.

The lines of a log are alike: the places of quotes and line ends tell where a line's fields are, and each distinct field
is read once, by the same functions as those of a line that is read by itself. A line that is not beyond doubt (a quote
behind a backslash, digits of another script, a cut end ...) is left to the format's reader.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache, partial

import numpy as np
import numpy.typing as npt

from collector.distinct import Distinct, Ints, rows, spans, widths
from collector.found import Found, Views, by_line
from collector.logs import MALFORMED, SKIPPED, LogReader, Reader, agent_of, minute_of, referrer_of, target_of
from collector.pieces import Piece
from common.enrich.client import hostname

Bools = npt.NDArray[np.bool_]

_LINE_END, _RETURN, _QUOTE, _BLANK, _BACKSLASH, _DASH, _ZERO = b'\n\r" \\-0'
#: `[17/May/2015:10:05:43 +0200] ` before the first quote, and where the seconds are in it.
_TIME_WIDTH = 29
_SECONDS = (19, 20)
_TIME = re.compile(rb"\[(\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d): ([+-]\d{4})\] ")
#: What stands before the time: a host where the format has one, the address and two names.
_BEFORE = {True: re.compile(r"(\S+) (\S+) \S+ \S+ "), False: re.compile(r"()(\S+) \S+ \S+ ")}
#: Bytes of a status and the blanks around it; digits of a size, of which more are not beyond doubt.
_STATUS, _SIZE = 5, 12
#: Fields that recur from piece to piece are remembered; longer ones would take too much room.
_LONGEST = 200
#: Times that are none.
_UNSURE, _NO_TIME = np.iinfo(np.int64).min, np.iinfo(np.int64).min + 1
_REASONS = (*SKIPPED, *MALFORMED)


def found_in(reader: Reader, piece: Piece) -> Found:
    """What a piece of a file holds: of a log in columns."""
    if not isinstance(reader, LogReader):
        return by_line(reader, piece.lines())
    fresh = piece.fresh()
    return by_column(reader, fresh.data, fresh.number)


def by_column(reader: LogReader, data: bytes, number: int) -> Found:
    """Whole lines, of which the first has this number; the last one may lack its end."""
    lines = _Lines(data)
    read = _Fields(reader, lines)
    unsure = np.ones(len(lines.begins), dtype=bool)
    unsure[read.row[read.sure]] = False
    found = by_line(reader, ((number + row, lines.text(row)) for row in map(int, np.flatnonzero(unsure))))
    skipped, malformed = dict(found.skipped), found.malformed
    for reason, some in read.skipped():
        skipped[reason] = skipped.get(reason, 0) + len(some)
        if reason in MALFORMED:
            malformed += [(number + row, reason) for row in some.tolist()]
    return Found(read.views(number), found.hits, skipped, sorted(malformed))


class _Lines:
    """Where lines begin and end, and where quotes are in them."""

    def __init__(self, data: bytes) -> None:
        self.data, self.bytes = data, np.frombuffer(data, dtype=np.uint8)
        ends = np.flatnonzero(self.bytes == _LINE_END)
        self.ends = ends if data.endswith(b"\n") or not data else np.append(ends, len(data))
        self.begins = np.append(0, self.ends + 1)[: len(self.ends)]

    def text(self, row: int) -> str:
        """A line as `Piece.lines` gives it."""
        return self.data[self.begins[row] : self.ends[row]].decode("utf-8", "replace").rstrip("\r")

    def quoted(self, least: int, most: int | None) -> tuple[Ints, list[Ints]]:
        """The lines with so many quotes, none of them behind a backslash, and the places of the first `least`."""
        quotes = np.flatnonzero(self.bytes == _QUOTE)
        first = np.searchsorted(quotes, self.begins)
        count = np.diff(first, append=len(quotes))
        fits = (count >= least) & (count <= (most or len(quotes)))
        escaped = quotes[self.bytes[quotes - 1] == _BACKSLASH]
        fits[np.searchsorted(self.ends, escaped)] = False
        row = np.flatnonzero(fits)
        first = first[row]
        return row, [quotes[first + place] for place in range(least)]


class _Fields:
    """The fields of lines that have the quotes of their format: where they are, and what distinct ones say."""

    def __init__(self, reader: LogReader, lines: _Lines) -> None:
        self._has_agent = reader.has_agent
        self._lines = lines
        row, quotes = lines.quoted(6, None) if self._has_agent else lines.quoted(2, 2)
        shaped = self._shaped(row, quotes)
        self.row, self._quotes = row[shaped], [places[shaped] for places in quotes]
        begins, opened = lines.begins[self.row], self._quotes[0]
        ahead = partial(_ahead, reader.has_host)
        self._before = spans(lines.data, begins, opened - _TIME_WIDTH).told(ahead)
        self._request = spans(lines.data, opened + 1, self._quotes[1] + _STATUS).told(_asked)
        self._time = self._times()
        self._reason = self._request.each(_place, np.int8)
        self._reason[(self._reason == len(_REASONS)) & (self._time == _NO_TIME)] = _REASONS.index("time")
        known = self._before.each(lambda said: said is not None, np.bool_)
        self.sure = known & (self._reason >= 0) & (self._time != _UNSURE)

    def _shaped(self, row: Ints, quotes: list[Ints]) -> Bools:
        """Which lines have blanks, status and size where they belong."""
        lines, data = self._lines, self._lines.bytes
        opened, closed = quotes[0], quotes[1]
        size = closed + 1 + _STATUS
        fits: Bools
        if self._has_agent:
            end = quotes[2] - 1
            fits = (data[end] == _BLANK) & (quotes[4] == quotes[3] + 2) & (data[quotes[3] + 1] == _BLANK)
        else:
            end = lines.ends[row]
            end = end - (data[end - 1] == _RETURN)
            fits = np.ones(len(row), dtype=bool)
        length = end - size
        fits &= (length > 0) & (length <= _SIZE) & (size + _SIZE <= len(data))
        fits &= opened - _TIME_WIDTH >= lines.begins[row]
        chosen = np.flatnonzero(fits)
        digits = widths(lines.data, size[chosen], _SIZE)
        counts = digits - np.uint8(_ZERO) < 10
        number = (counts | (np.arange(_SIZE) >= length[chosen, None])).all(axis=1)
        dash = (digits[:, 0] == _DASH) & (length[chosen] == 1)
        fits[chosen] = (number | dash) & (data[size[chosen] - 1] == _BLANK) & (data[closed[chosen] + 1] == _BLANK)
        return fits

    def _times(self) -> Ints:
        found = widths(self._lines.data, self._quotes[0] - _TIME_WIDTH, _TIME_WIDTH)
        minutes = rows(np.delete(found, _SECONDS, axis=1))
        begun = minutes.each(_minute, np.int64)
        tens, ones = (found[:, place] - np.uint8(_ZERO) for place in _SECONDS)
        seconds = np.minimum(59, 10 * tens.astype(np.int64) + ones)
        begun[(tens > 9) | (ones > 9)] = _UNSURE
        return np.where(begun > _NO_TIME, begun + 1000 * seconds, begun)

    def skipped(self) -> Iterable[tuple[str, Ints]]:
        """Reasons, and the lines that are skipped for them."""
        for place in np.unique(self._reason[self.sure]).tolist():
            if place < len(_REASONS):
                yield _REASONS[place], self.row[self.sure & (self._reason == place)]

    def views(self, number: int) -> Views:
        """The page views; the first line has this number."""
        chosen = np.flatnonzero(self.sure & (self._reason == len(_REASONS)))
        before = self._before.at(chosen)
        return Views(
            number + self.row[chosen],
            self._time[chosen],
            before.told(lambda said: said[0] if said else ""),
            before.told(lambda said: said[1] if said else ""),
            self._request.at(chosen),
            self._quoted(2, chosen).told(lambda text: referrer_of(_decoded(text))) if self._has_agent else None,
            self._quoted(4, chosen).told(lambda text: agent_of(_decoded(text))) if self._has_agent else None,
        )

    def _quoted(self, quote: int, chosen: Ints) -> Distinct[bytes]:
        return spans(self._lines.data, self._quotes[quote][chosen] + 1, self._quotes[quote + 1][chosen])


def _ahead(has_host: bool, before: bytes) -> tuple[str, str] | None:
    """Host and address; None where something else stands before the time."""
    return _sender(has_host, before) if len(before) <= _LONGEST else _sender.__wrapped__(has_host, before)


@lru_cache(50_000)
def _sender(has_host: bool, before: bytes) -> tuple[str, str] | None:
    match = _BEFORE[has_host].fullmatch(_decoded(before))
    if match is None:
        return None
    return (hostname(match[1]) if has_host else ""), match[2]


def _asked(request: bytes) -> str:
    """What `target_of` tells of a request, its closing quote, a blank and a status; "" where there is no status."""
    return _said(request) if len(request) <= _LONGEST else _said.__wrapped__(request)


@lru_cache(50_000)
def _said(request: bytes) -> str:
    status = request[-3:]
    return target_of(_decoded(request[:-_STATUS]), status.decode()) if status.isdigit() else ""


def _place(said: str) -> int:
    """The place of a reason; behind the last one that of a target, before the first that of what is not sure."""
    if said.startswith("/"):
        return len(_REASONS)
    return _REASONS.index(said) if said else -1


def _minute(text: bytes) -> int:
    match = _TIME.fullmatch(text)
    if match is None:
        return int(_UNSURE)
    found = minute_of(match[1].decode(), match[2].decode())
    return int(_NO_TIME) if found is None else found


def _decoded(text: bytes) -> str:
    return text.decode("utf-8", "replace")
