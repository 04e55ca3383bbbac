"""The tables in `demo_data` in, weighted pages, places, agents and sources of the demo out."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterable
from functools import cache
from itertools import accumulate
from pathlib import Path
from typing import Generic, NamedTuple, TypeVar

_FOLDER = Path(__file__).parent / "demo_data"
_T = TypeVar("_T")


class Weighted(Generic[_T]):
    """Things to draw from, each as often as its weight says."""

    __slots__ = ("_sums", "things")

    def __init__(self, pairs: Iterable[tuple[_T, float]]) -> None:
        kept = [(thing, weight) for thing, weight in pairs if weight > 0]
        self.things = [thing for thing, _ in kept]
        self._sums = list(accumulate(weight for _, weight in kept))

    def draw(self, chance: random.Random) -> _T:
        """One of the things."""
        return chance.choices(self.things, cum_weights=self._sums)[0]


class Page(NamedTuple):
    """A page of the demo site; `published` counts days from the demo's first, None for pages that were there."""

    path: str
    host: str
    kind: str
    weight: float
    published: int | None
    title: str


class Spot(NamedTuple):
    """Something to click on: `part` of the width from the left, `y` px from the top."""

    target: str
    part: float
    y: float


class Kind(NamedTuple):
    """What pages of a kind are like: the chance of a second page after entering here, the median seconds of reading."""

    stay: float
    reading: float
    next: Weighted[str]
    spots: Weighted[Spot]


class Source(NamedTuple):
    """Where visits come from; `stay` is a factor of the chance to see a second page."""

    name: str
    stay: float
    landing: Weighted[str]
    referrer: str
    query: str


class Place(NamedTuple):
    """A time zone and the languages of browsers there."""

    zone: str
    languages: Weighted[str]


class Agent(NamedTuple):
    """A user agent; what people use comes with screens, what programs use with pages a day."""

    user_agent: str
    screens: Weighted[tuple[float, float]]
    daily: float


class Error(NamedTuple):
    """What goes wrong on pages of a kind, and how often; `begin` and `end` count days from the demo's first."""

    kind: str
    browser: str
    often: float
    begin: int
    end: int
    message: str


class Tables(NamedTuple):
    """All that the demo draws from; programs by how they come by."""

    pages: tuple[Page, ...]
    kinds: dict[str, Kind]
    sources: Weighted[Source]
    places: Weighted[Place]
    agents: Weighted[Agent]
    crawlers: tuple[Agent, ...]
    pollers: tuple[Agent, ...]
    errors: tuple[Error, ...]

    def named(self, source: str) -> Source:
        """The first source of a name."""
        return next(found for found in self.sources.things if found.name == source)


@cache
def tables() -> Tables:
    """Read all tables, once."""
    agents = _rows("agents")
    return Tables(
        tuple(_page(row) for row in _rows("pages")),
        _kinds(),
        Weighted((_source(row), float(row["weight"])) for row in _rows("sources")),
        Weighted((Place(row["zone"], _shares(row["languages"])), float(row["weight"])) for row in _rows("places")),
        Weighted((_agent(row), float(row["weight"])) for row in agents if row["kind"] == "human"),
        tuple(_agent(row) for row in agents if row["kind"] == "crawl"),
        tuple(_agent(row) for row in agents if row["kind"] == "poll"),
        tuple(_error(row) for row in _rows("errors")),
    )


def _rows(name: str) -> list[dict[str, str]]:
    with (_FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))


def _page(row: dict[str, str]) -> Page:
    published = int(row["published"]) if row["published"] else None
    return Page(row["path"], row["host"], row["kind"], float(row["weight"]), published, row["title"])


def _kinds() -> dict[str, Kind]:
    spots: dict[str, list[tuple[Spot, float]]] = {}
    for row in _rows("clicks"):
        spot = Spot(row["target"], float(row["part"]), float(row["y"]))
        spots.setdefault(row["kind"], []).append((spot, float(row["weight"])))
    return {
        row["kind"]: Kind(float(row["stay"]), float(row["reading"]), _shares(row["next"]), Weighted(spots[row["kind"]]))
        for row in _rows("kinds")
    }


def _source(row: dict[str, str]) -> Source:
    return Source(row["name"], float(row["stay"]), _shares(row["landing"]), row["referrer"], row["query"])


def _agent(row: dict[str, str]) -> Agent:
    screens = Weighted((_size(size), weight) for size, weight in _parts(row["screens"]))
    return Agent(row["user_agent"], screens, float(row["weight"]))


def _error(row: dict[str, str]) -> Error:
    begin, end = int(row["from"] or -1), int(row["until"] or 1 << 30)
    return Error(row["kind"], row["browser"], float(row["often"]) / 10_000, begin, end, row["message"])


def _size(text: str) -> tuple[float, float]:
    width, _, height = text.partition("x")
    return float(width), float(height)


def _shares(text: str) -> Weighted[str]:
    return Weighted(_parts(text))


def _parts(text: str) -> list[tuple[str, float]]:
    """`home:4|docs:1` as pairs; a part without a number weighs 1."""
    pairs = [part.partition(":") for part in filter(None, text.split("|"))]
    return [(name, float(number or 1)) for name, _, number in pairs]
