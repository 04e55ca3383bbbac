"""Batches of several days, some of which never came, in; what the Data health page says was lost out."""

from __future__ import annotations

import explorer_site as site
import pytest
import redis as redis_py

from collector.batches import Batch
from collector.flush import Flusher, Numbered
from collector.trim import trim
from common.keys import Shard
from common.run_ids import batch_id

SITE = "lossy.example"
PAGES, EACH = 10, 5
#: Days ago, UTC -> numbers of batches that never came, of each page that lacks some. Ten pages a day send five batches
#: of two events each. `came`, `followed` (by a later one of their page), `missing` and what that makes lost:
#:
#:     ago   came  followed  missing   lost = came * missing / followed   events lost, two each
#:     4     48    38        2         2.53                               5.05
#:     3     50    40        0         0                                  0
#:     2     40    30        10        13.33                              26.67
#:     1     49    39        1         1.26                               2.51
#:     sum   187   147       13                                           34.23
#:
#: 13 of 147 + 13 that a later one followed: 8.1 %.
LOST: dict[int, dict[int, list[int]]] = {
    4: {0: [2], 1: [3]},
    3: {},
    2: {page: [1] for page in range(PAGES)},
    1: {7: [0]},
}


def lossy(client: redis_py.Redis, name: str = SITE) -> None:
    """Flush these days as a collector does, with its daily job after them."""
    noon = site.now_ms() // site.DAY * site.DAY + site.DAY // 2
    site.feed(client, site.visit(1, noon - 5 * site.DAY, "/"), name)
    flusher, records = Flusher(client, "lossy"), 0
    for ago, lost in LOST.items():
        time = noon - ago * site.DAY
        items = []
        for page in range(PAGES):
            for number in set(range(EACH)) - set(lost.get(page, [])):
                begin = time + 60_000 * page + 20_000 * number
                id_ = batch_id(f"{time + page}-0.5{page}-{number}")
                records += 1
                events = site.visit(100 * ago + page, begin, f"/{page}", f"/{page}/{number}")
                items.append(Numbered(records, Batch(name, "UTC", time, id_, events)))
        flusher.apply(Shard(name), items, time + 3_600_000)
    trim(client, Shard(name), "UTC", site.now_ms())


@pytest.fixture
def ready(redis: redis_py.Redis, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOOTFALL_REDIS_URL", redis_url)
    site.forget()
    lossy(redis)


@pytest.mark.usefixtures("ready")
def test_the_page_says_what_was_lost() -> None:
    app = site.opened("health", site=SITE, period="7d")
    assert not app.exception
    shown = {tile.label: tile.value for tile in app.metric}
    assert shown["Batches lost"] == "8.1%"
    assert shown["Known missing"] == "13"
    assert shown["Events in them"] == "≈ 34"
    assert "may still change" in site.texts(app)
    assert "Not known" not in site.texts(app)
