"""The explorer's overview and a plain Streamlit page in one browser; how long each takes to open and to redraw."""

from __future__ import annotations

from statistics import median

from benchmarks import shown
from benchmarks.imported import imported
from benchmarks.year import SITE

KEYS = ("explorer_rerun_vs_plain", "explorer_first_page_vs_plain", "explorer_year_cold_s")


def measure(quick: bool) -> dict[str, float]:
    """The figures of this part, medians of interleaved openings and clicks."""
    rounds, clicks = (2, 2) if quick else (6, 3)
    found: dict[str, list[float]] = {}

    def note(key: str, value: float) -> None:
        found.setdefault(key, []).append(value)

    with (
        shown.browser() as browser,
        shown.explorer(shown.demo(30 if quick else 90)) as address,
        shown.plain() as other,
        shown.plain(collects=True) as untuned,
    ):
        for turn in range(rounds + 1):
            if turn == 1:  # the first one warms both servers up
                found.clear()
            for name, at in (("plain", other), ("default", untuned)):
                with shown.tab(browser) as page:
                    note(f"{name}_first", shown.open_plain(page, at))
                    for click in range(1, clicks + 1):
                        note(f"{name}_rerun", shown.click_plain(page, click))
            with shown.tab(browser) as page:
                note("first", shown.open_overview(page, address))
                for click in range(1, clicks + 1):
                    note("rerun", shown.choose_row(page, turn * clicks + click - 1))
                    note("kept", shown.take_back(page))
    found["year"] = _cold(quick)
    middle = {key: median(values) for key, values in found.items()}
    return {
        "explorer_rerun_vs_plain": middle["rerun"] / middle["plain_rerun"],
        "explorer_rerun_kept_vs_plain": middle["kept"] / middle["plain_rerun"],
        "explorer_first_page_vs_plain": middle["first"] / middle["plain_first"],
        "explorer_rerun_vs_default": middle["rerun"] / middle["default_rerun"],
        "explorer_first_page_vs_default": middle["first"] / middle["default_first"],
        "explorer_rerun_ms": middle["rerun"],
        "plain_rerun_ms": middle["plain_rerun"],
        "explorer_first_page_ms": middle["first"],
        "explorer_year_cold_s": middle["year"] / 1000,
    }


def _cold(quick: bool) -> list[float]:
    """ms until the overview of a year is drawn that nobody has asked for yet, by a server that has run."""
    year = imported(40_000 if quick else 1_000_000)
    taken = []
    with shown.browser() as browser:
        for _ in range(2 if quick else 5):
            with shown.explorer(year.settings.data) as address, shown.tab(browser) as page:
                shown.open_page(page, f"{address}/sites")
                taken.append(shown.open_overview(page, address, SITE, *year.span))
    return taken
