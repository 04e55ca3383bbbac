"""The cards of commands and memory: empty, without a budget, within it, beyond it, and for a user who may not look."""

from __future__ import annotations

from datetime import date

import explorer_site as site
import pytest
import redis as redis_py
from streamlit.testing.v1 import AppTest

from common import keys
from common.budget import month_of
from common.capacity import Fit, Growth
from common.footprint import Footprint, Size
from explorer import spending

GROWTH = Growth(2_000_000.0, 0.0, 183_000.0, 0.0, 0, 30)
TODAY = date(2026, 11, 25)


@pytest.fixture
def filled(redis: redis_py.Redis, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> redis_py.Redis:
    monkeypatch.setenv("FOOTFALL_REDIS_URL", redis_url)
    site.forget()
    site.ordinary(redis)
    redis.hset(keys.commands(month_of(site.now_ms())), "01:flush", 1_234)
    return redis


def opened() -> AppTest:
    app = site.opened("health", site=site.SITE, period="7d")
    assert not app.exception
    assert not [error for error in app.error if "away" in error.value]
    return app


def metrics(app: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


def test_without_a_budget(filled: redis_py.Redis) -> None:
    app = opened()
    found = metrics(app)
    assert int(found["So far"].replace(",", "")) >= 1_234
    assert found["By the month's end"].startswith("≈ ")
    assert found["Used by Redis"].endswith("MB")
    assert not {"Budget", "Limit", "Months that still fit"} & set(found)
    assert "No budget is set" in site.texts(app)
    assert "This Redis has no limit" in site.texts(app)


@pytest.mark.parametrize(("budget", "warnings", "errors"), [("9000000000", 0, 0), ("1000", 0, 1)])
def test_with_budgets(
    filled: redis_py.Redis, monkeypatch: pytest.MonkeyPatch, budget: str, warnings: int, errors: int
) -> None:
    monkeypatch.setenv("FOOTFALL_COMMAND_BUDGET", budget)
    monkeypatch.setenv("FOOTFALL_MEMORY_BUDGET", "1tb")
    app = opened()
    found = metrics(app)
    assert (len(app.warning), len(app.error)) == (warnings, errors)
    assert found["Budget"] == {"9000000000": "9.00B", "1000": "1,000"}[budget]
    assert found["Limit"] == "1.1 TB"
    assert found["Months that still fit"]


def test_tables_of_memory(filled: redis_py.Redis) -> None:
    app = opened()
    tables = [frame.value for frame in app.dataframe if "bytes" in frame.value]
    assert next(iter(tables[0]["name"])) == site.SITE
    assert "always" in list(tables[1]["name"])
    assert {"Page", "Country", "15-minute bars", "(bookkeeping)"} <= set(tables[2]["name"])
    assert [round(frame["share"].sum()) for frame in tables] == [100, 100, 100]


def test_a_user_who_may_not_look(filled: redis_py.Redis, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rules = ["on", "nopass", "~*", "+@all", "-memory", "-info"]
    filled.execute_command("ACL", "SETUSER", "older", *rules)
    try:
        monkeypatch.setenv("FOOTFALL_REDIS_URL", redis_url.replace("://", "://older:x@", 1))
        site.forget()
        app = opened()
        assert "This Redis user may not look at it" in site.texts(app)
        assert metrics(app)["So far"] == "1,234"  # what the server saw is not told, what was counted is
    finally:
        filled.acl_deluser("older")


@pytest.mark.parametrize(
    ("months", "text"), [(None, "–"), (0.4, "0"), (14.6, "15"), (35, "35"), (120, "10 years"), (1_200, "100+ years")]
)
def test_months_text(months: float | None, text: str) -> None:
    assert spending.months_text(months) == text


@pytest.mark.parametrize(
    ("limit", "ends", "end"),
    [
        (0, None, "`FOOTFALL_MEMORY_BUDGET=256mb` sets one to plan by."),
        (9, None, "At this rate memory does not end."),
        (9, date(2027, 2, 1), "At this rate memory ends on Mon 1 Feb 2027."),
        (9, TODAY, "It is full."),
    ],
)
def test_told(limit: int, ends: date | None, end: str) -> None:
    found = spending.told(Fit(5, limit, GROWTH, None, ends, 30), TODAY)
    assert found.startswith("Each day of raw events takes 2 MB until")
    assert "each month that closes 183 KB for good" in found
    assert found.endswith(end)


def test_by_month_is_newest_first() -> None:
    sizes = (Size("a", "raw", "2026-10", 0, 1), Size("a", "state", "", 0, 9), Size("a", "raw", "2026-11", 0, 5))
    assert spending.by_month(Footprint(sizes, 0, 0)) == {"2026-11": 5, "2026-10": 1, "always": 9}
    assert list(spending.by_month(Footprint(sizes, 0, 0))) == ["2026-11", "2026-10", "always"]
