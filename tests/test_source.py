"""Hosts, packages and tags in, known sites out."""

import pytest

from common.enrich.source import Site, site_of_host, site_of_tag


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("google.com", ("Google", "search")),
        ("google.de", ("Google", "search")),
        ("google.co.uk", ("Google", "search")),
        ("images.google.com.au", ("Google", "search")),
        ("news.google.fr", ("Google News", "search")),
        ("mail.google.com", ("Gmail", "email")),
        ("gemini.google.com", ("Gemini", "ai")),
        ("docs.google.com", ("Google Docs", "")),
        ("com.google.android.gm", ("Gmail", "email")),
        ("com.google.android.googlequicksearchbox", ("Google", "search")),
        ("de.search.yahoo.com", ("Yahoo", "search")),
        ("mail.yahoo.com", ("Yahoo Mail", "email")),
        ("search.yahoo.co.jp", ("Yahoo! Japan", "search")),
        ("yandex.com.tr", ("Yandex", "search")),
        ("l.facebook.com", ("Facebook", "social")),
        ("t.co", ("X (Twitter)", "social")),
        ("old.reddit.com", ("Reddit", "social")),
        ("news.ycombinator.com", ("Hacker News", "social")),
        ("m.youtube.com", ("YouTube", "video")),
        ("amazon.co.jp", ("Amazon", "shopping")),
        ("chatgpt.com", ("ChatGPT", "ai")),
        ("claude.ai", ("Claude", "ai")),
        ("perplexity.ai", ("Perplexity", "ai")),
        ("copilot.microsoft.com", ("Copilot", "ai")),
        ("search.brave.com", ("Brave Search", "search")),
        ("open.spotify.com", ("Spotify", "audio")),
        ("de.wikipedia.org", ("Wikipedia", "")),
        ("github.com", ("GitHub", "")),
        # not theirs, though the names look alike
        ("notgoogle.com", None),
        ("google.example.com", None),
        ("google.com.example.org", None),
        ("brave.com", None),
        ("somebody.li", None),  # `li` is LinkedIn as a tag only
        ("com", None),
        ("", None),
    ],
)
def test_site_of_host(host: str, expected: tuple[str, str] | None) -> None:
    assert site_of_host(host) == (Site(*expected) if expected else None)


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("google", "Google"),
        ("Google", "Google"),
        ("google.com", "Google"),
        ("fb", "Facebook"),
        ("ig", "Instagram"),
        ("twitter", "X (Twitter)"),
        ("hackernews", "Hacker News"),
        ("www.producthunt.com", "Product Hunt"),
        ("https://news.ycombinator.com/item", "Hacker News"),
        ("chatgpt.com", "ChatGPT"),
        ("newsletter", None),
        ("target", None),  # a common word is no shop
        ("blog.example.com", None),
        ("see google.com", None),
    ],
)
def test_site_of_tag(tag: str, expected: str | None) -> None:
    site = site_of_tag(tag)
    assert (site and site.name) == expected
