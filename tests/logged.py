"""Lines of logs for property tests: mostly well formed, some hostile, some broken at any place."""

from __future__ import annotations

from hypothesis import strategies as st

from collector.logs import FORMATS
from collector.pieces import Piece

NAMES = FORMATS

#: What parts fields, what only seems to, and bytes that are no text.
ODD = [b'"', b"\\", b" ", b"\t", b"\r", b"\x0b", b"\x1c", b"\x00", b"-", b"7", b"[", b"\xc2\x85", b"\xc2\xa0"]
ODD += [
    "\u0667".encode(),
    "\u2028".encode(),
    "\u202e".encode(),
    b"\xff",
    b"\xc3",
    b"\xe2\x80",
    b'\\"',
    b"\\\\",
    b"\\x22",
]

#: Field -> what stands there in a usual line, and what may stand there in others.
_FIELDS: dict[str, tuple[list[bytes], list[bytes]]] = {
    "host": (
        [b"a.example", b"www.a.example:443", b"www.www.b.example:8080"],
        [b"B.example", b"-", b"m\xc3\xbcller.example", b'"', b"a b", b""],
    ),
    "address": (
        [b"192.0.2.1", b"192.0.2.2", b"2001:db8::1", b"2001:db8::2", b"host.example"],
        [b"::ffff:192.0.2.1", b"192.0.2.1%x", b"-", b'"', b"\xff", b"a\xc2\xa0b", b""],
    ),
    "identity": ([b"-"], [b"x", b'"x"', b"a b", b""]),
    "user": ([b"-", b"bob"], [b'"', b"a\\x20b", b"\xff", b"\xc2\xa0", b"a b", b"\x1c", b""]),
    "day": (
        [b"17/May/2025", b"18/May/2025"],
        [b"31/Feb/2025", b"01/Jan/1969", b"01/Jan/1970", b"17/Mai/2025", b"17/may/2025", b"17/May/9999", b"7/May/2025"],
    ),
    "clock": (
        [b"10:05:43", b"00:00:00", b"00:29:59", b"18:15:00", b"18:44:59", b"18:45:00"],
        [b"23:59:59", b"23:59:60", b"10:05:99", b"24:00:00", b"10:65:00", b"1\xd9\xa7:00:00", b"10:05:4x"],
    ),
    "offset": ([b"+0000", b"+0545"], [b"-1200", b"+1400", b"+9999", b"0000", b"+00:00"]),
    "method": ([b"GET "], [b"HEAD ", b"POST ", b"get ", b"GET", b"GET  ", b""]),
    "target": (
        [b"/", b"/a", b"/b?utm_source=x", b"/A%20b?ref=y#top", b"/x.css"],
        [b"/robots.txt", b"/two words", b"*", b"http://x.example/", b"", b"/" + b"x" * 600, b"/\\x22\\xE9?ref=\\x22"],
    ),
    "query": ([b""], [b"%0a\xe2\x80\xae", b"/", b"?#b?ref=c", b'\\"', b'"', b"caf\xc3\xa9?ref=\xff", b"\\\\", b"\\"]),
    "protocol": ([b" HTTP/1.1", b" HTTP/2.0"], [b"", b" FTP", b" HTTP/", b" http/1.1"]),
    "status": ([b"200", b"304"], [b"404", b"20", b"2000", b"abc", b"\xd9\xa7\xd9\xa7\xd9\xa7", b""]),
    "size": ([b"0", b"12", b"-"], [b"123456789012", b"1234567890123", b"", b"x", b"1-", b"--", b"\xd9\xa7", b"1 2"]),
    "referrer": (
        [b"-", b"https://www.google.com/", b"http://a.example/x"],
        [b"", b"https://t.co/\\x22", b"junk", b"\xff", b'a\\"b', b'a"b', b"android-app://com.example.x"],
    ),
    "agent": (
        [b"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", b"Googlebot/2.1", b"GPTBot/1.2"],
        [b"-", b"", b'a \\"b\\" c', b"\\x22\\xE9\\\\", b"caf\xc3\xa9", b"\xff\xfe", b"x" * 1_100, b'a"b', b"\\"],
    ),
    "gap": ([b" "], [b"", b"  ", b"x", b"\t", b' "" ']),
    "blank": ([b" "], [b"", b"  ", b"x", b"\t", b" x "]),
    "end": ([b"", b"\r"], [b' "-"', b' "', b" x", b" ", b"\t\r", b"\r\r", b' "-" "x"']),
}
_HEAD = b"%(address)s %(identity)s %(user)s [%(day)s:%(clock)s %(offset)s] "
_HEAD += b'"%(method)s%(target)s%(query)s%(protocol)s"%(gap)s%(status)s %(size)s'
_LINES = {
    "combined": _HEAD + b' "%(referrer)s"%(blank)s"%(agent)s"%(end)s',
    "vhost": b"%(host)s " + _HEAD + b' "%(referrer)s"%(blank)s"%(agent)s"%(end)s',
    "common": _HEAD + b"%(end)s",
}


@st.composite
def _line(draw: st.DrawFn, name: str) -> bytes:
    """A line, at most two of whose fields are not usual."""
    odd = draw(st.sets(st.sampled_from(sorted(_FIELDS)), max_size=2)) if draw(st.booleans()) else set()
    fields = {field: draw(st.sampled_from(choices[field in odd])) for field, choices in _FIELDS.items()}
    return _LINES[name] % {field.encode(): text for field, text in fields.items()}


@st.composite
def _broken(draw: st.DrawFn, name: str) -> bytes:
    """A line that is cut, or with something left out of it or put into it at any place."""
    line = draw(_line(name))
    if draw(st.booleans()):
        return line[: draw(st.integers(0, len(line)))]
    for _ in range(draw(st.integers(1, 2))):
        place = draw(st.integers(0, len(line)))
        line = line[:place] + draw(st.sampled_from([b"", *ODD])) + line[place + draw(st.integers(0, 2)) :]
    return line


def pieces(name: str) -> st.SearchStrategy[bytes]:
    """Some lines of a format; the last may have no end."""
    other = st.sampled_from([b"", b"\r", b" ", b'"' * 6, b'"\\"' * 3, b'"" 200 1 "" ""', b"no log line"])
    line = st.one_of(_line(name), _line(name), _line(name), _broken(name), other)
    return st.tuples(st.lists(line, min_size=1, max_size=12), st.booleans()).map(
        lambda drawn: b"\n".join(drawn[0]) + b"\n" * drawn[1]
    )


def piece_of(data: bytes, number: int = 1) -> Piece:
    """A file's piece that begins at this line."""
    return Piece(b"", b"", data, None, number, data.count(b"\n"), False)
