"""Referrers and query strings in, source, referrer and channel out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.enrich.acquisition import Acquisition, acquisition, own_hosts

OWN = own_hosts("example.com", "www.example.com")


def test_own_hosts() -> None:
    assert own_hosts("example.com", "WWW.Blog.example.com:443") == {"example.com", "blog.example.com"}
    assert own_hosts("localhost:8000", "") == {"localhost"}


@pytest.mark.parametrize(
    ("referrer", "query", "source", "host", "channel"),
    [
        ("", "", "(direct)", "", "Direct"),
        ("-", "", "(direct)", "", "Direct"),
        ("https://example.com/a", "", "(direct)", "", "Direct"),
        ("https://www.EXAMPLE.com/a", "", "(direct)", "", "Direct"),
        ("https://example.com:8443/a", "", "(direct)", "", "Direct"),
        ("about:blank", "", "(direct)", "", "Direct"),
        ("file:///home/me/index.html", "", "(direct)", "", "Direct"),
        ("javascript:alert(1)", "", "(direct)", "", "Direct"),
        ("https://", "", "(direct)", "", "Direct"),
        ("https://www.google.co.uk/search?q=x", "", "Google", "google.co.uk", "Organic Search"),
        ("HTTPS://M.Facebook.com/", "", "Facebook", "m.facebook.com", "Organic Social"),
        ("https://blog.example.com/post", "", "blog.example.com", "blog.example.com", "Referral"),
        (
            "https://me:secret@news.example.org:8080/?token=1",
            "",
            "news.example.org",
            "news.example.org",
            "Referral",
        ),
        ("https://github.com/a/b", "", "GitHub", "github.com", "Referral"),
        ("https://chatgpt.com/", "", "ChatGPT", "chatgpt.com", "AI Assistants"),
        ("android-app://com.google.android.gm/", "", "Gmail", "com.google.android.gm", "Email"),
        ("android-app://org.example.reader", "", "org.example.reader", "org.example.reader", "Referral"),
        ("android-app://<b>", "", "(direct)", "", "Direct"),
        # tags go before the referrer, utm_source before source before ref
        ("https://www.google.com/", "utm_source=fb&utm_medium=cpc", "Facebook", "google.com", "Paid Social"),
        ("", "ref=producthunt&source=Partner", "Partner", "", "Referral"),
        ("", "ref=producthunt", "Product Hunt", "", "Organic Social"),
        ("", "utm_source=&source=&ref=hn", "Hacker News", "", "Organic Social"),
        ("", "utm_source=Spring+Mail&utm_medium=email", "Spring Mail", "", "Email"),
        # click ids
        ("https://www.google.com/", "gclid=abc", "Google", "google.com", "Paid Search"),
        ("", "gclid=abc", "(direct)", "", "Paid Search"),
        ("https://www.bing.com/", "msclkid=abc", "Bing", "bing.com", "Paid Search"),
        ("https://duckduckgo.com/", "msclkid=abc", "DuckDuckGo", "duckduckgo.com", "Paid Search"),
        ("https://www.youtube.com/", "gclid=abc", "YouTube", "youtube.com", "Paid Video"),
        ("https://www.bing.com/", "gclid=abc", "Bing", "bing.com", "Organic Search"),
        (
            "https://news.ycombinator.com/",
            "gclid=abc",
            "Hacker News",
            "news.ycombinator.com",
            "Organic Social",
        ),
        ("https://l.facebook.com/", "fbclid=abc", "Facebook", "l.facebook.com", "Organic Social"),
        ("", "fbclid=abc", "(direct)", "", "Organic Social"),
        ("https://www.google.com/", "gclid=abc&utm_medium=organic", "Google", "google.com", "Organic Search"),
        ("", "mc_cid=abc", "(direct)", "", "Email"),
        ("", "gclid=", "(direct)", "", "Direct"),
    ],
)
def test_source_referrer_and_channel(referrer: str, query: str, source: str, host: str, channel: str) -> None:
    found = acquisition(referrer, query, OWN)
    assert (found.source, found.referrer, found.channel) == (source, host, channel)


def test_utm_values_are_decoded_and_kept_as_written() -> None:
    query = "utm_source=FB&utm_medium=Paid%20Social&utm_campaign=%20gr%C3%BCn%00+%20&utm_content=a&utm_content=b"
    assert acquisition("", query + "&x=1&amp;utm_term=shoes", OWN) == Acquisition(
        "Facebook", "", "Paid Social", "FB", "Paid Social", "grün", "a", "shoes"
    )


def test_utm_values_are_bounded() -> None:
    assert acquisition("", "utm_source=" + "ä" * 500, OWN).utm_source == "ä" * 120


def test_what_a_query_holds_besides_is_not_kept() -> None:
    found = acquisition("https://mail.example.org/?to=me@example.org", "email=me@example.org&token=s3cret", OWN)
    assert found == Acquisition("mail.example.org", "mail.example.org", "Referral", "", "", "", "", "")


def test_long_strings_give_the_same_answer() -> None:
    padding = "x" * 3000
    assert acquisition("https://www.google.com/" + padding, "utm_medium=cpc&a=" + padding, OWN) == acquisition(
        "https://www.google.com/", "utm_medium=cpc", OWN
    )


@given(st.text(st.characters()), st.text(st.characters()), st.sampled_from(["", "utm_source=", "ref=", "gclid="]))
def test_any_text_is_answered_in_bounds(referrer: str, text: str, key: str) -> None:
    found = acquisition("https://" + referrer, key + text, OWN)
    assert found.source
    assert found.channel
    assert len(found.referrer) <= 253
    assert all(len(value) <= 253 and "\x00" not in value and value.encode() for value in found if value)
