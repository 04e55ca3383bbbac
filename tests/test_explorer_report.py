"""A summary as Markdown and as a mail whose two parts tell the same."""

from __future__ import annotations

import explorer_site as site
import pytest
import redis as redis_py
from test_explorer_snapshot import made

from explorer import report


def test_markdown(redis: redis_py.Redis) -> None:
    site.ordinary(redis)
    text = report.markdown(made(redis))
    assert text.startswith("# shop.example\n")
    assert "| Visitors | 3 |  |\n| Visits | 3 |  |\n" in text
    assert "## Countries\n\n| Countries | Visitors | Share |\n| --- | ---: | ---: |\n| Germany | 2 | 66.7% |\n" in text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("/plain-path.html", "/plain-path.html"),
        ("a|b", "a\\|b"),
        ("![i](x)", "\\!\\[i\\](x)"),
        ("two\nlines", "two lines"),
    ],
)
def test_safe(text: str, shown: str) -> None:
    assert report.safe(text) == shown


def test_message(redis: redis_py.Redis) -> None:
    site.ordinary(redis)
    mail = report.message(made(redis), "stats@example.com", ["ann@example.com", "bob@example.com"])
    assert mail["Subject"].startswith("shop.example: 3 visitors, ")
    assert mail["To"] == "ann@example.com, bob@example.com"
    plain, html = mail.iter_parts()
    assert plain.get_content().startswith("# shop.example")
    assert "<h1>shop.example</h1>" in html.get_content()
