"""Any dimension with all its metrics."""

from __future__ import annotations

import explorer_site as site
import pytest
import redis as redis_py


def test_every_dimension_has_a_table(redis: redis_py.Redis, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOOTFALL_REDIS_URL", redis_url)
    site.forget()
    site.ordinary(redis)
    app = site.opened("breakdown", site=site.SITE, period="7d")
    offered = app.selectbox(key="dimension_choice").options
    assert offered[:2] == ["Page", "Host name"]
    assert offered[-1] == "plan"
    for dimension, names in (("country", ["Germany", "France"]), ("prop:plan", ["pro"]), ("hostname", [site.SITE])):
        app.selectbox(key="dimension_choice").set_value(dimension).run()
        assert not app.exception
        assert app.dataframe[0].value["name"].tolist() == names
    assert "Bounce rate and duration belong to whole visits" in site.texts(app)
