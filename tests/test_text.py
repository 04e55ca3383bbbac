"""Strings of visitors in, what is kept of them out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.enrich.text import clean


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        ("/pricing", 512, "/pricing"),
        ("  two words ", 512, "two words"),
        ("abcdef", 4, "abcd"),
        ("abc def", 4, "abc"),  # no space is left at the cut
        ("a\x00b\x1fc\x7fd\x85e\r\nf", 512, "abcdef"),
        ("user\u202egpj.exe", 512, "usergpj.exe"),
        ("\u2066a\u2069 \u200eb\u200f\u061c", 512, "a b"),
        ("\ufeffstart", 512, "start"),
        ("line\u2028break", 512, "linebreak"),
        ("half\ud83d", 512, "half"),
        ("größe", 4, "grö"),  # ö takes two bytes
        ("größe", 3, "gr"),
        ("日本語", 7, "日本"),
        ("👩‍💻", 512, "👩‍💻"),  # the joiner inside an emoji stays
        ("", 10, ""),
        ("\x00\x01", 10, ""),
        ("abc", 0, ""),
    ],
)
def test_clean(text: str, limit: int, expected: str) -> None:
    assert clean(text, limit) == expected


@given(st.text(st.characters()), st.integers(0, 40))
def test_any_text_fits_prints_and_is_clean_already_the_second_time(text: str, limit: int) -> None:
    once = clean(text, limit)
    assert len(once.encode()) <= limit
    assert not set(once) & {*map(chr, range(32)), "\u202e", "\ufeff"}
    assert clean(once, limit) == once
