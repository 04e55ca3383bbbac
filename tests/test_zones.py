"""Which zone a site has, and what is said where settings name another."""

from __future__ import annotations

import pytest

from common.known import Known
from common.settings import Settings
from common.zones import command, differing, in_use

BERLIN, TOKYO = "Europe/Berlin", "Asia/Tokyo"


@pytest.mark.parametrize(
    ("given", "known", "zone"),
    [
        (None, None, "UTC"),
        ({"a.com": ""}, None, "UTC"),
        ({"a.com": TOKYO}, None, TOKYO),
        ({"a.com": TOKYO}, Known(BERLIN), TOKYO),
        ({"a.com": ""}, Known(BERLIN), BERLIN),
        (None, Known(BERLIN), BERLIN),
        ({"a.com": TOKYO}, Known(BERLIN, 1), BERLIN),
        ({"a.com": TOKYO}, Known("UTC", 1), "UTC"),
    ],
)
def test_in_use(given: dict[str, str] | None, known: Known | None, zone: str) -> None:
    assert in_use(Settings(sites=given), "a.com", known) == zone


def test_differing() -> None:
    settings = Settings(sites={"c.com": TOKYO, "a.com": BERLIN, "b.com": "", "d.com": TOKYO, "e.com": TOKYO})
    known = {
        "a.com": Known("UTC", 1),
        "b.com": Known(BERLIN, 1),
        "c.com": Known(TOKYO, 1),
        "d.com": Known("UTC"),
        "z.com": Known("UTC", 1),
    }
    assert [str(one) for one in differing(settings, known)] == [
        "a.com: its days are of UTC, FOOTFALL_SITES says Europe/Berlin. They stay what they are; to change them: "
        "python -m collector rebuild --site a.com --zone Europe/Berlin"
    ]
    assert differing(Settings(), known) == []
    assert command("a.com", TOKYO) == "python -m collector rebuild --site a.com --zone Asia/Tokyo"
