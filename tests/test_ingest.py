"""Step by step: what an event becomes, and why it is dropped."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from made import ms

from collector import batches
from collector.batches import Batch
from collector.ingest import Draft, Dropped, Steps
from collector.sender import Request
from common.bodies import RawEvent, Revenue
from common.calendars import calendar
from common.enrich.geo import Geo
from common.events import Event
from common.rows import script_argument
from common.visitors import visitor_id

ZONE = "Asia/Kathmandu"
DAYS = calendar(ZONE)
NOW = ms("2026-05-05 12:00", ZONE)
TODAY = DAYS.day(NOW)
UA = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"


class Known:
    """A salt for every day, made of its number; the day before yesterday's is gone."""

    def of(self, site: str, day: int) -> tuple[bytes, bool, int]:
        if day < TODAY - 1:
            raise KeyError(day)
        return b"%032d" % day, False, 0

    def before(self, site: str, day: int) -> tuple[bytes, bool, int] | None:
        return self.of(site, day - 1) if day > TODAY - 1 else None


STEPS = Steps(Known(), Geo(None), DAYS)


def take(raw: RawEvent, now: int = NOW, address: str = "192.0.2.1", agent: str = UA) -> Event | Dropped:
    return STEPS.take(Draft(raw, Request(now, address, agent), "example.com", 0))


def taken(raw: RawEvent, **facts: object) -> Event:
    event = take(raw, **facts)  # type: ignore[arg-type]
    assert isinstance(event, Event)
    return event


#: age, timestamp -> ms before receipt, or why not. Yesterday began 36 h before.
TIMES = [
    (None, None, 0),
    (None, "", 0),
    (1_500.0, None, 1_500),
    (1_500.9, "2020-01-01T00:00:00Z", 1_500),
    (-5.0, None, 0),
    (129_600_000.0, None, 129_600_000),
    (129_600_001.0, None, "old"),
    (float("inf"), None, "old"),
    (None, "2026-05-05T06:14:59.123", 877),
    (None, "2026-05-05T06:14:58.877Z", 1_123),
    (None, "2026-05-05T12:00:00+05:45", 0),
    (None, "2026-05-05T06:15:00.001Z", 0),
    (None, "2999-01-01T00:00:00Z", 0),
    (None, "2026-05-03T18:15:00Z", 129_600_000),
    (None, "2026-05-03T18:14:59.999Z", "old"),
    (None, "0001-01-01", "old"),
    (None, "soon", "invalid"),
    (None, "2026-02-30T00:00:00Z", "invalid"),
    (None, "\ud800", "invalid"),
]


@pytest.mark.parametrize(("age", "timestamp", "expected"), TIMES)
def test_when(age: float | None, timestamp: str | None, expected: int | str) -> None:
    found = take(RawEvent(pathname="/", age=age, timestamp=timestamp))
    assert (found.reason if isinstance(found, Dropped) else NOW - found.time) == expected


def test_timestamps_half_an_hour_apart_stay_half_an_hour_apart() -> None:
    for milli in range(1_000):
        first = taken(RawEvent(pathname="/", timestamp=f"2026-05-05T05:00:00.{milli:03}Z")).time
        second = taken(RawEvent(pathname="/", timestamp=f"2026-05-05T05:30:00.{milli:03}Z")).time
        assert (second - first, first % 1_000) == (1_800_000, milli)


#: Seconds after midnight of an event -> does it carry its id under the salt before?
@pytest.mark.parametrize(("seconds", "carries"), [(0, True), (1_799.999, True), (1_800, False), (40_000, False)])
def test_only_the_first_half_hour_carries_the_id_before(seconds: float, carries: bool) -> None:
    event = taken(RawEvent(pathname="/", age=12 * 3_600_000 - seconds * 1_000))
    assert event.visitor == visitor_id(b"%032d" % TODAY, "example.com", "192.0.2.1", UA)
    yesterday = visitor_id(b"%032d" % (TODAY - 1), "example.com", "192.0.2.1", UA)
    assert event.before == (yesterday if carries else 0)


def test_an_event_takes_the_salt_of_its_own_day() -> None:
    event = taken(RawEvent(pathname="/", age=13 * 3_600_000.0))
    assert event.visitor == visitor_id(b"%032d" % (TODAY - 1), "example.com", "192.0.2.1", UA)


def test_without_the_salt_of_its_day_an_event_is_old() -> None:
    far = Steps(Known(), Geo(None), DAYS, past=True)
    found = far.take(Draft(RawEvent(pathname="/", age=9e8), Request(NOW, "192.0.2.1", UA), "example.com", 0))
    assert found == Dropped("old")


#: pathname -> page, or None where it is invalid.
PATHS = [
    ("/", "/"),
    ("/a?utm_source=x&mail=a@b.c#top", "/a"),
    ("/a#?x", "/a"),
    ("/A%20b/ü", "/A%20b/ü"),
    ("//evil.example/x", "//evil.example/x"),
    ("/\u202egpj.exe\u2066\x00\x1b[31m", "/gpj.exe[31m"),
    ("/\ud800\udfff", "/"),
    ("/" + "a" * 600, "/" + "a" * 511),
    ("/" + "é" * 600, "/" + "é" * 255),
    ("a", None),
    (" /", None),
    ("", None),
    (None, None),
    ("?x=1", None),
    ("=cmd()", None),
]


@pytest.mark.parametrize(("pathname", "page"), PATHS)
def test_where(pathname: str | None, page: str | None) -> None:
    found = take(RawEvent(pathname=pathname))
    assert (found.page if isinstance(found, Event) else None) == page
    if page is None:
        assert found == Dropped("invalid", "pathname: expected a path that begins with /")


def test_properties_are_flat_short_and_few() -> None:
    given = {
        "plan": "pro",
        "n": 3,
        "rate": 0.5,
        "yes": True,
        "no": False,
        "a=b": "c",
        "none": None,
        "list": [1],
        "deep": {"a": 1},
        "empty": "",
        "\u202e": "x",
        "long": "x" * 600,
    }
    expected = {"plan": "pro", "n": "3", "rate": "0.5", "yes": "true", "no": "false", "a_b": "c", "long": "x" * 500}
    assert taken(RawEvent(pathname="/", props=given)).props == expected
    many = {f"key{n}": n for n in range(60)}
    assert len(taken(RawEvent(pathname="/", props=many)).props or ()) == 30
    assert taken(RawEvent(pathname="/", props={"a": None})).props is None


#: amount, currency -> minor units and currency.
MONEY = [
    (9.99, "EUR", (999, "EUR")),
    ("9.99", " eur ", (999, "EUR")),
    (-5, "USD", (-500, "USD")),
    (1500, "JPY", (1500, "JPY")),
    ("1.2345", "KWD", (1234, "KWD")),
    ("", "EUR", (0, "")),
    ("NaN", "EUR", (0, "")),
    ("sNaN", "EUR", (0, "")),
    ("Infinity", "EUR", (0, "")),
    ("1e999999", "EUR", (0, "")),
    ("1e-999999", "EUR", (0, "EUR")),
    ("9" * 60_000, "EUR", (0, "")),
    (1e308, "EUR", (0, "")),
    (5, "EURO", (0, "")),
    (5, "€€€", (0, "")),
    (5, "", (0, "")),
]


@pytest.mark.parametrize(("amount", "currency", "expected"), MONEY, ids=[str(m[:2])[:30] for m in MONEY])
def test_revenue(amount: float | str, currency: str, expected: tuple[int, str]) -> None:
    event = taken(RawEvent(type="Buy", pathname="/", revenue=Revenue(amount, currency)))
    assert (event.amount, event.currency) == expected


def test_signals_alone_carry_engagement_and_clicks() -> None:
    fields = {"pathname": "/", "engaged": 1e12, "scroll": 250.0, "x": -3.0, "y": 7.9, "target": "a#b"}
    page, engagement, click = (taken(RawEvent(type=kind, **fields)) for kind in ("pageview", "engagement", "click"))
    assert [(e.engaged, e.scroll, e.x, e.y, e.target) for e in (page, engagement, click)] == [
        (0, -1, -1, -1, ""),
        (86_400_000, 100, -1, -1, ""),
        (0, -1, 0, 7, "a#b"),
    ]


def test_types_are_names_and_pageviews_are_always_interactive() -> None:
    assert take(RawEvent(pathname="/", type=" \u202e ")) == Dropped("invalid", "type: expected a name")
    assert taken(RawEvent(pathname="/", type=" Sign\x00up ")).type == "Signup"
    assert len(taken(RawEvent(pathname="/", type="x" * 999)).type) == 120
    assert taken(RawEvent(pathname="/", interactive=False)).interactive
    assert not taken(RawEvent(pathname="/", type="Poll", interactive=False)).interactive


TEXT = st.text(st.characters(codec=None, exclude_categories=()), max_size=40) | st.sampled_from(
    ["http://[", "http://[::1", "//", "https://a\ud800.example/?q", "http://user:pass@host:99999/", "android-app://"]
)
NUMBER = st.floats() | st.integers(-(10**300), 10**300).map(float)
RAW = st.builds(
    RawEvent,
    type=st.sampled_from(["pageview", "click", "vitals", "error"]) | TEXT,
    pathname=TEXT.map(lambda text: "/" + text),
    hostname=st.none() | TEXT,
    referrer=st.none() | TEXT,
    timestamp=st.none() | TEXT,
    age=st.none() | NUMBER.filter(lambda number: not math.isnan(number)),
    title=st.none() | TEXT,
    screen=st.none() | st.tuples(NUMBER, NUMBER),
    timezone=st.none() | TEXT,
    language=st.none() | TEXT,
    props=st.none() | st.dictionaries(TEXT, TEXT | NUMBER | st.booleans() | st.integers() | st.none(), max_size=3),
    revenue=st.none() | st.builds(Revenue, amount=NUMBER | TEXT, currency=st.just("EUR") | TEXT),
    engaged=st.none() | NUMBER,
    scroll=st.none() | NUMBER,
    x=st.none() | NUMBER,
    y=st.none() | NUMBER,
    target=st.none() | TEXT,
)


@examples(max_examples=300, deadline=None, derandomize=True)
@given(raw=RAW, address=st.sampled_from(["192.0.2.1", "::1", "fe80::1%eth0", ""]) | TEXT, agent=TEXT)
def test_whatever_is_sent_can_be_journalled_and_given_to_redis(raw: RawEvent, address: str, agent: str) -> None:
    found = take(raw, address=address, agent=agent)
    if isinstance(found, Dropped):
        assert found.reason in ("invalid", "old")
        return
    batch = Batch("example.com", ZONE, NOW, 0, [found])
    assert batches.decode(batches.encode(batch)) == batch
    for text in [found.type, found.page, found.hostname, found.source, found.title, *(found.props or {}).values()]:
        assert len(text.encode()) <= 512
        script_argument(text)
        assert not any(char < " " or "\u202a" <= char <= "\u202e" or "\ud800" <= char <= "\udfff" for char in text)


class Weekly:
    """One salt for all days."""

    def of(self, site: str, day: int) -> tuple[bytes, bool, int]:
        return b"w" * 32, False, 0

    def before(self, site: str, day: int) -> tuple[bytes, bool, int] | None:
        return None


@pytest.mark.parametrize(
    ("salts", "agent", "visitors", "linked"),
    [
        (Known(), UA, 2, True),
        (Weekly(), UA, 1, False),
        (Known(), "curl/8.5.0", 2, False),
        (Weekly(), "curl/8.5.0", 2, False),
    ],
)
def test_a_bot_is_another_one_every_day(salts: Weekly | Known, agent: str, visitors: int, linked: bool) -> None:
    """Under a salt that lives for a week too, and nothing links it over midnight."""
    steps = Steps(salts, Geo(None), DAYS)
    made = [
        steps.take(Draft(RawEvent(pathname="/"), Request(time, "192.0.2.1", agent), "example.com", 0))
        for time in (DAYS.start(TODAY) - 60_000, DAYS.start(TODAY) + 60_000)
    ]
    events = [item for item in made if isinstance(item, Event)]
    assert len({event.visitor for event in events}) == visitors
    assert any(event.before for event in events) is linked


@pytest.mark.parametrize(
    ("screen", "props", "expected"),
    [
        (None, None, (0, -1, -1, None)),
        ((393.0, 800.0), {"across": 75, "down": 0.9}, (390, 75, 0, None)),
        ((1366.0, 1.0), {"across": 101, "down": -1, "plan": "pro"}, (1360, -1, -1, {"plan": "pro"})),
        ((1e9, 1.0), {"across": "7", "down": True}, (20_000, -1, -1, None)),
        ((-5.0, 1.0), {"down": ["x"]}, (0, -1, -1, None)),
    ],
)
def test_where_a_click_fell(screen: tuple[float, float] | None, props: dict | None, expected: tuple) -> None:
    event = taken(RawEvent(type="click", pathname="/", screen=screen, props=props))
    assert (event.width, event.across, event.down, event.props) == expected


def test_vitals_keep_measures_alone() -> None:
    props = {"lcp": 1234.5678, "cls": 0.01234, "inp": "7", "ttfb": -1, "user": "jane@example.com"}
    event = taken(RawEvent(type="vitals", pathname="/", props=props))
    assert event.props == {"lcp": "1235", "cls": "0.0123"}
    for nothing in (None, {}, {"lcp": "fast"}, {"plan": "pro"}):
        dropped = take(RawEvent(type="vitals", pathname="/", props=nothing))
        assert dropped == Dropped("invalid", "props: expected lcp, inp, fcp or ttfb in ms, or cls")


@pytest.mark.parametrize(
    ("props", "kept"),
    [
        ({"message": "no user jane@example.com /a?t=1 12"}, {"message": "no user {email} /a 12"}),
        ({"message": "x " * 249 + "jane@example.com"}, {"message": ("x " * 100).strip()}),
        (
            {"message": "y", "release": "2026-05-05.1234567", "user": "jane"},
            {"message": "y", "release": "2026-05-05.1234567"},
        ),
        ({"message": 5, "release": {}}, {"message": ""}),
        (None, {"message": ""}),
    ],
)
def test_errors_keep_a_masked_message(props: dict | None, kept: dict) -> None:
    assert taken(RawEvent(type="error", pathname="/", props=props)).props == kept
