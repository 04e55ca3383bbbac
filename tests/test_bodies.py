"""Bodies as senders write them, good and bad, and what is made of each."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.bodies import BadBody, parse

GOOD = {"pathname": "/"}
BAD = {"pathname": 3}
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["events", "site", "batch", "pathname", "age", "props", "screen", "revenue", "x"]), inner
        )
    ),
    max_leaves=12,
)


def paths(data: object) -> list[str | None]:
    return [event.pathname for event in parse(json.dumps(data).encode()).events]


def test_three_forms() -> None:
    assert paths(GOOD) == ["/"]
    assert paths([GOOD, {"pathname": "/a"}]) == ["/", "/a"]
    body = parse(b' {"site": "a.com", "batch": "b1", "events": [{"pathname": "/", "type": "Signup"}]}')
    assert (body.site, body.batch, body.dropped) == ("a.com", "b1", {})
    assert [event.type for event in body.events] == ["Signup"]


def test_defaults_and_unknown_fields() -> None:
    (event,) = parse(b'{"pathname": "/", "colour": {"deep": [1]}, "sessionId": [1, {"a": 2}]}').events
    assert (event.type, event.interactive, event.props, event.age) == ("pageview", True, None, None)


@pytest.mark.parametrize(
    ("batch", "expected"),
    [("b1", "b1"), (17, "17"), (10**25, str(10**25)), ("x" * 70, "x" * 64), ("", None), (True, None), (1.5, None)],
)
def test_batch_ids(batch: object, expected: str | None) -> None:
    assert parse(json.dumps({"batch": batch, "events": [GOOD]}).encode()).batch == expected


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "body: expected JSON"),
        (b"pathname=/", "body: expected JSON"),
        (b"[" * 60_000, "body: expected JSON"),
        (b'{"pathname": "/", "x": ' + b"9" * 5_000 + b"}", "body: expected JSON"),
        (b"[]", "events: expected at least one event"),
        (b'{"events": []}', "events: expected at least one event"),
        (b'{"events": {}}', "events: expected an array of events"),
        (b"null", "event: expected `object`, got `null`"),
        (b'["/"]', "event: expected `object`, got `str`"),
        (b'{"pathname": 3}', "pathname: expected `str | null`, got `int`"),
        (b'{"pathname": "/", "age": NaN}', "age: expected"),
        (rb'{"pathname": "/", "age": "\ud800"}', "event: expected Unicode text"),
        (rb'{"pathname": "/", "\ud800": 1}', "event: expected Unicode text"),
        (b'{"pathname": "/", "screen": [1, 2, 3]}', "screen: expected `array` of length 2, got 3"),
        (b'{"pathname": "/", "revenue": {"amount": 5}}', "revenue: object missing required field `currency`"),
        (b'{"pathname": "/", "revenue": {"amount": [], "currency": "EUR"}}', "revenue.amount: expected"),
    ],
)
def test_bad_bodies_name_the_field(data: bytes, message: str) -> None:
    with pytest.raises(BadBody) as raised:
        parse(data)
    assert str(raised.value).startswith(message)


@pytest.mark.parametrize(
    ("bad", "good", "more", "dropped"),
    [
        (0, 100, 0, {}),
        (0, 100, 1, {"too_many": 1}),
        (1, 2, 0, {"invalid": 1}),
        (20, 80, 0, {"invalid": 20}),
        (20, 80, 50, {"invalid": 20, "too_many": 50}),
    ],
)
@pytest.mark.parametrize("form", ["array", "batch"])
def test_a_bad_event_costs_only_itself(form: str, bad: int, good: int, more: int, dropped: dict[str, int]) -> None:
    events = [BAD] * bad + [GOOD] * (good + more)
    body = parse(json.dumps(events if form == "array" else {"events": events}).encode())
    assert [event.pathname for event in body.events] == ["/"] * good
    assert body.dropped == dropped


def test_what_strict_json_refuses_costs_one_event() -> None:
    body = parse(b'[{"pathname": "/a"}, {"pathname": "/\xff"}, {"pathname": "/", "age": Infinity}]')
    assert [event.pathname for event in body.events] == ["/a", "/\N{REPLACEMENT CHARACTER}"]
    assert body.dropped == {"invalid": 1}


@given(JUNK)
def test_junk_is_refused_or_counted(data: object) -> None:
    """Whatever JSON comes, every event of it is usable or dropped, and nothing else is raised."""
    sent = data["events"] if isinstance(data, dict) and "events" in data else data
    try:
        body = parse(json.dumps(data).encode())
    except BadBody:
        return
    assert body.events
    expected = len(sent) if isinstance(sent, list) else 1
    assert len(body.events) + sum(body.dropped.values()) == expected


@given(st.binary(max_size=40))
def test_any_bytes(data: bytes) -> None:
    with contextlib.suppress(BadBody):
        assert parse(data).events
