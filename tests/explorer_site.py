"""A few visits in, a Redis that holds them and the opened explorer out: what the explorer's tests share."""

from __future__ import annotations

import itertools
import json
import re
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import redis
import streamlit as st
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from collector.batches import Batch
from collector.flush import Flusher, Numbered
from common import keys
from common.events import Event
from common.keys import Shard
from common.known import Known, encode

#: Every opening looks for components in all installed packages, which have none: half of what it takes.
manifest_scanner.scan_component_manifests = lambda *_: []

ROOT = Path(__file__).resolve().parent.parent
SITE = "shop.example"
DAY = 86_400_000
#: Texts that markdown, HTML, plotly or a spreadsheet would take for more than text.
HOSTILE = (
    "/<img src=x onerror=alert(1)>",
    "/[link](http://evil.test/x)",
    "/![image](http://evil.test/i.png)",
    '/<a href="http://evil.test">a</a>',
    "/:red[x] $x^2$ `code` %{y} **b**",
)
#: Every page of the explorer: the name of its file -> its address.
PAGES: dict[str, str] = dict(
    re.findall(r'st\.Page\("app_pages/(\w+)\.py"(?:.*?url_path="(\w+)")?', (ROOT / "explorer" / "app.py").read_text())
)
_NUMBERS = itertools.count(1)
_FACTS: dict[str, Any] = {
    "before": 0,
    "class_": "human",
    "hostname": SITE,
    "source": "Google",
    "referrer": "google.com",
    "channel": "Organic Search",
    "utm_source": "",
    "utm_medium": "",
    "utm_campaign": "",
    "utm_content": "",
    "utm_term": "",
    "country": "DE",
    "region": "",
    "city": "",
    "device": "Desktop",
    "browser": "Firefox",
    "os": "Linux",
    "language": "de-DE",
    "screen": "L",
}


def now_ms() -> int:
    """The present, in ms."""
    return time.time_ns() // 1_000_000


def fresh() -> str:
    """A site that none before had: what an explorer that lives on keeps of one outlasts an emptied Redis."""
    return f"shop{next(_NUMBERS)}.example"


def visit(visitor: int, begin: int, *pages: str, **facts: Any) -> list[Event]:
    """Pageviews of one visitor, ten seconds apart."""
    return [
        Event(time=begin + 10_000 * n, seq=n, visitor=visitor, type="pageview", page=page, **{**_FACTS, **facts})
        for n, page in enumerate(pages)
    ]


def custom(visitor: int, begin: int, name: str, **facts: Any) -> Event:
    """One custom event."""
    return Event(time=begin, seq=9, visitor=visitor, type=name, **{**_FACTS, "page": "/pricing", **facts})


def feed(
    client: redis.Redis,
    events: Sequence[Event],
    site: str = SITE,
    zone: str = "UTC",
    dropped: dict[str, int] | None = None,
    collector: str = "test",
) -> None:
    """Put events into Redis as the collector's flush does."""
    ordered = sorted(events, key=lambda event: event.time)
    last = ordered[-1].time
    batch = Batch(site, zone, last, 0, ordered, dropped or {})
    Flusher(client, collector).apply(Shard(site), [Numbered(1, batch)], last + 1_000)
    client.hset(keys.sites(), site, encode(Known(zone, ordered[0].time)))


def ordinary(client: redis.Redis, site: str = SITE, ago: int = DAY) -> None:
    """Three human visits of a day ago and a bot: four pages, two countries, an event with a property."""
    begin = (now_ms() - ago) // DAY * DAY + DAY // 2  # noon UTC
    feed(
        client,
        [
            *visit(1, begin, "/", "/pricing", "/docs"),
            *visit(2, begin + 60_000, "/", country="FR", device="Mobile"),
            *visit(3, begin + 120_000, "/pricing", source="(direct)", referrer="", channel="Direct"),
            custom(3, begin + 125_000, "Signup", props={"plan": "pro"}),
            *visit(4, begin, "/", class_="bot"),
        ],
        site,
        dropped={"no_visit": 2, "old": 1},
    )


def hostile(client: redis.Redis, site: str = SITE) -> None:
    """A visit of hostile texts wherever a visitor can put one."""
    begin = (now_ms() - DAY) // DAY * DAY + DAY // 2
    facts = {
        "source": "[source](http://evil.test)",
        "referrer": "<script>alert(1)</script>",
        "channel": "=cmd()",
        "hostname": "![h](http://evil.test/h.png)",
        "utm_campaign": "@campaign",
        "browser": "<b>browser</b>",
    }
    props = {"![key](http://evil.test)": "+value"}
    feed(
        client,
        [
            *visit(1, begin, *HOSTILE, **facts),
            custom(1, begin + 70_000, "[event](http://evil.test)", props=props, **facts),
        ],
        site,
    )


def forget() -> None:
    """Empty the explorer's caches: an emptied database counts its revisions from one again."""
    st.cache_data.clear()
    st.cache_resource.clear()


def opened(page: str = "", state: dict[str, Any] | None = None, **params: str | list[str]) -> AppTest:
    """The explorer as a browser opens it at the address of one of its pages; `state` is what it had chosen there."""
    app = AppTest.from_file(str(ROOT / "explorer" / "app.py"), default_timeout=60)
    for name, value in (state or {}).items():
        app.session_state[name] = value
    for name, value in params.items():
        app.query_params[name.rstrip("_")] = value
    if page:
        # `switch_page` wants a run of the first page before it: that is half of what a test takes.
        app._page_hash = calc_hash(PAGES[page])
    return app.run()


def url(app: AppTest) -> dict[str, list[str]]:
    """The query parameters, every value in a list."""
    found = app.query_params
    return {name: [found[name]] if isinstance(found[name], str) else list(found[name]) for name in found}


def lists(app: AppTest) -> dict[str, list[list[str]]]:
    """What lists with bars show, by their label: name and cells of each row."""
    shown: dict[str, list[list[str]]] = {}
    for data in [*data_of(app), *cards(app)]:
        if "rows" in data:
            shown[data["label"]] = [[row["name"], *row["cells"]] for row in data["rows"]]
    return shown


def cards(app: AppTest) -> list[dict[str, Any]]:
    """What the cards of the overview are drawn from."""
    return [card for data in data_of(app) for card in data.get("cards", ())]


def tiles(app: AppTest) -> dict[str, tuple[str, str]]:
    """Figures by their title, with their change: the overview's row of them, and Streamlit's own."""
    found = {tile.label: (tile.value, tile.delta) for tile in app.metric}
    shown = data_of(app)
    for data in shown:
        found |= {tile["title"]: (tile["value"], tile["change"]) for tile in data.get("tiles", ())}
        if "live" in data:
            found[data["live"]["title"]] = (next(each["value"] for each in shown if list(each) == ["value"]), "")
    return found


def figures(app: AppTest) -> dict[str, dict[str, Any]]:
    """What charts are drawn from, by the key of each."""
    found = [(item.proto.id, json.loads(item.proto.json or "{}")) for item in _components(app._tree)]
    return {key.split("-", 2)[2]: json.loads(data["figure"]) for key, data in found if "figure" in data}


def data_of(app: AppTest) -> list[dict[str, Any]]:
    """What the components of ours are drawn from."""
    return [json.loads(item.proto.json or "{}") for item in _components(app._tree)]


def _components(block: Any) -> Iterator[Any]:
    for item in getattr(block, "children", {}).values():
        if getattr(item, "type", "") == "bidi_component":
            yield item
        yield from _components(item)


def texts(app: AppTest) -> str:
    """Everything that is rendered as markdown or a label, in one text."""
    found = [*app.markdown, *app.caption, *app.title, *app.subheader, *app.info, *app.error, *app.text]
    told = [text for card in cards(app) for text in (card["title"], card["note"])]
    told += [data[name] for data in data_of(app) for name in ("told", "note") if name in data]
    named = [*(item.label for item in app.button), *tiles(app)]
    return "\n".join([str(item.value) for item in found] + named + told)
