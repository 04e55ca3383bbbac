"""The series: what it offers to choose, what becomes of a choice, and of days that were clicked or drawn over."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any

import explorer_site as site
import pytest
import redis as redis_py

from explorer import filters, series
from explorer.view import View, decode

TODAY = date(2026, 11, 25)
VIEW = decode({"period": ["7d"]}, "a.com", TODAY)
DAYS = [(date(2026, 11, day), date(2026, 11, day)) for day in range(19, 26)]


@pytest.fixture
def client(redis: redis_py.Redis, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> redis_py.Redis:
    monkeypatch.setenv("FOOTFALL_REDIS_URL", redis_url)
    site.forget()
    return redis


@pytest.fixture
def state(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What a browser told, and the view that came of it."""
    found: dict[str, Any] = {"view": VIEW}
    monkeypatch.setattr(series.st, "session_state", found)
    monkeypatch.setattr(filters, "current", lambda: found["view"])
    monkeypatch.setattr(filters, "go", lambda view: found.update(view=view))
    return found


def test_what_is_offered(client: redis_py.Redis) -> None:
    site.ordinary(client)
    app = site.opened(site=site.SITE, period="7d", metric="bounce_rate")
    assert not app.exception
    (drawn,) = (data for data in site.data_of(app) if "picks" in data)
    assert [(pick["name"], pick["chosen"]) for pick in drawn["picks"]] == [("metric", "bounce_rate"), ("grain", "day")]
    assert [name for name, _ in drawn["picks"][1]["options"]] == ["15min", "hour", "day"]
    assert [button["text"] for button in drawn["buttons"]] == ["Notes", "Code"]
    assert drawn["ends"] == [-0.6, 6.6]
    assert drawn["alt"] == "Bounce rate over time"


def test_a_day_alone_has_nothing_to_draw_over(client: redis_py.Redis) -> None:
    site.ordinary(client)
    (drawn,) = (data for data in site.data_of(site.opened(site=site.SITE, period="yesterday")) if "picks" in data)
    assert drawn["ends"] is None
    assert "draw over" not in drawn["note"]


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (["metric", "bounce_rate"], VIEW.choosing("metric", "bounce_rate")),
        (["metric", "visitors"], VIEW),  # which needs no saying
        (["metric", "salary"], VIEW),
        (["grain", "month"], VIEW),  # seven days have no months
        (["grain"], VIEW),
        (None, VIEW),
    ],
)
def test_a_choice_is_kept_in_the_url(told: object, expected: View, state: dict[str, Any]) -> None:
    state["series"] = SimpleNamespace(picked=told)
    series._picked()
    assert state["view"] == expected


def test_a_grain_is_kept_in_the_url(state: dict[str, Any]) -> None:
    state["series"] = SimpleNamespace(picked=["grain", "hour"])
    series._picked()
    assert state["view"].bars == "hour"


@pytest.mark.parametrize(
    ("x", "days"), [(5, (DAYS[5][0], DAYS[5][0])), (4.8, (DAYS[5][0], DAYS[5][0])), (7, None), (-1, None)]
)
def test_a_bar_that_was_clicked(x: float, days: tuple[date, date] | None, state: dict[str, Any]) -> None:
    series._bar_clicked(DAYS, {"x": x})
    assert (state["view"].start, state["view"].end) == (days or (VIEW.start, VIEW.end))


@pytest.mark.parametrize(
    ("ends", "days"), [([1.6, 3.4], (DAYS[2][0], DAYS[3][0])), ([-1.0, 9.0], None), (None, None), (["a", 1], None)]
)
def test_bars_that_were_drawn_over(ends: object, days: tuple[date, date] | None, state: dict[str, Any]) -> None:
    state["series"] = SimpleNamespace(drawn=ends)
    series._drawn(DAYS)
    assert (state["view"].start, state["view"].end) == (days or (VIEW.start, VIEW.end))
