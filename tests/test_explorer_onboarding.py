"""The script tag, and which names can become sites."""

from __future__ import annotations

import pytest

from common.settings import Settings
from explorer.onboarding import collector_url, other_zone, problem


def test_collector_url() -> None:
    assert collector_url(Settings(collector_port=8123)) == "http://127.0.0.1:8123"


@pytest.mark.parametrize(
    ("site", "begins"),
    [
        ("example.com", None),
        ("localhost:3000", None),
        ("", "Enter the host name"),
        ("https://example.com/", "That is no host name"),
        ("a b.com", "That is no host name"),
        ("{x}.com", "That is no host name"),
        ("a" * 101, "That is no host name"),
    ],
)
def test_problem(site: str, begins: str | None) -> None:
    found = problem(site, Settings())
    assert found is None if begins is None else (found or "").startswith(begins)


def test_a_list_of_sites_is_final() -> None:
    listed = Settings(sites={"a.com": "UTC"})
    assert problem("a.com", listed) is None
    assert (problem("b.com", listed) or "").startswith("FOOTFALL_SITES")


def test_a_site_that_is_known_with_another_zone() -> None:
    assert other_zone("a.com", "UTC", "Asia/Tokyo") == (
        r"a\.com is known already, and its days are of UTC. To change them: "
        "`python -m collector rebuild --site a.com --zone Asia/Tokyo`"
    )
