"""Numbers, dates and anybody's text, as people read them."""

from __future__ import annotations

from datetime import date

import pytest

from explorer import labels

NAN = float("nan")


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0"),
        (999, "999"),
        (12345, "12,345"),
        (999_999, "999,999"),
        (1_234_567, "1.23M"),
        (2.5e9, "2.50B"),
        (NAN, "–"),
    ],
)
def test_count(number: float, text: str) -> None:
    assert labels.count(number) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0s"), (59.4, "59s"), (59.6, "1m 00s"), (100.3, "1m 40s"), (3599.7, "1h 00m"), (7380, "2h 03m"), (NAN, "–")],
)
def test_duration(seconds: float, text: str) -> None:
    assert labels.duration(seconds) == text


def test_rates() -> None:
    assert [labels.percent(0.4286), labels.percent(NAN), labels.ratio(2.637), labels.ratio(NAN)] == [
        "42.9%", "–", "2.64", "–",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("start", "end", "text"),
    [
        (date(2026, 11, 25), date(2026, 11, 25), "Wed 25 Nov 2026"),
        (date(2026, 11, 1), date(2026, 11, 25), "1–25 Nov 2026"),
        (date(2026, 10, 29), date(2026, 11, 25), "29 Oct – 25 Nov 2026"),
        (date(2025, 12, 1), date(2026, 1, 2), "1 Dec 2025 – 2 Jan 2026"),
        (date(2025, 11, 1), date(2026, 11, 2), "1 Nov 2025 – 2 Nov 2026"),
    ],
)
def test_span(start: date, end: date, text: str) -> None:
    assert labels.span(start, end) == text


@pytest.mark.parametrize(
    ("dimension", "text", "shown"),
    [
        ("country", "DE", "Germany"),
        ("country", "(none)", "(none)"),
        ("country", "ZZ", "ZZ"),
        ("class", "ai", "AI agents"),
        ("page", "DE", "DE"),
    ],
)
def test_value(dimension: str, text: str, shown: str) -> None:
    assert labels.value(dimension, text) == shown


def test_title() -> None:
    assert [labels.title("entry_page"), labels.title("prop:plan")] == ["Entry page", "plan"]


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("plain text", "plain text"),
        ("![i](http://e)", "\\!\\[i\\]\\(http\\:\u2060\\/\\/e\\)"),
        ("<b>:red[x] $y$ `z` #1 a_b*c~", r"\<b\>\:red\[x\] \$y\$ \`z\` \#1 a\_b\*c\~"),
        ("two\nlines\t!", r"two lines \!"),
        ("grün", "grün"),
        ("WWW.e x@e.f", "WWW\u2060\\.e x\u2060\\@e\\.f"),
        ("\u202egnp.exe\x00", r"gnp\.exe"),
    ],
)
def test_markdown(text: str, escaped: str) -> None:
    assert labels.markdown(text) == escaped


def test_markdown_is_cut_before_it_is_escaped() -> None:
    assert labels.markdown("[" * 100, 10) == r"\[" * 9 + "…"


def test_hover() -> None:
    assert labels.hover('<a href="x">%{y}&') == "&lt;a href=&quot;x&quot;&gt;%&#123;y}&amp;"


def test_explanations() -> None:
    assert labels.explanations(["/", "(none)"]) == ["(none): not set or not known"]
    assert labels.explanations(["(other)"])[0].startswith("(other): values beyond the day's cap")
    assert labels.explanations(["/"]) == []


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0 B"), (999, "999 B"), (1_000, "1 KB"), (12_345, "12.3 KB"), (999_600, "1,000 KB"), (4_567_000, "4.57 MB"),
     (268_435_456, "268 MB"), (2.2e9, "2.2 GB"), (1.1e12, "1.1 TB")],
)  # fmt: skip
def test_size(number: float, text: str) -> None:
    assert labels.size(number) == text
