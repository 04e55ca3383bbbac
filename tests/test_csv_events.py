"""Rows of an events file, and what is read off them."""

from __future__ import annotations

import csv
import io

import pytest

from collector.csv_events import CsvReader, columns_of, reader_of
from collector.logs import Hit

HEADER = (
    "timestamp,name,user_id,hostname,pathname,referrer,referrer_source,country_code,screen_size,operating_system,browser,"
    "utm_source,utm_medium,utm_campaign,meta.key,meta.value,subdivision1_code,revenue_source_amount,revenue_source_currency"
)
ROW = {
    "timestamp": "2024-03-28 08:45:18",
    "name": "pageview",
    "user_id": "4001",
    "hostname": "www.a.example",
    "pathname": "/docs",
    "revenue_source_amount": r"\N",
    "revenue_source_currency": "\0\0\0",
}


def line(**cells: str) -> str:
    out = io.StringIO()
    row = ROW | {name.replace("__", "."): value for name, value in cells.items()}
    csv.DictWriter(out, HEADER.split(","), restval="", quoting=csv.QUOTE_ALL).writerow(row)
    return out.getvalue().rstrip("\r\n")


def read(text: str) -> Hit | str:
    columns = columns_of(HEADER)
    assert columns
    return CsvReader(columns).read(3, text)


def hit(**cells: str) -> Hit:
    found = read(line(**cells))
    assert isinstance(found, Hit)
    return found


def test_a_page_view() -> None:
    found = hit(country_code="FR", screen_size="Laptop", operating_system="Mac", browser="Chrome")
    assert (found.number, found.site, found.time, found.visitor) == (3, "a.example", 1_711_615_518_000, "4001")
    assert (found.address, found.user_agent, found.country) == ("", None, "FR")
    assert found.agent == ("human", "Desktop", "Chrome", "Mac")
    assert (found.raw.type, found.raw.pathname, found.raw.hostname) == ("pageview", "/docs", "www.a.example")
    assert (found.raw.props, found.raw.revenue, found.given) == (None, None, {})


def test_sources() -> None:
    found = hit(referrer="google.com", referrer_source="Google", utm_source="a b", utm_medium="cpc")
    assert found.raw.referrer == "https://google.com"
    assert found.raw.pathname == "/docs?utm_source=a+b&utm_medium=cpc"
    assert found.given == {"source": "Google"}
    assert hit(referrer="android-app://com.example.app").raw.referrer == "android-app://com.example.app"
    assert hit(referrer_source="Hacker News").raw.pathname == "/docs?source=Hacker+News"


@pytest.mark.parametrize(
    ("names", "values", "props"),
    [
        ("['plan','theme']", "['pro','dark']", {"plan": "pro", "theme": "dark"}),
        (r"['a']", r"['it\'s']", {"a": "it's"}),
        ("[]", "[]", None),
        ("", "", None),
        ("['a'", "['b']", None),
        ("__import__('os')", "['b']", None),
    ],
)
def test_properties(names: str, values: str, props: dict[str, str] | None) -> None:
    assert hit(name="Signup", meta__key=names, meta__value=values).raw.props == props


def test_revenue_and_region() -> None:
    found = hit(revenue_source_amount="9.90", revenue_source_currency="EUR", subdivision1_code="FR-20R")
    assert found.raw.revenue
    assert (found.raw.revenue.amount, found.raw.revenue.currency) == ("9.90", "EUR")
    assert found.given == {"region": "FR-20R"}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (HEADER, "header"),
        ("", "blank"),
        ("2024-03-28,pageview", "format"),
        (line(timestamp="yesterday"), "time"),
        (line(timestamp="1024-03-28 08:45:18"), "time"),
        (line(pathname="docs"), "invalid"),
        (line(user_id=""), "invalid"),
        (line()[:-1], "format"),
    ],
)
def test_lines_that_tell_nothing(text: str, reason: str) -> None:
    assert read(text) == reason


def test_a_header_is_known_by_its_columns() -> None:
    assert columns_of("\ufeff" + HEADER) == HEADER.split(",")
    assert columns_of("timestamp,name") is None
    assert columns_of('"timestamp') is None


def test_a_last_line_without_end_is_whole_only_when_its_last_cell_is_closed() -> None:
    reader = CsvReader(HEADER.split(","))
    assert reader.is_whole(line())
    assert not reader.is_whole(line()[:-1])
    assert not reader.is_whole(line().replace('"', ""))


def free(header: str, columns: str, text: str) -> Hit:
    found = reader_of(header, columns).read(2, text)
    assert isinstance(found, Hit)
    return found


def test_columns_of_other_names() -> None:
    header = "who,what,when,platform,url,plan"
    columns = "visitor=who,event=what,timestamp=when,device=platform,page=url,prop:plan=plan"
    found = free(header, columns, "u1,Signup,2024-03-28T08:45:18,mobile,https://www.a.example/x?y#z,pro")
    assert (found.visitor, found.time, found.raw.type) == ("u1", 1_711_615_518_000, "Signup")
    assert (found.site, found.raw.pathname, found.raw.props) == ("a.example", "/x", {"plan": "pro"})
    assert found.agent
    assert found.agent.device == "Mobile"


def test_what_goes_without_saying() -> None:
    found = free("user_id,timestamp,channel", "", "u1,1711615518,email")
    assert (found.site, found.raw.type, found.raw.pathname, found.raw.hostname) == ("", "pageview", "/", None)
    assert (found.time, found.given) == (1_711_615_518_000, {"channel": "email"})
    assert free("user_id,at,step", "timestamp=at,page=step", "u1,1711615518123,cart").raw.pathname == "/cart"
    assert reader_of("user_id,at", "timestamp=at").read(1, "user_id,at") == "header"
    assert not reader_of("user_id,timestamp", "").has_host
