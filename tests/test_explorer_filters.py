"""URL to widgets and back: the URL is the only state."""

from __future__ import annotations

from contextvars import copy_context
from datetime import date, timedelta
from types import SimpleNamespace

import explorer_site as site
import pytest
import redis as redis_py
from streamlit.runtime.scriptrunner_utils.script_run_context import ThreadState

from explorer import filters


@pytest.fixture(autouse=True)
def _here(redis: redis_py.Redis, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOOTFALL_REDIS_URL", redis_url)
    site.forget()
    site.ordinary(redis)
    site.ordinary(redis, "blog.example")


def test_a_bare_url_is_filled_in() -> None:
    app = site.opened()
    assert not app.exception
    assert site.url(app) == {"site": ["blog.example"], "period": ["28d"]}


def test_a_pasted_url_sets_the_widgets() -> None:
    app = site.opened(site=site.SITE, from_="2026-11-01", to="2026-11-03", f=["page:/pricing", "class:bot"])
    assert app.selectbox(key="site_choice").value == site.SITE
    assert app.selectbox(key="period_choice").value == "custom"
    assert app.date_input(key="days_choice").value == (date(2026, 11, 1), date(2026, 11, 3))
    assert app.segmented_control(key="class_choice").value == "bot"
    assert site.url(app)["f"] == ["page:/pricing", "class:bot"]


def test_a_changed_widget_changes_the_url() -> None:
    app = site.opened(site=site.SITE, f="country:DE")
    app.selectbox(key="period_choice").set_value("7d").run()
    assert site.url(app) == {"site": [site.SITE], "period": ["7d"], "f": ["country:DE"]}
    app.segmented_control(key="class_choice").set_value("ai").run()
    assert site.url(app)["f"] == ["country:DE", "class:ai"]
    today = date.today()
    app.date_input(key="days_choice").set_value((today - timedelta(days=3), today - timedelta(days=1))).run()
    assert site.url(app)["from"] == [(today - timedelta(days=3)).isoformat()]
    app.selectbox(key="site_choice").set_value("blog.example").run()
    assert "f" not in site.url(app)
    assert not app.exception


def test_a_changed_url_changes_the_widgets_as_the_back_button_does() -> None:
    app = site.opened(site=site.SITE, period="7d")
    app.query_params["period"] = "90d"
    app.run()
    assert app.selectbox(key="period_choice").value == "90d"


def test_back_holds_although_a_timer_had_brought_old_widgets() -> None:
    app = site.opened(site=site.SITE, from_="2026-11-01", to="2026-11-03")
    # The server was told once more of what was shown before these days; the browser shows them, and goes back.
    app.session_state["period_choice"], app.session_state["days_choice"] = "7d", (date(2026, 10, 1), date(2026, 10, 7))
    app.selectbox(key="period_choice").set_value("custom")
    app.date_input(key="days_choice").set_value((date(2026, 11, 1), date(2026, 11, 3)))
    del app.query_params["from"], app.query_params["to"]
    app.query_params["period"] = "90d"
    app.run()
    assert site.url(app) == {"site": [site.SITE], "period": ["90d"]}
    assert app.selectbox(key="period_choice").value == "90d"


@pytest.mark.parametrize(
    ("run", "own", "back", "meant"),
    [
        (None, None, False, True),
        ([], "table", False, True),  # a whole run
        (["timer"], None, False, False),
        (["timer"], "table", False, False),
        (["timer", "table"], "table", False, True),
        (None, None, True, False),
    ],
)
def test_a_widget_is_meant_in_a_run_that_holds_it(
    run: list[str] | None, own: str | None, back: bool, meant: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = SimpleNamespace(fragment_ids_this_run=run, is_history_navigation=back)
    monkeypatch.setattr(filters, "get_script_run_ctx", lambda **_: context)
    copy_context().run(_is_meant, own, meant)


def _is_meant(own: str | None, meant: bool) -> None:
    ThreadState.initialize(fragment_id=own)
    assert filters.meant() == meant


def test_chips_remove_their_filter() -> None:
    app = site.opened(site=site.SITE, period="7d", f=["country:DE", "page:/pricing"])
    assert [app.button(key=f"chip_{n}").label for n in (0, 1)] == ["Country: **Germany**", r"Page: **\/pricing**"]
    assert site.tiles(app)["Visitors"][0] == "2"
    app.button(key="chip_0").click().run()
    assert site.url(app)["f"] == ["page:/pricing"]
    app.query_params["f"] = ["country:FR", "page:/"]
    app.run()
    app.button(key="chips_clear").click().run()
    assert "f" not in site.url(app)
    assert site.tiles(app)["Visitors"][0] == "3"
