"""What browsers say of themselves in, dimension values out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.enrich.client import hostname, language, screen


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("de", "de"),
        ("en-gb", "en-GB"),
        ("EN-gb", "en-GB"),
        ("en_US", "en-US"),
        ("zh-hans-cn", "zh-Hans-CN"),
        ("es-419", "es-419"),
        ("de-DE-1996", "de-DE"),
        ("ca-ES-valencia", "ca-ES"),
        ("en-US-x-private", "en-US"),
        ("zh-cmn-Hans-CN", "zh-Hans-CN"),
        ("iw", "he"),
        ("en-GB,en;q=0.9,de;q=0.8", "en-GB"),
        ("en;q=0.5, de-AT ;q=0.9", "de-AT"),
        ("*", ""),
        ("*,fr;q=0.5", "fr"),
        ("fr;q=0", ""),
        ("und", ""),
        ("C", ""),
        ("<script>", ""),
        ("ſk", ""),  # a letter whose capital is an ASCII S
        ("deutsch", ""),
        ("", ""),
        ("en" + "-x" * 200, ""),
    ],
)
def test_language(tag: str, expected: str) -> None:
    assert language(tag) == expected


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ([360, 800], "XS (<576 px)"),
        ((575.5, 800), "XS (<576 px)"),
        ([576, 800], "S (576-767 px)"),
        ([767, 800], "S (576-767 px)"),
        ([768, 1024], "M (768-991 px)"),
        ([992, 1024], "L (992-1439 px)"),
        ([1439, 900], "L (992-1439 px)"),
        ([1440, 900], "XL (>=1440 px)"),
        ([5120, 1440], "XL (>=1440 px)"),
        (None, ""),
        ([], ""),
        ([1440], ""),
        ("42", ""),
        (["1440", "900"], ""),
        ([True, 900], ""),
        ([0, 0], ""),
        ([-1440, 900], ""),
        ([float("nan"), 900], ""),
        ([10**9, 900], ""),
        (1440, ""),
    ],
)
def test_screen(size: object, expected: str) -> None:
    assert screen(size) == expected


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("example.com", "example.com"),
        ("WWW.Example.COM", "example.com"),
        ("example.com.", "example.com"),
        ("example.com:443", "example.com"),
        ("www.example.com:80", "example.com"),
        ("example.com:8080", "example.com:8080"),
        ("localhost:8000", "localhost:8000"),
        ("127.0.0.1", "127.0.0.1"),
        ("[2001:db8::80]", "[2001:db8::80]"),
        ("[::1]:443", "[::1]"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("under_score.example", "under_score.example"),
        ("a" * 63 + ".example", "a" * 63 + ".example"),
        ("a.b" * 100, ""),
        ("two words", ""),
        ("user@example.com", ""),
        ("a..b", ""),
        ("-a.example", ""),
        ("example.com/path", ""),
        ("<b>", ""),
        ("::1", ""),
        ("", ""),
    ],
)
def test_hostname(host: str, expected: str) -> None:
    assert hostname(host) == expected


@given(st.text(st.characters()))
def test_any_text_gives_plain_ascii(text: str) -> None:
    assert hostname(text).isascii()
    assert language(text).isascii()
