"""Names of parts in; which text the tracker is made of out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from collector import assemble
from collector.assemble import FOLDER, ORDER, SWITCHED, USUAL, WORDS, wish
from collector.assemble import assemble as made

if TYPE_CHECKING:
    from playwright.sync_api import Page

EVERY = ",".join(sorted(SWITCHED))


def text(asked: str) -> str:
    return made(wish(f"{asked},source"), "/api/track")


@pytest.mark.parametrize(
    ("asked", "parts"),
    [
        ("core", set()),
        ("core.gpc", {"gpc", "refusals"}),
        ("core,outbound,forms", {"links", "anchors", "outbound", "forms"}),
        ("core prerender", {"once", "prerender"}),
        ("", USUAL | {"links"}),
        ("vitals", USUAL | {"links", "measured", "vitals"}),
        ("all", set(ORDER)),
    ],
)
def test_parts_come_in_their_order_with_what_they_need(asked: str, parts: set[str]) -> None:
    assert wish(asked).parts() == [part for part in ORDER if part in parts]


@pytest.mark.parametrize("asked", ["outbound.vitals", "vitals,outbound", "vitals+outbound", ".outbound..vitals,"])
def test_names_may_be_parted_by_what_a_proxy_lets_through(asked: str) -> None:
    assert wish(asked) == wish("outbound,vitals")


def test_an_unknown_part_is_named_with_those_there_are() -> None:
    with pytest.raises(ValueError, match=r"^outbond: expected parts out of all, .*outbound.*vitals$"):
        wish("vitals.outbond")


def test_every_file_of_the_folder_is_used() -> None:
    files = {path.stem for path in FOLDER.glob("*.js")}
    assert files == {*ORDER, "core", "module"}
    assert SWITCHED | USUAL | {"links", "anchors", "measured", "refusals"} == set(ORDER)
    assert len(ORDER) == len(set(ORDER))


@pytest.mark.parametrize("part", ORDER)
def test_each_file_says_what_comes_in_and_what_goes_out(part: str) -> None:
    first = (FOLDER / f"{part}.js").read_text().partition("*/")[0]
    assert first.startswith("/*")
    assert " in" in first
    assert " out" in first


def test_a_part_that_is_not_named_waits_for_its_attribute() -> None:
    assert 'if ("clicks" in dataset) {' in text("")
    assert 'if ("clicks" in dataset) {' not in text("clicks")
    assert 'if ("vitals" in dataset) {' in text("all")
    assert "vitals" not in text("")


def test_the_endpoint_is_written_into_the_script() -> None:
    assert 'new URL("/count/me", src)' in made(wish("core.source"), "/count/me")
    assert "/api/track" not in made(wish("core"), "/count/me")


def test_a_part_stands_instead_of_what_the_core_has_in_its_place() -> None:
    assert "flush(look()), 1e4);" in text("core")
    assert "flush(look()), dataset.flush * 1e3 || 1e4);" in text("core,options")
    assert "window.footfall = track;" in text("core")
    assert "window.footfall = track;" not in text("core,calls")
    assert not re.search(r"/\* (at \w+|end) \*/|ORIGINAL|ENDPOINT", text(EVERY))


def test_only_a_prerendered_page_is_waited_for() -> None:
    assert "async" not in text("core")
    assert text("").count("async ") == 1


#: Tells what went wrong: 0, which the first statement throws, where the rest could be read.
_READ = """async (text) => {
  const address = URL.createObjectURL(new Blob(["throw 0;", text], { type: "text/javascript" }));
  return import(address).catch(String);
}"""


@pytest.mark.browser
def test_what_comes_out_is_a_script(page: Page) -> None:
    for asked in ("core", "", EVERY, "all", "module", f"{EVERY},module"):
        for form in ("", ",source"):
            assert page.evaluate(_READ, made(wish(asked + form), "/api/track")) == "0", asked + form
    assert "SyntaxError" in page.evaluate(_READ, "let x = ;")


def test_without_a_minifier_the_script_is_only_larger(monkeypatch: pytest.MonkeyPatch) -> None:
    small = made(wish(""), "/api/track")
    monkeypatch.setattr(assemble, "minify", None)
    large = made(wish(""), "/api/track")
    assert len(small) < len(large) < 0.7 * len(text(""))
    assert "/*" not in large


def test_docs_and_types_name_every_part() -> None:
    docs = (FOLDER.parent.parent / "docs" / "tracker.md").read_text()
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*?) \|", docs, re.MULTILINE))
    assert set(rows) >= SWITCHED | USUAL | WORDS
    assert {part for part, on in rows.items() if on == "always"} == USUAL - SWITCHED
    types = (FOLDER / "footfall.d.ts").read_text()
    options = set(
        re.findall(r"^  (\w+)\??:", types.partition("interface Options {")[2].partition("\n}")[0], re.MULTILINE)
    )
    assert options == SWITCHED | {"site", "endpoint", "flush"}
