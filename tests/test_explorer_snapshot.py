"""One file with the figures of the overview: no script, nothing fetched, hostile texts as texts, no small groups."""

from __future__ import annotations

import time
from datetime import date, timedelta
from html.parser import HTMLParser

import explorer_site as site
import redis as redis_py

from common.frames import Traffic
from common.settings import Settings
from explorer import report, snapshot
from explorer.summary import Summary, summary
from explorer.view import View

YESTERDAY = date.today() - timedelta(days=1)


class Read(HTMLParser):
    """Texts and tags of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [str(value) for name, value in attrs if name in ("src", "href", "action", "data")]

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.texts.append(data.strip())


def made(client: redis_py.Redis, floor: int = 0, name: str = site.SITE) -> Summary:
    traffic = Traffic(site=name, client=client, settings=Settings())
    return summary(traffic, View(name, "custom", YESTERDAY, YESTERDAY), time.time(), floor)


def test_figures(redis: redis_py.Redis) -> None:
    site.ordinary(redis)
    read = Read(snapshot.html(made(redis)))
    at = read.texts.index("Visits")
    assert read.texts[at - 2 : at + 2] == ["Visitors", "3", "Visits", "3"]
    row = read.texts.index("Germany")
    assert read.texts[row : row + 6] == ["Germany", "2", "66.7%", "France", "1", "33.3%"]
    assert read.tags.isdisjoint({"script", "link", "img", "iframe", "object", "form"})
    assert read.links == []


def test_hostile_texts_stay_texts(redis: redis_py.Redis) -> None:
    site.hostile(redis)
    page = snapshot.html(made(redis))
    read = Read(page)
    assert read.tags.isdisjoint({"script", "img", "a"})
    assert "/<img src=x onerror=alert(1)>" in read.texts
    text = report.markdown(made(redis))
    assert "\\[link\\](http://evil.test/x)" in text
    assert "/\\<img src=x onerror=alert(1)\\>" in text


def test_small_groups_are_nowhere_in_it(redis: redis_py.Redis) -> None:
    site.ordinary(redis)
    page = snapshot.html(made(redis, floor=2))
    assert "Germany" in page
    assert "France" not in page
    assert "Signup" not in page
    assert "Groups of fewer than 2 visitors are not told." in page
    nothing = Read(snapshot.html(made(redis, floor=10)))
    at = nothing.texts.index("Visitors")
    assert nothing.texts[at + 1] == "fewer than 10"
    assert "Visits" not in nothing.texts


def test_without_traffic(redis: redis_py.Redis) -> None:
    site.ordinary(redis, ago=20 * site.DAY)
    read = Read(snapshot.html(made(redis)))
    assert read.texts[read.texts.index("Visitors") + 1] == "0"
    assert "Pages" not in read.texts
