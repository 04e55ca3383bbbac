"""Clicks on a page: what is asked, what is told, and how the page says how to begin."""

from __future__ import annotations

from typing import Any

import explorer_site as site
import pandas as pd
import pytest
import redis as redis_py

from explorer import clicked

NOON = (site.now_ms() - site.DAY) // site.DAY * site.DAY + site.DAY // 2
WIDE = "XL (>=1440 px)"


@pytest.fixture
def client(redis: redis_py.Redis, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> redis_py.Redis:
    monkeypatch.setenv("FOOTFALL_REDIS_URL", redis_url)
    site.forget()
    return redis


def click(visitor: int, second: int, page: str, **facts: Any) -> Any:
    return site.custom(
        visitor, NOON + second * 1_000, "click", page=page, **{"x": 10, "y": 10, "target": "a.buy"} | facts
    )


def clicks(client: redis_py.Redis, name: str = site.SITE, target: str = "a.buy") -> None:
    """Three clicks on / of two visitors, one of them in a wider window; one on /pricing."""
    site.feed(
        client,
        [
            *site.visit(1, NOON, "/", "/pricing"),
            *site.visit(2, NOON, "/"),
            click(1, 1, "/", target=target),
            click(1, 2, "/", target="h1", y=400),
            click(2, 1, "/", target=target, screen=WIDE, x=1500),
            click(1, 12, "/pricing", target=target),
        ],
        name,
    )


def table(app: Any) -> list[list[Any]]:
    found: list[list[Any]] = app.dataframe[0].value.to_numpy().tolist()
    return found


def test_the_page_with_most_clicks_comes_first(client: redis_py.Redis) -> None:
    clicks(client)
    app = site.opened("heatmaps", site=site.SITE, period="7d")
    assert not app.exception
    assert app.selectbox(key="heat_page_choice").value == "/"
    assert app.selectbox(key="heat_page_choice").options == ["/ · 3 clicks", "/pricing · 1 click"]
    assert table(app) == [["a.buy", 2, 2, pytest.approx(200 / 3)], ["h1", 1, 1, pytest.approx(100 / 3)]]
    assert "3 clicks. Windows of different widths overlap: choose one." in site.texts(app)


def test_a_page_and_a_window_are_in_the_url(client: redis_py.Redis) -> None:
    clicks(client)
    app = site.opened("heatmaps", site=site.SITE, period="7d", heat_page="/pricing")
    assert table(app) == [["a.buy", 1, 1, 100]]
    app = site.opened("heatmaps", site=site.SITE, period="7d", viewport=WIDE)
    assert table(app) == [["a.buy", 1, 1, 100]]
    app.selectbox(key="heat_page_choice").select("/pricing").run()
    assert site.url(app)["heat_page"] == ["/pricing"]
    assert site.url(app)["viewport"] == [WIDE]
    assert not app.exception


def test_a_linked_page_without_clicks_stays_chosen(client: redis_py.Redis) -> None:
    clicks(client)
    app = site.opened("heatmaps", site=site.SITE, period="7d", heat_page="/gone")
    assert not app.exception
    assert app.selectbox(key="heat_page_choice").value == "/gone"
    assert "Nothing was clicked here." in site.texts(app)


def test_the_page_becomes_a_filter(client: redis_py.Redis) -> None:
    clicks(client)
    app = site.opened("heatmaps", site=site.SITE, period="7d")
    app.button(key="heat_filter").click().run()
    assert site.url(app)["f"] == ["page:/"]


def test_without_clicks_it_says_how(client: redis_py.Redis) -> None:
    site.ordinary(client)
    app = site.opened("heatmaps", site=site.SITE, period="7d")
    assert not app.exception
    assert "No clicks in these days." in site.texts(app)
    assert "data-clicks" in site.texts(app)


def test_hostile_texts_stay_texts(client: redis_py.Redis) -> None:
    clicks(client, "evil.example", "[x](http://evil.test)")
    app = site.opened("heatmaps", site="evil.example", period="7d", heat_places="element")
    assert not app.exception
    assert "](http" not in site.texts(app)


@pytest.mark.parametrize(
    ("mode", "asked"),
    [
        ("px", {"cell": 40}),
        ("page", {"mode": "page", "parts": 25, "cell": 40}),
        ("element", {"mode": "element", "parts": 25}),
    ],
)
def test_gridded(mode: str, asked: dict[str, Any]) -> None:
    assert clicked.gridded(mode, 40) == asked


@pytest.mark.parametrize(("viewport", "width"), [("", 0), ("XS (<576 px)", 320), ("S (576-767 px)", 576), (WIDE, 1440)])
def test_a_page_is_at_least_as_wide_as_its_windows(viewport: str, width: float) -> None:
    assert clicked.narrowest(viewport) == width


def test_windows_of_all_classes_are_summed() -> None:
    frame = pd.DataFrame(
        {
            "viewport": ["S", "L", "S"],
            "x": [0.04, 0.04, 0.5],
            "y": [0, 0, 20],
            "clicks": [1, 2, 5],
            "visitors": [1, 1, 2],
        }
    )
    assert clicked.placed(frame, "page").to_numpy().tolist() == [[4, 0, 3, 2], [50, 20, 5, 2]]


def test_notes() -> None:
    frame = pd.DataFrame({"clicks": [1_000, 2]})
    frame.attrs = {"left_out": 3, "answered_by": "raw events"}
    told = " ".join(clicked.notes(frame, "page", WIDE))
    assert told == "1,002 clicks. 3 more tell no such place: sent by an older script, or by keyboard. From raw events."


def test_one_element() -> None:
    frame = pd.DataFrame({"target": ["a", "b"], "across": [0.0, 50.0]})
    frame.attrs = {"left_out": 3}
    found = clicked.of_element(frame, "b")
    assert (found["across"].tolist(), found.attrs) == ([50.0], {"left_out": 3})
