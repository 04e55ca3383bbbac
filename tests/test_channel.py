"""Category, source, medium and campaign in, channel out; and the list's order."""

import pytest

from common.enrich.channel import channel
from common.enrich.lists import rows

ORDER = """Cross-network, Paid Shopping, Paid Search, Paid Social, Paid Video, Display, Paid Other,
Organic Shopping, Organic Social, Organic Video, AI Assistants, Organic Search, Email, Affiliates, Audio, SMS,
Mobile Push Notifications, Referral, Direct"""


def test_channels_stand_in_the_order_of_the_field() -> None:
    names = [row["channel"] for row in rows("channels")]
    assert list(dict.fromkeys(names)) == [name.strip() for name in ORDER.replace("\n", " ").split(",")]


def test_the_last_rule_fits_everything() -> None:
    assert set(rows("channels")[-1].values()) == {"Direct", ""}


@pytest.mark.parametrize(
    ("category", "source", "medium", "campaign", "expected"),
    [
        ("search", "Google", "cpc", "cross-network spring", "Cross-network"),
        ("shopping", "Amazon", "cpc", "", "Paid Shopping"),
        ("search", "Google", "cpc", "Summer Shopping", "Paid Shopping"),
        ("search", "Google", "CPC", "workshop", "Paid Search"),  # a workshop is no shop
        ("search", "Bing", "ppc", "", "Paid Search"),
        ("search", "Google", "cpm", "", "Paid Search"),
        ("social", "Facebook", "paid_social", "", "Paid Social"),
        ("social", "Facebook", "retargeting", "", "Paid Social"),
        ("video", "YouTube", "cpv", "", "Paid Video"),
        ("video", "YouTube", "cpc", "", "Paid Video"),
        ("", "example.org", "banner", "", "Display"),
        ("", "example.org", "cpm", "", "Display"),
        ("", "example.org", "cpa-cp", "", "Paid Other"),
        ("shopping", "Etsy", "", "", "Organic Shopping"),
        ("", "example.org", "", "eshop opening", "Organic Shopping"),
        ("social", "Reddit", "", "", "Organic Social"),
        ("", "example.org", "social-media", "", "Organic Social"),
        ("video", "Vimeo", "", "", "Organic Video"),
        ("", "example.org", "video-post", "", "Organic Video"),
        ("ai", "ChatGPT", "", "", "AI Assistants"),
        ("", "example.org", "llm", "", "AI Assistants"),
        ("search", "DuckDuckGo", "", "", "Organic Search"),
        ("", "example.org", "organic", "", "Organic Search"),
        ("email", "Gmail", "", "", "Email"),
        ("", "newsletter", "", "", "Email"),
        ("", "list", "e-mail", "", "Email"),
        ("", "partner", "affiliate", "", "Affiliates"),
        ("", "show", "audio", "", "Audio"),
        ("audio", "Spotify", "", "", "Audio"),
        ("", "sms", "", "", "SMS"),
        ("", "app", "sms", "", "SMS"),
        ("", "app", "web-push", "", "Mobile Push Notifications"),
        ("", "firebase", "", "", "Mobile Push Notifications"),
        ("", "example.org", "", "", "Referral"),
        ("", "", "referral", "", "Referral"),
        ("", "", "", "", "Direct"),
        ("", "", "unheard-of", "", "Direct"),
    ],
)
def test_channel(category: str, source: str, medium: str, campaign: str, expected: str) -> None:
    assert channel(category, source, medium, campaign) == expected
