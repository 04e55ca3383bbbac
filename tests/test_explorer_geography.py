"""Geography: what the map says and leaves out, and where a click leads."""

from __future__ import annotations

import explorer_site as site
import pandas as pd
import pytest
import redis as redis_py

from explorer import geography
from explorer.view import decode, encode

NOON = (site.now_ms() - site.DAY) // site.DAY * site.DAY + site.DAY // 2
NOW = pd.DataFrame({"country": ["DE", "(none)", "FR", "EU", "(other)"], "visitors": [6, 3, 0, 2, 1]})
BEFORE = pd.DataFrame({"country": ["DE", "IT"], "visitors": [4, 5]})


def view(*filters: str):  # type: ignore[no-untyped-def]
    return decode({"period": ["7d"], "f": list(filters)}, site.SITE, pd.Timestamp("2026-11-25").date())


def test_placed() -> None:
    assert geography.placed(NOW, "visitors", BEFORE).to_numpy().tolist() == [
        ["DE", 6, 4, 0.5],
        ["FR", 0, 0, 0],
        ["IT", 0, 5, 0],
    ]


def test_what_is_not_on_the_map_is_counted_and_said() -> None:
    assert geography.unplaced(NOW, "visitors") == (3, 1, {"EU": 2})
    told = " ".join(geography.notes(NOW, "visitors", view(), "visitors"))
    assert "Country unknown, (none): 3 visitors (25.0%)." in told
    assert "In (other), beyond a day's cap: 1." in told
    assert "Not on the map: EU 2." in told


@pytest.mark.parametrize(
    ("filters", "title", "tabs"),
    [
        ([], "Countries", ["Countries", "Regions", "Cities"]),
        (["device:Mobile"], "Countries", ["Countries", "Regions", "Cities"]),
        (["country:DE"], "Regions and cities", ["Regions", "Cities", "Countries"]),
        (["country:DE", "region:Bavaria"], "Cities", ["Cities", "Regions", "Countries"]),
    ],
)
def test_what_lies_below_comes_first(filters: list[str], title: str, tabs: list[str]) -> None:
    found = geography.level(view(*filters))
    assert (found.title, list(found.tabs)) == (title, tabs)


def test_the_map_keeps_the_neighbours() -> None:
    chosen = view("country:DE", "country__not:FR", "region:Bavaria", "device:Mobile")
    assert geography.elsewhere(chosen) == {"device": ["Mobile"]}


@pytest.mark.parametrize(
    ("now", "before", "text"), [(6, 4, "before: 4 (+50.0%)"), (6, 0, "before: 0 (new)"), (0, 0, "before: 0")]
)
def test_hovers(now: int, before: int, text: str) -> None:
    shown = pd.DataFrame({"country": ["DE"], "now": [float(now)], "before": [float(before)], "share": [0.5]})
    assert geography.hovers(shown, "visits", True) == [f"<b>Germany</b><br>{now} visits · 50.0%<br>{text}"]
    assert geography.hovers(shown, "visits", False) == [f"<b>Germany</b><br>{now} visits · 50.0%"]


@pytest.mark.parametrize(
    ("point", "code"),
    [
        ({"location": "DE", "customdata": "text"}, "DE"),
        ({"customdata": ["text", "MT"]}, "MT"),
        ({"customdata": None}, ""),
        ({}, ""),
    ],
)
def test_pressed(point: dict[str, object], code: str) -> None:
    assert geography.pressed(point) == code


def test_a_country_is_chosen_and_let_go() -> None:
    chosen = geography.turned(view("device:Mobile"), "DE")
    assert chosen.filters == (("device", "Mobile"), ("country", "DE"))
    assert geography.turned(chosen, "FR").where == {"device": ["Mobile"], "country": ["DE", "FR"]}
    assert geography.turned(chosen, "DE").filters == (("device", "Mobile"),)


@pytest.fixture
def client(redis: redis_py.Redis, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> redis_py.Redis:
    monkeypatch.setenv("FOOTFALL_REDIS_URL", redis_url)
    site.forget()
    return redis


def travelled(client: redis_py.Redis) -> None:
    """Three from Germany, of whom two told a region, one from Malta and one from nowhere."""
    site.feed(
        client,
        [
            *site.visit(1, NOON, "/", region="Bavaria", city="Munich"),
            *site.visit(2, NOON, "/", region="Bavaria", city="Nuremberg"),
            *site.visit(3, NOON, "/", "/pricing"),
            *site.visit(4, NOON, "/", country="MT"),
            *site.visit(5, NOON, "/", country=""),
        ],
    )


def test_with_data(client: redis_py.Redis) -> None:
    travelled(client)
    app = site.opened("geography", site=site.SITE, period="7d")
    assert not app.exception
    assert list(site.figures(app)) == ["world"]
    assert {"Germany": "3", "Malta": "1", "(none)": "1"} in [
        {row[0]: row[1] for row in rows} for rows in site.lists(app).values()
    ]
    assert "Country unknown, (none): 1 visitors (20.0%)." in site.texts(app)


def test_a_country_opens_its_regions(client: redis_py.Redis) -> None:
    travelled(client)
    app = site.opened("geography", site=site.SITE, period="7d", f="country:DE")
    assert not app.exception
    assert "Regions and cities" in site.texts(app)
    assert {"Bavaria": "2", "(none)": "1"} in [{row[0]: row[1] for row in rows} for rows in site.lists(app).values()]


@pytest.mark.parametrize(("name", "value"), [("map", "pageviews"), ("scale", "steps"), ("area", "europe")])
def test_choices_are_in_the_url(client: redis_py.Redis, name: str, value: str) -> None:
    travelled(client)
    app = site.opened("geography", site=site.SITE, period="7d", **{name: value})
    assert not app.exception
    control = next(item for item in (*app.selectbox, *app.get("button_group")) if item.key == f"{name}_choice")
    assert control.value in (value, [value])
    assert site.url(app)[name] == [value]


def test_no_change_where_the_days_before_are_not_covered(client: redis_py.Redis) -> None:
    travelled(client)
    app = site.opened("geography", site=site.SITE, period="7d", map="change")
    assert not app.exception
    assert "Change" not in next(item for item in app.get("button_group") if item.key == "map_choice").options
    site.feed(client, site.visit(9, NOON - 20 * site.DAY, "/"), collector="earlier")
    site.forget()
    app = site.opened("geography", site=site.SITE, period="7d", map="change")
    assert "Change" in next(item for item in app.get("button_group") if item.key == "map_choice").options


def test_without_data(client: redis_py.Redis) -> None:
    travelled(client)
    app = site.opened("geography", site=site.SITE, from_="2024-01-01", to="2024-01-31")
    assert not app.exception
    assert "No traffic in these days." in app.info[0].value


def test_hostile_texts_stay_texts(client: redis_py.Redis) -> None:
    for country in ("[x](http://evil.test)", "<b>"):
        site.feed(client, site.visit(1, NOON, "/", country=country, region="<img src=x>", city="**b**"), "evil.example")
    app = site.opened("geography", site="evil.example", period="7d")
    assert not app.exception
    assert "](http" not in site.texts(app)
    assert encode(decode(site.url(app), "evil.example", pd.Timestamp.now().date()))["site"] == "evil.example"
