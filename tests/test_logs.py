"""Single lines of every log format, and what is read off them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from collector.logs import MALFORMED, SKIPPED, LogReader, fitting, unescape

COMBINED = '192.0.2.7 - - [17/May/2015:10:05:43 +0200] "{}" {} 12 "https://www.a.example/x" "Mozilla/5.0"'


def read(name: str, line: str) -> object:
    return LogReader(name).read(7, line)


def test_a_combined_line() -> None:
    hit = read("combined", COMBINED.format("GET /a%20B?q=1#top HTTP/1.1", 200))
    assert not isinstance(hit, str)
    assert hit.number == 7
    assert datetime.fromtimestamp(hit.time / 1000, UTC).isoformat() == "2015-05-17T08:05:43+00:00"
    assert (hit.address, hit.user_agent, hit.site) == ("192.0.2.7", "Mozilla/5.0", "")
    assert (hit.raw.pathname, hit.raw.referrer) == ("/a%20B?q=1#top", "https://www.a.example/x")


def test_a_common_line_has_no_user_agent_to_judge_by() -> None:
    hit = read("common", 'host.example - - [09/Jul/1995:00:00:07 -0400] "GET /ksc.html" 200 -')
    assert not isinstance(hit, str)
    assert (hit.address, hit.user_agent, hit.raw.referrer, hit.raw.pathname) == (
        "host.example",
        None,
        None,
        "/ksc.html",
    )
    assert hit.time == 805_262_407_000


@pytest.mark.parametrize(
    ("host", "site"),
    [
        ("www.shop.example:80", "shop.example"),
        ("Shop.example:443", "shop.example"),
        ("shop.example:8080", "shop.example:8080"),
        ("shop.example", "shop.example"),
        ("-", ""),
    ],
)
def test_a_vhost_line_names_its_site(host: str, site: str) -> None:
    hit = read("vhost", f"{host} {COMBINED.format('GET / HTTP/1.1', 200)}")
    assert not isinstance(hit, str)
    assert (hit.site, hit.address, hit.user_agent) == (site, "192.0.2.7", "Mozilla/5.0")


REASONS = """
    GET /page HTTP/1.1              200 -
    GET /page HTTP/1.1              304 -
    GET /page HTTP/1.1              404 status
    GET /page HTTP/1.1              206 status
    POST /page HTTP/1.1             200 method
    HEAD / HTTP/1.1                 200 method
    GET /style.css HTTP/1.1         200 static
    GET /STYLE.CSS?v=1 HTTP/1.1     200 static
    GET /feed.xml#a HTTP/1.1        200 static
    GET /robots.txt HTTP/1.1        200 static
    GET /favicon.ico HTTP/1.1       200 static
    GET /a.css/ HTTP/1.1            200 -
    GET /css HTTP/1.1               200 -
    GET /slides.pdf.html HTTP/1.1   200 -
    GET /?file=a.css HTTP/1.1       200 -
    GET /two words HTTP/1.0         200 -
    GET /old                        200 -
    GET http://x.example/ HTTP/1.1  200 request
    OPTIONS * HTTP/1.1              200 request
    \\x16\\x03\\x01                 400 request
    -                               408 request
"""


@pytest.mark.parametrize("row", [line.rsplit(maxsplit=2) for line in REASONS.strip().splitlines()], ids=str)
def test_what_is_a_page_view(row: list[str]) -> None:
    request, status, reason = row
    found = read("combined", COMBINED.format(request.strip(), status))
    assert (found if isinstance(found, str) else "-") == reason


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("", "blank"),
        ("no log line", "format"),
        ("192.0.2.7 - - [17/May/2015:10:05:43 +0200]", "format"),
        ('192.0.2.7 - a b [17/May/2015:10:05:43 +0200] "GET / HTTP/1.1" 200 1 "-" "x"', "format"),
        ('192.0.2.7 - - [31/Feb/2015:10:05:43 +0200] "GET / HTTP/1.1" 200 1 "-" "x"', "time"),
        ('192.0.2.7 - - [17/Mai/2015:10:05:43 +0200] "GET / HTTP/1.1" 200 1 "-" "x"', "time"),
        ('192.0.2.7 - - [17/May/1015:10:05:43 +0200] "GET / HTTP/1.1" 200 1 "-" "x"', "time"),
    ],
)
def test_lines_that_tell_nothing(line: str, reason: str) -> None:
    assert read("combined", line) == reason
    assert reason in SKIPPED | MALFORMED


def test_a_cut_user_agent_counts_only_once_its_line_has_ended() -> None:
    reader, line = LogReader("combined"), COMBINED.format("GET / HTTP/1.1", 200)
    assert reader.is_whole(line)
    assert not reader.is_whole(line[:-1])
    assert not isinstance(reader.read(1, line[:-1]), str)
    vhost = LogReader("vhost")
    assert vhost.is_whole(f"a.example {line}")
    assert not vhost.is_whole("a.example " + line.partition(' "https')[0])


def test_quotes_that_the_server_escaped() -> None:
    line = COMBINED.format("GET / HTTP/1.1", 200).replace("Mozilla/5.0", 'a \\"b\\" c')
    hit = read("combined", line)
    assert not isinstance(hit, str)
    assert hit.user_agent == 'a "b" c'
    assert unescape("\\x22\\xE9\\\\n") == '"\xe9\\n'


def test_which_format_fits() -> None:
    combined = COMBINED.format("GET / HTTP/1.1", 200)
    common = combined.partition(' "https')[0]
    assert fitting([combined]) == {"vhost": 0, "combined": 1, "common": 0}
    assert fitting([common]) == {"vhost": 0, "combined": 0, "common": 1}
    assert fitting([f"a.example:80 {combined}"]) == {"vhost": 1, "combined": 0, "common": 0}
