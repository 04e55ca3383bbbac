"""What made-up browsers measure and report: plausible, different by device and browser, the same every time."""

from __future__ import annotations

import random
from statistics import median

import pytest

from collector.demo_signals import MEASURED, Browser, click_of, error_of, vitals_of
from collector.demo_tables import tables
from common.enrich.error_text import error_text
from common.vitals import VITALS_METRICS, measured

CHROME = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36"
SAFARI = "Mozilla/5.0 (iPhone) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Mobile/15E148 Safari/604.1"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:155.0) Gecko/20100101 Firefox/155.0"
PAGES = {page.kind: page for page in tables().pages}


def vitals(user_agent: str, width: float, kind: str = "home", age: int = 0) -> list[dict[str, float]]:
    chance, browser = random.Random(1), Browser(user_agent, width, age)
    found = [vitals_of(PAGES[kind], browser, chance) for _ in range(3_000)]
    return [values for values in found if values]


def test_the_same_chance_measures_the_same() -> None:
    found = vitals(CHROME, 1_920)
    assert found == vitals(CHROME, 1_920)
    assert len(found) / 3_000 == pytest.approx(MEASURED, abs=0.03)
    for values in found:
        assert values["ttfb"] < values["fcp"] < values["lcp"]
        assert measured(values).keys() == values.keys() <= VITALS_METRICS.keys()


@pytest.mark.parametrize(
    ("user_agent", "told"),
    [(CHROME, {"ttfb", "fcp", "lcp", "cls", "inp"}), (FIREFOX, {"ttfb", "fcp", "lcp"}), (SAFARI, {"ttfb", "fcp"})],
)
def test_browsers_tell_what_they_can(user_agent: str, told: set[str]) -> None:
    assert {name for values in vitals(user_agent, 390) for name in values} == told


def test_phones_and_heavy_pages_are_slower_and_the_site_gets_faster() -> None:
    def lcp(*of: object) -> float:
        return median(values["lcp"] for values in vitals(CHROME, *of))  # type: ignore[arg-type]

    assert 1_000 < lcp(1_920) < 2_000 < lcp(390) < 4_000
    assert lcp(1_920, "docs") < lcp(1_920) < lcp(1_920, "account")
    assert lcp(1_920, "home", 89) < lcp(1_920, "home", 0)


def reported(kind: str, user_agent: str, age: int) -> dict[str, int]:
    chance, found = random.Random(1), dict[str, int]()
    for _ in range(3_000):
        if message := error_of(PAGES[kind], Browser(user_agent, 1_000, age), chance):
            found[error_text(message)] = found.get(error_text(message), 0) + 1
    return found


def test_errors_are_few_and_of_their_pages_browsers_and_days() -> None:
    pricing = next(text for text in reported("pricing", SAFARI, 0) if "plan.price" in text)
    assert not any(pricing in reported("pricing", *other) for other in ((CHROME, 0), (FIREFOX, 0)))
    tour = [sum("startTour" in text for text in reported("docs", CHROME, age)) for age in (59, 60, 65, 66)]
    assert tour == [0, 1, 1, 0]
    assert sum(reported("home", CHROME, 0).values()) < 20


def test_what_is_kept_of_their_messages() -> None:
    kept = " ".join(error_text(error.message) for error in tables().errors)
    assert all(mask in kept for mask in ("{email}", "{id}"))
    assert not any(text in kept for text in ("ada", "token", "?"))


def test_clicks_in_windows() -> None:
    chance = random.Random(1)
    wide = [click_of(Browser(CHROME, 1_920, 0), chance) for _ in range(500)]
    assert len({width for width, _ in wide}) == 5
    assert all(0 <= spot[name] <= 100 for _, spot in wide for name in ("across", "down"))
    assert {click_of(Browser(SAFARI, 390, 0), chance)[0] for _ in range(50)} == {390}
