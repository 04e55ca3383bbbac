"""Any dimension with all its metrics."""

from __future__ import annotations

import explorer_site as site
import pytest
import redis as redis_py


@pytest.fixture
def client(redis: redis_py.Redis, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> redis_py.Redis:
    monkeypatch.setenv("FOOTFALL_REDIS_URL", redis_url)
    site.forget()
    return redis


def test_every_dimension_has_a_table(client: redis_py.Redis) -> None:
    site.ordinary(client)
    app = site.opened("breakdown", site=site.SITE, period="7d")
    offered = app.selectbox(key="dimension_choice").options
    assert offered[:2] == ["Page", "Host name"]
    assert offered[-1] == "plan"
    for dimension, names in (("country", ["Germany", "France"]), ("prop:plan", ["pro"]), ("hostname", [site.SITE])):
        app.selectbox(key="dimension_choice").set_value(dimension).run()
        assert not app.exception
        assert app.dataframe[0].value["name"].tolist() == names
        assert site.url(app)["breakdown"] == [dimension]
    assert "Bounce rate and duration belong to whole visits" in site.texts(app)


def test_a_link_opens_the_same_table(client: redis_py.Redis) -> None:
    site.ordinary(client)
    for dimension, shown in (("prop:plan", "pro"), ("os", "Linux"), ("nonsense", "/")):
        app = site.opened("breakdown", site=site.SITE, period="7d", breakdown=dimension)
        assert not app.exception
        assert shown in app.dataframe[0].value["name"].tolist()


def test_a_property_nobody_sent_in_these_days_says_so(client: redis_py.Redis) -> None:
    site.ordinary(client)
    app = site.opened("breakdown", site=site.SITE, period="7d", breakdown="prop:colour")
    assert not app.exception
    assert "No event in these days carries this property." in site.texts(app)
    assert not app.dataframe


def test_events_add_up(client: redis_py.Redis) -> None:
    site.ordinary(client)
    app = site.opened("breakdown", site=site.SITE, period="7d", breakdown="event")
    assert app.dataframe[0].value.set_index("name")["events"].to_dict() == {"pageview": 5, "Signup": 1}
    assert "2 rows sum to 6 events: the total." in site.texts(app)
