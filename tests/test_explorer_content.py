"""Pages, where visits begin and end, and how long and deep each page is read."""

from __future__ import annotations

import explorer_site as site
import pandas as pd
import pytest
import redis as redis_py

from explorer import content, filters


@pytest.fixture
def client(redis: redis_py.Redis, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> redis_py.Redis:
    monkeypatch.setenv("FOOTFALL_REDIS_URL", redis_url)
    site.forget()
    return redis


def read(client: redis_py.Redis) -> None:
    """Two read `/docs`, for 30 and 10 s and to 80 and 40 per cent; one leaves `/` at once."""
    noon = (site.now_ms() - site.DAY) // site.DAY * site.DAY + site.DAY // 2
    events = [*site.visit(1, noon, "/", "/docs"), *site.visit(2, noon, "/docs")]
    signals = [(1, 30_000, 80), (2, 10_000, 40)]
    facts = {**site._FACTS, "page": "/docs"}
    for visitor, engaged, scroll in signals:
        events.append(site.Event(time=noon + 60_000, seq=5, visitor=visitor, type="engagement", engaged=engaged,
                                 scroll=scroll, **facts))  # fmt: skip
    site.feed(client, events)


@pytest.mark.parametrize(
    ("tab", "names"),
    [
        ("page", ["/", "/pricing", "/docs"]),
        ("entry_page", ["/", "/pricing"]),
        ("exit_page", ["/", "/docs", "/pricing"]),
        ("hostname", [site.SITE]),
        ("nonsense", ["/", "/pricing", "/docs"]),
    ],
)
def test_tabs(client: redis_py.Redis, tab: str, names: list[str]) -> None:
    site.ordinary(client)
    app = site.opened("content", site=site.SITE, period="7d", content=tab)
    assert not app.exception
    assert sorted(app.dataframe[0].value["name"]) == sorted(names)


def test_a_chosen_tab_is_in_the_url_and_its_chart_is_there(client: redis_py.Redis) -> None:
    site.ordinary(client)
    app = site.opened("content", site=site.SITE, period="7d", content_q="pricing")
    assert app.dataframe[0].value["name"].tolist() == ["/pricing"]
    assert list(site.figures(app)) == ["parts_chart:content"]
    app.segmented_control(key="content_choice").set_value("entry_page").run()
    assert site.url(app)["content"] == ["entry_page"]
    assert "content_q" not in site.url(app)
    assert len(app.dataframe[0].value) == 2
    assert list(site.figures(app)) == ["parts_chart:content"]


def test_time_and_scroll(client: redis_py.Redis) -> None:
    read(client)
    app = site.opened("content", site=site.SITE, period="7d", content="reading")
    assert not app.exception
    table = app.dataframe[0].value.set_index("name")
    assert table.loc["/docs", ["engagement", "scroll"]].tolist() == [20.0, 60.0]
    assert list(site.figures(app)) == ["reading"]


def test_pages_that_told_nothing_are_explained(client: redis_py.Redis) -> None:
    site.ordinary(client)
    app = site.opened("content", site=site.SITE, period="7d", content="reading")
    assert not app.exception
    assert not site.figures(app)
    assert "No page has told of engagement yet" in site.texts(app)


def test_without_data_and_without_matches(client: redis_py.Redis) -> None:
    site.ordinary(client)
    for tab in content.TABS:
        empty = site.opened("content", site=site.SITE, from_="2024-01-01", to="2024-01-02", content=tab)
        assert not empty.exception
        none = site.opened("content", site=site.SITE, period="7d", f="country:JP", content=tab)
        assert not none.exception
        assert none.info[0].value.startswith("Nothing matches these filters")


def test_hostile_texts(client: redis_py.Redis) -> None:
    site.hostile(client)
    for tab in content.TABS:
        app = site.opened("content", site=site.SITE, period="7d", content=tab)
        assert not app.exception
        assert "](http" not in site.texts(app)


def test_points_are_pages_of_which_both_are_known() -> None:
    frame = pd.DataFrame({"page": ["/a", "/b", "/c"], "engagement": [3.0, 0.0, 9.0], "scroll": [50, 40, float("nan")]})
    assert content.read(frame)["page"].tolist() == ["/a"]


@pytest.mark.parametrize(("number", "found"), [(1, ["page", "/b"]), (9, [])])
def test_a_point_becomes_a_filter(number: int, found: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    drilled: list[str] = []
    monkeypatch.setattr(filters, "drill", lambda *chosen: drilled.extend(chosen))
    content._point_chosen(["/a", "/b"], {"number": number})
    assert drilled == found
