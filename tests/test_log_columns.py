"""Logs read in columns: the same page views, skipped and malformed lines as line by line, whatever stands in them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from logged import NAMES, piece_of, pieces

from collector.found import Found, by_line
from collector.log_columns import by_column, found_in
from collector.logs import LogReader
from collector.pieces import Piece

GET = '192.0.2.{} - - [17/May/2025:10:05:{} +0200] "GET {} HTTP/1.1" {} {} "{}" "{}"'


def lines(*rows: tuple[object, ...]) -> bytes:
    return "".join(GET.format(*row) + "\n" for row in rows).encode()


def told(found: Found) -> list[tuple[object, ...]]:
    """Page views that were read in columns, a row each."""
    views = found.views
    assert views is not None
    columns = [views.number.tolist(), [time // 1_000 % 60 for time in views.time.tolist()]]
    for part in (views.address, views.target, views.referrer, views.agent):
        columns.append([part.values[place] for place in part.places.tolist()] if part else [None] * len(columns[0]))
    return list(zip(*columns, strict=True))


def test_what_is_read_in_columns() -> None:
    data = lines(
        (1, "43", "/a", 200, 12, "https://x.example/", "Firefox"),
        (2, "99", "/b?q=1", 304, "-", "-", ""),
        (1, "44", "/a.css", 200, 12, "-", "Firefox"),
        (3, "45", "/c", 404, 1234567890, "-", "Firefox"),
        (3, "46", "/a", 200, 0, "", 'x\\x22y" "more'),
    )
    found = by_column(LogReader("combined"), data, 7)
    assert told(found) == [
        (7, 43, "192.0.2.1", "/a", "https://x.example/", "Firefox"),
        (8, 59, "192.0.2.2", "/b?q=1", "", ""),
        (11, 46, "192.0.2.3", "/a", "", 'x"y'),
    ]
    assert (found.hits, found.skipped, found.malformed) == ([], {"static": 1, "status": 1}, [])


def test_a_line_that_is_not_beyond_doubt_goes_to_the_reader() -> None:
    plain = GET.format(1, "43", "/a", 200, 12, "-", "Firefox")
    doubtful = [
        plain.replace("Firefox", 'a \\"b\\" c'),
        plain.replace("17/May", "1\u0667/May"),
        plain[:-1],
        plain.replace(" 12 ", " 1234567890123 "),
    ]
    broken = [plain.replace(" - -", " - - -"), plain.replace("+0200", "0200"), "", "no log line"]
    found = by_column(LogReader("combined"), "\n".join([plain, *doubtful, *broken]).encode(), 1)
    assert [row[0] for row in told(found)] == [1]
    assert [hit.number for hit in found.hits] == [2, 3, 4, 5]
    assert found.malformed == [(6, "format"), (7, "format"), (9, "format")]
    assert found.skipped == {"format": 3, "blank": 1}


@pytest.mark.parametrize(("time", "reason"), [("31/Feb/2025", "time"), ("17/May/1969", "time"), ("17/May/2025", None)])
def test_a_time_that_is_none(time: str, reason: str | None) -> None:
    data = lines((1, "43", "/a", 200, 12, "-", "x"), (1, "43", "/a.css", 200, 12, "-", "x"))
    found = by_column(LogReader("combined"), data.replace(b"17/May/2025", time.encode()), 1)
    assert found.malformed == ([(1, reason)] if reason else [])
    assert found.skipped == {"static": 1} | ({reason: 1} if reason else {})


def test_hosts_and_formats_without_agents() -> None:
    vhost = b"".join(
        host + b" " + lines((1, "43", "/a", 200, 12, "-", "Firefox")) for host in (b"www.A.example:80", b"-")
    )
    views = by_column(LogReader("vhost"), vhost, 1).views
    assert views
    assert [views.host.values[place] for place in views.host.places.tolist()] == ["a.example", ""]
    common = lines((1, "43", "/a", 200, 12, "-", "x"), (1, "44", "/b", 200, 12, "-", "x")).replace(b' "-" "x"', b"\r")
    found = by_column(LogReader("common"), common, 1)
    assert told(found) == [(1, 43, "192.0.2.1", "/a", None, None)]
    assert [hit.number for hit in found.hits] == [2]  # too near the end to look at as many bytes as a size may have


def test_the_rest_of_a_line_that_was_taken_before_is_left_out() -> None:
    data = lines((1, "43", "/a", 200, 12, "-", "Firefox"), (1, "44", "/b", 200, 12, "-", "Firefox"))
    piece = Piece(b"", b"", data, None, 5, 2, True)
    assert [row[:2] for row in told(found_in(LogReader("combined"), piece))] == [(6, 44)]
    rest = found_in(LogReader("combined"), piece._replace(data=b"of a line", ends=0))
    assert (rest.size(), rest.skipped) == (0, {})


@examples(max_examples=300, deadline=None)
@given(st.sampled_from(NAMES).flatmap(lambda name: st.tuples(st.just(name), pieces(name))))
def test_columns_tell_what_lines_tell(drawn: tuple[str, bytes]) -> None:
    name, data = drawn
    reader = LogReader(name)
    by_columns, by_lines = by_column(reader, data, 3), by_line(reader, piece_of(data, 3).lines())
    assert by_columns.skipped == by_lines.skipped
    assert by_columns.malformed == by_lines.malformed
    assert by_columns.size() == by_lines.size()
    columns, whole = by_columns.by_site(None), by_lines.by_site(None)
    assert columns.keys() == whole.keys()
    assert [(columns[site].size(), columns[site].first()) for site in whole] == [
        (found.size(), found.first()) for found in whole.values()
    ]
