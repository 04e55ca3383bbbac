"""Names of parts in; the tracker with these parts, as source or minified, out."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent, indent
from typing import NamedTuple

try:
    import minify
except ImportError:  # macOS on ARM, for which it is not built
    minify = None  # type: ignore[assignment]
import rjsmin

FOLDER = Path(__file__).parent / "tracker"

#: In the order in which they stand in the script: what ends it first, what is told to others last.
ORDER = (
    *("options", "hash", "gpc", "anchors", "attributes", "once", "refusals", "prerender", "measured", "clicks"),
    *("manual", "sleep", "links", "vitals", "forms", "downloads", "insist", "dnt", "errors"),
    *("outbound", "notfound", "back", "facts", "guard", "exclusion", "calls"),
)
#: What everybody gets, unless the address says `core`.
USUAL = frozenset({"options", "once", "sleep", "facts", "guard", "clicks", "prerender", "insist", "back", "calls"})
#: Parts that an attribute of the same name switches on where the address does not name them.
SWITCHED = frozenset(
    {"exclusion", "gpc", "dnt", "hash", "manual", "attributes", "downloads", "outbound", "forms", "notfound"}
    | {"clicks", "errors", "vitals"}
)
#: Not parts: nothing but the core; every part; readable; as an ES module.
WORDS = frozenset({"core", "all", "source", "module"})
_NEEDS = {
    **dict.fromkeys(("attributes", "clicks", "forms"), frozenset({"links"})),
    **dict.fromkeys(("downloads", "outbound"), frozenset({"links", "anchors"})),
    **dict.fromkeys(("exclusion", "gpc", "dnt"), frozenset({"refusals"})),
    **dict.fromkeys(("notfound", "vitals"), frozenset({"measured"})),
    **dict.fromkeys(("prerender", "calls"), frozenset({"once"})),
}


#: `/* at NAME */ what parts may replace /* end */` in the core and in links.js; the innermost first.
_PLACE = re.compile(r"(?P<margin>[ ]*)/\* at (?P<name>\w+) \*/(?P<original>(?:(?!/\* at ).)*?)/\* end \*/", re.DOTALL)
#: Places in the midst of an expression or a declaration: what stands there stays, and parts add to it.
_JOINED = {"names": ", ", "refusals": " || "}
#: What a part puts at a place while an attribute has yet to switch it on.
_STATEMENTS = 'if ("{0}" in dataset) {{\n{1}}}\n'
_SWITCHED = {
    "names": "{1}",
    "refusals": '("{0}" in dataset && {1})',
    "path": '"{0}" in dataset ? {1} : ORIGINAL',
}
#: What follows in a part stands at the place of that name.
_HEADING = re.compile(r"^/\* at (\w+) \*/\n", re.MULTILINE)


class Wish(NamedTuple):
    """What an address asks for."""

    named: frozenset[str]  #: parts that are on
    words: frozenset[str]

    def parts(self) -> list[str]:
        """All parts that belong in the script, in their order."""
        chosen = set(self.named)
        if "all" in self.words:
            chosen |= SWITCHED
        if "core" not in self.words:
            chosen |= USUAL
        for part in tuple(chosen):
            chosen |= _NEEDS.get(part, frozenset())
        return [part for part in ORDER if part in chosen]


def wish(text: str) -> Wish:
    """`outbound,vitals` or `outbound.vitals` taken apart; raises ValueError for a name that is none."""
    names = {name for name in re.split(r"[.,+ ]", text) if name}
    unknown = sorted(names - SWITCHED - USUAL - WORDS)
    if unknown:
        raise ValueError(f"{unknown[0][:40]}: expected parts out of {', '.join(sorted(SWITCHED | USUAL | WORDS))}")
    return Wish(frozenset(names - WORDS), frozenset(names & WORDS))


def assemble(asked: Wish, endpoint: str) -> str:
    """The script for a wish."""
    passages: dict[str, list[str]] = {}
    for part in asked.parts():
        for place, text in _passages(part, part in SWITCHED - asked.named).items():
            passages.setdefault(place, []).append(text)
    header, _, body = _read("core").partition("*/\n")
    for _level in ("core", "links"):
        body = _PLACE.sub(lambda found: _filled(found, passages), body)
    # A place that stayed empty leaves white lines.
    body = re.sub(r"\n +(?=\n)", "", body).strip().replace("ENDPOINT", json.dumps(endpoint))
    if "await " in body:
        body = f"async {body}"
    if "module" in asked.words:
        text = _read("module").replace("TRACKER", body)
    else:
        text = f"({body})(document.currentScript);\n"
    return f"{header}*/\n{text}" if "source" in asked.words else _minified(text)


def _passages(name: str, switched: bool) -> dict[str, str]:
    """What a part puts where; what stands before the first `at` is for `parts`."""
    about, end, text = _read(name).partition("*/\n")
    first, *others = _HEADING.split(text)
    found = {"parts": first} if first.strip() else {}
    found |= zip(others[::2], others[1::2], strict=True)
    if switched:
        found = {
            place: _SWITCHED.get(place, _STATEMENTS).format(name, indent(text, "  ")) for place, text in found.items()
        }
    place = next(iter(found))
    return {**found, place: about + end + found[place]}


def _filled(place: re.Match[str], passages: Mapping[str, list[str]]) -> str:
    """A place with what parts put there, ORIGINAL being what stood there before."""
    original = dedent(place["original"]).strip()
    texts = passages.get(place["name"], [])
    if place["name"] in _JOINED:
        return place["margin"] + _JOINED[place["name"]].join([original, *(text.strip() for text in texts)])
    text = "\n".join(text.strip() for text in texts or [original])
    text = re.sub("^( +)ORIGINAL", lambda found: indent(original, found[1]), text, flags=re.MULTILINE)
    return indent(text.replace("ORIGINAL", original), place["margin"])


def _read(name: str) -> str:
    return (FOLDER / f"{name}.js").read_text("utf-8")


def _minified(text: str) -> str:
    # minify renames variables; rjsmin only takes out what is white or a comment.
    return str(minify.string("application/javascript", text) if minify else rjsmin.jsmin(text))
