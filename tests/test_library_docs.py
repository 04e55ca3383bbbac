"""docs/library.md says of every method of `Traffic` how it is called, what each column is, and examples that run."""

from __future__ import annotations

import doctest
import inspect
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import library_site
import pandas as pd
import pytest
import redis as redis_py

from common.filters import OPERATORS
from common.frames import DIMENSIONS, Traffic
from common.saved import KINDS
from common.store import StoreError

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "library.md").read_text()
METHODS = sorted(name for name, found in inspect.getmembers(Traffic, inspect.isfunction) if not name.startswith("_"))
#: Methods and arguments that the page tells ahead of the code.
AHEAD: dict[str, set[str]] = {}
FIRST, LAST = (day.isoformat() for day in library_site.TOLD)
DAYS = {"start": FIRST, "end": LAST}
#: What methods are asked besides days; several times where the columns are others.
ASKED: dict[str, list[dict[str, Any]]] = {
    "breakdown": [{"dimension": "page"}, {"dimension": "country"}],
    "trend": [{"dimension": "device"}, {"dimension": "page", "metric": "bounce_rate"}],
    "nested": [{"dimensions": ["channel", "source"]}],
    "funnel": [{"steps": ["page:/", "event:Signup"]}, {"steps": ["page:/"], "by": "country"}],
    "conversions": [
        {"goal": "event:Signup"},
        {"goal": "event:Signup", "by": "device"},
        {"goal": "event:Signup", "grain": "day"},
    ],
    "revenue": [{}, {"by": "country"}],
    "changes": [
        {"metric": metric, "against": (FIRST, FIRST), "by": "country", "goal": "event:Signup"}
        for metric in ("visitors", "bounce_rate", "conversion_rate")
    ],
    "shapes": [{}, {"grain": "day"}],
    "trial": [{"rule": {"country": "FR"}}],
    "overlap": [{"first": {"page": "/"}, "second": {"event": "Signup"}}],
    "heatmap": [{"page": "/pricing"}, *({"page": "/pricing", "mode": mode} for mode in ("page", "element"))],
    "clicks": [{}, {"by": "target"}],
    "scroll": [{"page": "/"}],
    "vitals": [{}, {"by": "page"}, {"by": "day"}],
    "errors": [{}, {"affected": True}],
}  # fmt: skip
WITHOUT_DAYS = {"live", "today", "first_day", "timeline", "recent"}


def sections(level: str) -> dict[str, str]:
    """Title -> text of each section of a level."""
    parts = re.split(rf"^{level} (.+)$", PAGE, flags=re.MULTILINE)[1:]
    return {title: text.partition("\n## ")[0] for title, text in zip(parts[::2], parts[1::2], strict=True)}


OF_METHODS, CHAPTERS = sections("###"), sections("##")


def quoted(text: str) -> set[str]:
    return set(re.findall(r"`([^`\n]+)`", text))


def shown(name: str) -> str:
    """A method as the page writes it."""
    given = []
    for argument in list(inspect.signature(getattr(Traffic, name)).parameters.values())[1:]:
        plain = argument.default is argument.empty
        default = f'"{argument.default}"' if isinstance(argument.default, str) else argument.default
        given.append(argument.name if plain else f"{argument.name}={default}")
    return f"{name}({', '.join(given)})"


@pytest.fixture
def traffic(redis: redis_py.Redis, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Traffic:
    """The site of the page, in whatever Redis settings name, as of the day it is asked."""
    monkeypatch.setenv("FOOTFALL_REDIS_URL", redis_url)
    monkeypatch.setenv("FOOTFALL_DATA", str(tmp_path))
    library_site.traffic(redis, datetime.now(UTC).date())
    return Traffic(site=library_site.SITE)


def dated(text: str, today: date) -> str:
    """The page's days as those before today."""
    days = [(told, today - timedelta(days=ago)) for ago, told in enumerate(reversed(library_site.TOLD), 1)]
    days.append((max(library_site.TOLD) + timedelta(days=1), today))
    for form in ("{:%Y-%m-%d}", "date({0.year}, {0.month}, {0.day})"):
        for number, (told, _) in enumerate(days):
            text = text.replace(form.format(told), f"<day {number}>")
        for number, (_, there) in enumerate(days):
            text = text.replace(f"<day {number}>", form.format(there))
    return text


def runnable(text: str) -> str:
    """Without the examples of methods that are not there yet."""
    gone = [name for name in AHEAD if not hasattr(Traffic, name)]
    return "".join(part for part in re.split(r"(?=^##+ )", text, flags=re.MULTILINE)
                   if not any(part.startswith(f"### {name}\n") for name in gone))  # fmt: skip


def wide() -> Any:
    return pd.option_context("display.width", 120, "display.max_columns", 20)


def test_examples_run_and_print_what_the_page_shows(traffic: Traffic) -> None:
    text = dated(runnable(PAGE), traffic.today())
    examples = doctest.DocTestParser().get_doctest(text, {}, "library.md", None, 0)
    told: list[str] = []
    with wide():
        found = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE).run(
            examples, out=told.append
        )
    assert not found.failed, "".join(told)
    assert found.attempted >= 40


def test_an_example_that_prints_something_else_is_found(traffic: Traffic) -> None:
    """The runner tells one figure from another."""
    wrong = ">>> from common.frames import Traffic\n>>> Traffic(site='example.com').live()\n1\n"
    examples = doctest.DocTestParser().get_doctest(wrong, {}, "wrong", None, 0)
    assert doctest.DocTestRunner().run(examples, out=lambda _: None).failed == 1


def test_every_method_has_a_section_and_no_other() -> None:
    assert set(METHODS) <= set(OF_METHODS)
    assert set(OF_METHODS) - set(METHODS) <= set(AHEAD)
    listed = quoted(CHAPTERS["Which method"])
    assert set(OF_METHODS) <= listed


@pytest.mark.parametrize("name", METHODS)
def test_its_section_says_how_it_is_called(name: str) -> None:
    written = next(text for text in OF_METHODS[name].split("`") if text.startswith(f"{name}("))
    for argument in AHEAD.get(name, set()) - set(inspect.signature(getattr(Traffic, name)).parameters):
        written = re.sub(rf", {argument}=[^,)]+", "", written)
    assert written == shown(name)


def answers(traffic: Traffic, name: str) -> Iterator[Any]:
    days = {key: dated(day, traffic.today()) for key, day in DAYS.items()}
    known = inspect.signature(getattr(traffic, name)).parameters
    for asked in ASKED.get(name, [{}]):
        given = {} if name in WITHOUT_DAYS else {**asked, **days}
        if "against" in given:
            given["against"] = (days["start"], days["start"])
        if name == "timeline":
            given["visit"] = traffic.visits(**days)["visit"].iloc[0]
        if set(given) <= set(known):
            yield getattr(traffic, name)(**given)


@pytest.mark.parametrize("name", METHODS)
def test_every_column_and_attribute_is_named(name: str, traffic: Traffic) -> None:
    section = OF_METHODS[name]
    named = quoted(section)
    for chapter in ("Metrics", "Dimensions"):
        if f"(#{chapter.lower()})" in section:
            named |= quoted(CHAPTERS[chapter])
    if re.search(r"called as (the|its) \[?dimension", section):
        named |= {"country", "device", "page"}
    general = quoted(CHAPTERS["What every answer says of itself"])
    frames = list(answers(traffic, name))
    assert frames
    for frame in frames:
        if isinstance(frame, pd.DataFrame | pd.Series):
            columns = set(frame.columns if isinstance(frame, pd.DataFrame) else frame.index)
            assert columns <= named
            told = {str(key) for key in frame.attrs}
            assert told <= general | named | set(re.findall(r'`\.attrs\["(\w+)"\]`', section))


def test_kinds_that_are_kept_are_named() -> None:
    assert set(KINDS) <= quoted(CHAPTERS["Goals, funnels and segments that are kept"])


def test_dimensions_are_named() -> None:
    assert set(DIMENSIONS) <= quoted(CHAPTERS["Dimensions"])


def test_operators_are_named() -> None:
    assert {f"page__{operator}" for operator in OPERATORS} <= quoted(CHAPTERS["Filters"])


@pytest.mark.parametrize(
    ("url", "site", "error"),
    [
        ("redis://127.0.0.1:1/0", "example.com", StoreError),
        ("http://127.0.0.1", "example.com", StoreError),
    ],
)
def test_connecting_raises_what_the_page_says(url: str, site: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        Traffic(url, site=site)
