"""Retention: cohorts as a table, what a daily salt cannot tell, days behind a cell, nothing."""

from __future__ import annotations

from datetime import date

import explorer_site as site
import pandas as pd
import pytest
import redis as redis_py
from streamlit.testing.v1 import AppTest

from explorer import retention


@pytest.fixture
def client(redis: redis_py.Redis, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> redis_py.Redis:
    monkeypatch.setenv("FOOTFALL_REDIS_URL", redis_url)
    monkeypatch.delenv("FOOTFALL_SALT_ROTATION", raising=False)
    site.forget()
    return redis


def came(client: redis_py.Redis) -> None:
    """Of two visitors of five days ago one comes twice, and again a day later."""
    noon = (site.now_ms() - 5 * site.DAY) // site.DAY * site.DAY + site.DAY // 2
    visits = [(1, noon), (1, noon + 7_200_000), (2, noon), (1, noon + site.DAY)]
    site.feed(client, [event for who, begin in visits for event in site.visit(who, begin, "/")])


def opened(**params: str) -> AppTest:
    app = site.opened("retention", site=site.SITE, period="7d", **params)
    assert not app.exception
    return app


def test_figures(client: redis_py.Redis) -> None:
    came(client)
    app = opened()
    found = app.dataframe[0].value
    some = found[found["visitors"] > 0]
    assert some[["visitors", "age0", "age1"]].to_numpy().tolist() == [[2, 0.5, 0.5]]
    assert "**50.0%** of 2 visitors came twice or more within a day." in site.texts(app)


def test_what_a_daily_salt_tells_is_said(client: redis_py.Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    came(client)
    told = site.texts(opened(cohort="week"))
    assert "`FOOTFALL_SALT_ROTATION` is `daily`. An id lives one day." in told
    assert "`weekly`: An id lives from Monday to Sunday." in told
    assert "within a day" in told
    monkeypatch.setenv("FOOTFALL_SALT_ROTATION", "monthly")
    site.forget()
    assert "`FOOTFALL_SALT_ROTATION` is `monthly`" in site.texts(opened())


def test_the_grain_is_in_the_url(client: redis_py.Redis) -> None:
    came(client)
    app = opened()
    app.segmented_control(key="cohort_choice").set_value("month").run()
    assert site.url(app)["cohort"] == ["month"]
    assert not app.exception


def test_nothing(client: redis_py.Redis) -> None:
    came(client)
    empty = site.opened("retention", site=site.SITE, from_="2024-01-01", to="2024-01-31")
    assert not empty.exception
    assert "No traffic in these days" in empty.info[0].value


@pytest.mark.parametrize(
    ("cohort", "age", "grain", "days"),
    [
        ("2026-05-06", 2, "day", ("2026-05-08", "2026-05-08")),
        ("2026-05-06", 1, "week", ("2026-05-11", "2026-05-17")),  # a range that began on a Wednesday
        ("2026-01-15", 1, "month", ("2026-02-01", "2026-02-28")),
    ],
)
def test_days_of(cohort: str, age: int, grain: str, days: tuple[str, str]) -> None:
    found = retention.days_of(pd.Timestamp(cohort, tz="Europe/Berlin"), age, grain)
    assert found == tuple(map(date.fromisoformat, days))


def test_shades_go_from_pale_to_deep() -> None:
    table = pd.DataFrame({"age0": [0.0, 0.5, float("nan")]})
    html = retention.styled(table, ["age0"], False).to_html()
    assert "#d3ebe6" in html
    assert "#084641" in html
    assert html.count("background-color") == 2


def test_a_table_holds_only_so_much() -> None:
    days = pd.date_range("2026-01-01", periods=150)
    frame = pd.DataFrame([(day, age) for day in days for age in range(60)], columns=["cohort", "age"])
    kept = retention.shown_part(frame)
    assert kept["cohort"].nunique() == retention.MOST_COHORTS
    assert kept["cohort"].max() == days[-1]
    assert kept["age"].max() == retention.MOST_AGES
