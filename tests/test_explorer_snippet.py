"""The script tag: its options are the collector's parts, and what it asks for the collector serves."""

from __future__ import annotations

import re

import pytest

from collector.assemble import ORDER, SWITCHED, assemble, wish
from explorer.snippet import PARTS, script_tag


def test_the_options_are_the_trackers_parts() -> None:
    assert {part.name for part in PARTS} == SWITCHED
    assert set(ORDER) >= SWITCHED


@pytest.mark.parametrize(
    ("parts", "flush", "tag"),
    [
        ([], 10, '<script defer src="https://c/tracker.js" data-site="a.com"></script>'),
        (["clicks"], 10, '<script defer src="https://c/tracker.js" data-site="a.com" data-clicks></script>'),
        (
            ["vitals", "outbound"],
            5,
            '<script defer src="https://c/tracker.outbound.vitals.js" data-site="a.com" data-flush="5"></script>',
        ),
    ],
)
def test_script_tag(parts: list[str], flush: int, tag: str) -> None:
    assert script_tag("a.com", "https://c", parts, flush) == tag


def test_the_collector_serves_what_it_asks_for() -> None:
    tag = script_tag("a.com", "https://c", [part.name for part in PARTS])
    (asked,) = re.findall(r"tracker\.(.*)\.js", tag)
    assert assemble(wish(asked), "https://c/api/track")


def test_it_is_escaped() -> None:
    assert '"><b>' not in script_tag('"><b>', "http://x")
