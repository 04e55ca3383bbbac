"""A person, a source and a moment in, one made-up visit out: its events in order, with the facts of their requests.

Pages follow each other by a Markov chain over kinds of pages, with a time of reading between them. Pure: whatever is
drawn comes from the `random.Random` that is handed in.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any, NamedTuple

from collector.demo_signals import Browser, click_of, error_of, vitals_of
from collector.demo_tables import Page, Source, Weighted, tables
from collector.sender import Request
from common.bodies import RawEvent, Revenue

#: Chance of one more page after the second.
_GOES_ON = 0.72
_MOST_PAGES = 24
_PLANS = Weighted({"free": 62, "solo": 24, "team": 11, "business": 3}.items())
PRICES = {"solo": 9.0, "team": 29.0, "business": 99.0}
_FILES = Weighted(
    {"footfall-0.9.tar.gz": 5, "footfall-0.9-py3-none-any.whl": 8, "footfall-0.9.deb": 4, "compose.yaml": 6}.items()
)
_LINKS = Weighted({
    "https://code.example/footfall": 9, "https://packages.example/footfall": 4, "https://valkey.io/": 3,
    "https://redis.io/docs/": 2, "https://streamlit.io/": 2, "https://news.ycombinator.com/": 1,
}.items())  # fmt: skip
_MISSING = ("/docs/instal", "/docs/getting-started", "/blog/old-post", "/downloads/latest", "/pricing.html")
_AUTHORS = ("Ada", "Brendan", "Chiara")


class Person(NamedTuple):
    """Who visits, as far as a collector would see it."""

    address: str
    user_agent: str
    zone: str
    language: str
    screen: tuple[float, float]


class Hit(NamedTuple):
    """One event as a browser would send it, and what is known of its sender; received when it happened."""

    raw: RawEvent
    request: Request


class Aside(NamedTuple):
    """What signals are drawn from, which changes nothing of what people do; and the age of the demo in days."""

    chance: random.Random
    age: int


class Story:
    """One visit being made: where it stands and what it has sent."""

    def __init__(
        self,
        chance: random.Random,
        pages: Mapping[str, Weighted[Page]],
        site: str,
        person: Person,
        aside: Aside | None = None,
    ) -> None:
        self.chance, self.pages, self.site, self.person = chance, pages, site, person
        self._apart, age = aside or Aside(random.Random(0), 0)  # noqa: S311 - made-up traffic
        self._browser = Browser(person.user_agent, person.screen[0], age)
        self._kinds = tables().kinds
        self.hits: list[Hit] = []
        self._plan = ""

    def visit(self, source: Source, start: int) -> list[Hit]:
        """All events of one visit, in order."""
        chance, time = self.chance, start
        kind = source.landing.draw(chance)
        page, came = self._page(kind), (source.referrer, source.query)
        goes_on = self._kinds[page.kind].stay * source.stay
        for _ in range(_MOST_PAGES):
            self._view(page, came, time)
            time = self._read(page, time, first=not self.hits[1:])
            if chance.random() >= goes_on:
                break
            came = (f"https://{self._host(page)}{page.path}", "")
            page, goes_on = self._next(page), _GOES_ON
        return self.hits

    def _page(self, kind: str) -> Page:
        return self.pages[kind].draw(self.chance)

    def _next(self, page: Page) -> Page:
        """Another page; who stays among chapters often reads the one after."""
        kind = self._kinds[page.kind].next.draw(self.chance)
        if kind == page.kind == "docs" and self.chance.random() < 0.45:
            chapters = self.pages["docs"].things
            return chapters[(chapters.index(page) + 1) % len(chapters)]
        for _ in range(3):
            found = self._page(kind)
            if found != page:
                return found
        return self._page("home")

    def _view(self, page: Page, came: tuple[str, str], time: int) -> None:
        referrer, query = came
        if query.endswith("gclid="):
            query += f"{self.chance.getrandbits(96):024x}"
        address = f"{page.path}?{query}" if query else page.path
        props = {"author": _AUTHORS[len(page.path) % 3]} if page.kind == "post" else None
        self._send(page, time, pathname=address, referrer=referrer or None, title=page.title, props=props)

    def _read(self, page: Page, time: int, first: bool) -> int:
        """What happens while a page is read; the time at which it is left, within a visit's pause."""
        chance = self.chance
        seconds = min(max(chance.lognormvariate(0, 0.95) * self._kinds[page.kind].reading, 2.0), 1_500.0)
        left = time + int(seconds * 1_000)
        for _ in range(chance.choices((0, 1, 2), (78, 17, 5))[0]):
            self._click(page, time + int((left - time) * chance.uniform(0.1, 0.9)))
        if message := error_of(page, self._browser, self._apart):
            self._send(page, time + 400, type="error", props={"message": message}, interactive=False)
        self._convert(page, time + int((left - time) * chance.uniform(0.5, 0.95)))
        if chance.random() < 0.93:  # some leave in a way that no browser tells
            engaged = seconds * 1_000 * min(1.0, chance.betavariate(5, 2) + 0.1)
            scroll = min(100.0, 15 + 85 * chance.betavariate(0.8 + seconds / 90, 1.3))
            self._send(page, left, type="engagement", engaged=round(engaged), scroll=round(scroll))
            if first and (measured := vitals_of(page, self._browser, self._apart)):
                self._send(page, left, type="vitals", props=measured, interactive=False)
        return left + chance.randrange(50, 1_500)

    def _click(self, page: Page, time: int) -> None:
        target, part, y = self._kinds[page.kind].spots.draw(self.chance)
        width, props = click_of(self._browser, self._apart)
        x = min(max(self.chance.gauss(part * width, 0.018 * width), 0.0), width - 1)
        y, screen = round(abs(self.chance.gauss(y, 9))), (width, self.person.screen[1])
        self._send(page, time, type="click", x=round(x), y=y, target=target, props=props, screen=screen)

    def _convert(self, page: Page, time: int) -> None:
        """Custom events: what a site's owner hopes for, and the page that is not there."""
        chance, kind = self.chance, page.kind
        if kind == "account" and not self._plan and chance.random() < 0.34:
            self._plan = _PLANS.draw(chance)
            self._send(page, time, type="Signup", props={"plan": self._plan})
            if self._plan in PRICES and chance.random() < 0.55:
                bought = {"plan": self._plan, "period": chance.choice(("month", "month", "year"))}
                price = PRICES[self._plan] * (10 if bought["period"] == "year" else 1)
                self._send(page, time + 1_000, type="Purchase", props=bought, revenue=Revenue(price, "EUR"))
        elif kind == "download" and chance.random() < 0.52:
            self._send(page, time, type="Download", props={"file": _FILES.draw(chance)})
        elif kind in {"post", "docs", "about"} and chance.random() < 0.05:
            self._send(page, time, type="Outbound Link: Click", props={"url": _LINKS.draw(chance)})
        elif chance.random() < 0.006:
            self._send(page, time, type="404", props={"path": chance.choice(_MISSING)}, interactive=False)

    def _host(self, page: Page) -> str:
        return f"{page.host}.{self.site}" if page.host else self.site

    def _send(self, page: Page, time: int, **fields: Any) -> None:
        who = self.person
        fields = {"pathname": page.path, "screen": who.screen, **fields}
        raw = RawEvent(hostname=self._host(page), timezone=who.zone, language=who.language, **fields)
        self.hits.append(Hit(raw, Request(time, who.address, who.user_agent)))
