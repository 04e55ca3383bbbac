"""Messages of errors without what may tell of a person."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.enrich.error_text import MOST, error_text

AS_IT_IS = [
    "Script error.",
    "Uncaught TypeError: Cannot read properties of undefined (reading 'a')",
    "evaluating 'a?.b'",
    "Unexpected token '<', line 12",
    "Unexpected token: o in JSON at position 1",
    "Loading chunk 12 failed. (error: https://example.com/js/chunk-vendors.12.js)",
    "react@18.2.0 is no address",
    "12:30:45 Error: 404 Not Found",
    "Session expired, no password given",
    "getElementsByTagNameNSAndSomethingElse is not a function",
    "функция не найдена",
]
MASKED = [
    ("at https://example.com/app.js?v=3#top 12", "at https://example.com/app.js 12"),
    ("GET /api/users?name=jo&x=1 failed", "GET /api/users failed"),
    ("see https://example.com?mail=a%40b.de", "see https://example.com"),
    ("?q=my+name&x=1", ""),
    ("https://jo:secret@example.com/x", "https://example.com/x"),
    ("no user jane.doe+x@mail.example.com!", "no user {email}!"),
    ("no user jane%40example.com", "no user {email}"),
    ("jo@localhost is gone", "{email} is gone"),
    ("jörg@müller.de is gone", "{email} is gone"),
    ("order 12345 and /orders/1234567", "order {number} and /orders/{number}"),
    ("call +49 170 1234567, 4111 1111 1111 1111", "call {number}, {number}"),
    ("550e8400-e29b-41d4-a716-446655440000 is gone", "{id} is gone"),
    ("main.3f2a9bc1d2.js, 0x and deadbeef1", "main.{id}.js, 0x and {id}"),
    ("ghp_16C7e42F292c6912E7710c838347Ae178B4a", "{id}"),
    ("password: hunter2, access_token=abc", "password: {id}, access_token={id}"),
    ("Authorization: Bearer eyJhbGciOi.J9x.y", "Authorization: {id}"),
    ("192.168.1.20:8080 and fe80::1:2:3:4 refused", "{ip}:8080 and {ip} refused"),
    ("data:text/html;base64,SGFsbG8= is blocked", "data: is blocked"),
    ("two\n  lines\t\x00\u202e", "two lines"),
    ("x" * 300, "x" * MOST),
    ("x " * 499 + "jane.doe@example.com", ("x " * 100).strip()),
    ("y" * 995 + "jane@example.com", "{id}"),
]


@pytest.mark.parametrize("message", AS_IT_IS)
def test_what_tells_errors_apart_stays(message: str) -> None:
    assert error_text(message) == message


@pytest.mark.parametrize(("message", "expected"), MASKED)
def test_what_tells_of_people_goes(message: str, expected: str) -> None:
    assert error_text(message) == expected


@given(st.text(alphabet=st.sampled_from("a1f@.%/?=#&:- {}_\n\"'é😀"), max_size=80) | st.text())
def test_any_text_becomes_a_short_line(message: str) -> None:
    once = error_text(message)
    assert len(once) <= MOST
    assert once == " ".join(once.split())


@given(
    before=st.sampled_from(["", "no user ", "(", "https://example.com/u/", "x='", "to:"]),
    name=st.from_regex(r"[a-z][a-z0-9.+_-]{0,20}", fullmatch=True),
    host=st.from_regex(r"[a-z][a-z0-9-]{1,10}(\.[a-z]{2,6}){1,2}", fullmatch=True),
    after=st.sampled_from(["", " is gone", "!", "'", ")", "?a=1", "/edit"]),
)
def test_no_mail_address_stays(before: str, name: str, host: str, after: str) -> None:
    kept = error_text(f"{before}{name}@{host}{after}")
    assert "@" not in kept
    assert host not in kept


@pytest.mark.parametrize(
    "part",
    ["a", "/", "-", "_", "1 ", "1/", "a=/", "?a", "&a=", "x@", "a.", "a_", "ab-", "token ", "token=", "eyJ.", "0:"],
)
def test_no_text_takes_long(part: str) -> None:
    """In linear time: a text of 1,000 characters takes less than a millisecond, a quadratic pattern takes 20."""
    begun = time.process_time()
    for _ in range(20):
        error_text(part * (1_000 // len(part)))
    assert time.process_time() - begun < 20 * 0.01
