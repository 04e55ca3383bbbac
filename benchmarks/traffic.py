"""A size of batch in, a file of prepared requests out: what wrk and the paced client send, each with a fresh batch id.

A line holds a user agent, the first three parts of an address and a body, parted by tabs. The sender adds the last
part of the address, so that a line stands for a hundred visitors, and puts a new id where the body has zeros.
"""

from __future__ import annotations

import random
from itertools import accumulate
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

SITE = "bench.example"
#: What stands where the sender puts the id of a batch.
ID = "0" * 16
#: Visitors behind each line.
VISITORS = 100
AGENTS = [
    line for line in (Path(__file__).parent / "user_agents.txt").read_text().splitlines() if not line.startswith("#")
]
_WORDS = ("guide", "pricing", "release", "notes", "redis", "python", "charts", "privacy", "visit", "event", "batch")
_REFERRERS = (
    "https://www.google.com/", "https://www.bing.com/", "https://duckduckgo.com/", "https://news.ycombinator.com/",
    "https://www.reddit.com/", "https://github.com/", "https://chatgpt.com/", "https://t.co/",
    *(f"https://blog{n}.example/post/{n}" for n in range(40)),
)  # fmt: skip
_CAMPAIGNS = ("", *[""] * 8, "?utm_source=newsletter&utm_medium=email&utm_campaign=week-{}")
_PLACES = (
    ("Europe/Berlin", "de-DE"), ("Europe/Paris", "fr-FR"), ("Europe/London", "en-GB"), ("America/New_York", "en-US"),
    ("America/Chicago", "en-US"), ("America/Sao_Paulo", "pt-BR"), ("Asia/Tokyo", "ja-JP"), ("Asia/Kolkata", "en-IN"),
    ("Australia/Sydney", "en-AU"), ("Europe/Warsaw", "pl-PL"),
)  # fmt: skip
_SCREENS = ([1920, 1080], [1440, 900], [1536, 864], [390, 844], [412, 915], [430, 932], [820, 1180], [2560, 1440])


class Shape(NamedTuple):
    """What requests look like: events a batch, how many different paths and sites."""

    events: int
    paths: int = 1_000
    sites: int = 1

    @property
    def pageviews(self) -> int:
        """Pageviews a batch."""
        return sum(kind == "pageview" for kind in self.kinds())

    def kinds(self) -> list[str]:
        """The types of a batch's events: of ten, eight pageviews, a custom event and an engagement."""
        return ["pageview"] * self.events if self.events < 5 else self._mixed()

    def _mixed(self) -> list[str]:
        return ["pageview"] * (self.events - 2) + ["Signup", "engagement"]


def sites(shape: Shape) -> list[str]:
    """The names of the sites that are sent for."""
    return [SITE, *(f"site{n}.example" for n in range(1, shape.sites))]


def write(path: Path, shape: Shape, lines: int = 4_000) -> Path:
    """Write the same requests whenever it is called with the same shape."""
    draw = random.Random(5)
    weights = list(accumulate(1 / (n + 1) for n in range(shape.paths)))
    names = sites(shape)
    with path.open("wb") as file:
        for line in range(lines):
            body = _batch(draw, shape, weights, names[line % len(names)])
            file.write(f"{draw.choice(AGENTS)}\t10.{line >> 8}.{line & 255}.\t".encode() + body + b"\n")
    return path


def _batch(draw: random.Random, shape: Shape, weights: list[float], site: str) -> bytes:
    zone, language = draw.choice(_PLACES)
    screen, kinds = draw.choice(_SCREENS), shape.kinds()
    pages = draw.choices(range(shape.paths), cum_weights=weights, k=len(kinds))
    events = []
    for place, (kind, page) in enumerate(zip(kinds, pages, strict=True)):
        facts: dict[str, Any] = {"type": kind}
        if kind == "pageview":
            facts |= {"referrer": draw.choice(_REFERRERS)} if not place and draw.random() < 0.6 else {}
            facts["title"] = f"{_WORDS[page % 11].title()} and {_WORDS[page % 7]}, part {page} - Bench Example"
        query = draw.choice(_CAMPAIGNS).format(page % 30) if not place else ""
        facts |= {"pathname": f"/{_WORDS[page % 5]}/{_WORDS[page % 11]}-{page}{query}", "hostname": site}
        if kind == "engagement":
            facts |= {"engaged": draw.randrange(500, 60_000), "scroll": draw.randrange(101)}
        else:
            facts |= {"screen": screen, "timezone": zone, "language": language}
        if kind == "Signup":
            facts["props"] = {"plan": draw.choice(("free", "pro", "team")), "trial": draw.random() < 0.5}
        events.append(facts | {"age": 900 * (len(kinds) - place) + draw.randrange(900)})
    return msgspec.json.encode({"site": site, "batch": ID, "events": events})
