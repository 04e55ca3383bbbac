"""The dialog that adds a filter of any dimension and operator."""

from __future__ import annotations

import explorer_site as site
import pytest
import redis as redis_py
from streamlit.testing.v1 import AppTest

from explorer import filter_form


def script() -> None:
    """The form without its dialog, which a test's whole run would close."""
    import pandas as pd
    import streamlit as st

    from explorer import data, filter_form, filters

    view = filters.resolve(
        pd.DataFrame({"site": ["shop.example"], "zone": ["UTC"], "since": [pd.Timestamp.now("UTC")]})
    )
    assert view
    with st.container(key="chips"):
        filters.chips(view)
    filter_form.form(data.Answers(filters.current_source(), view))


@pytest.fixture
def app(redis: redis_py.Redis, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setenv("FOOTFALL_REDIS_URL", redis_url)
    site.forget()
    site.ordinary(redis)
    opened = AppTest.from_function(script, default_timeout=60)
    opened.query_params["period"] = "7d"
    return opened.run()


def choose(app: AppTest, dimension: str, operator: str) -> None:
    app.selectbox(key="filter_dimension").set_value(dimension).run()
    app.selectbox(key="filter_operator").set_value(operator).run()


def test_several_values(app: AppTest) -> None:
    choose(app, "country", "not")
    values = app.multiselect(key="filter_values:country")
    assert values.options == ["Germany", "France"]
    assert app.button(key="filter_add").disabled
    values.set_value(["DE", "FR"]).run()
    app.button(key="filter_add").click().run()
    assert not app.exception
    assert site.url(app)["f"] == ["country__not:DE", "country__not:FR"]
    assert app.button(key="chip_0").label == "Country is not **Germany**"


def test_contains(app: AppTest) -> None:
    choose(app, "page", "contains")
    app.text_input(key="filter_text").set_value("PRIC").run()
    app.button(key="filter_add").click().run()
    assert site.url(app)["f"] == ["page__contains:PRIC"]
    assert app.button(key="chip_0").label == "Page contains **PRIC**"


@pytest.mark.parametrize("operator", ["matches", "not_matches"])
def test_a_bad_regular_expression_is_told_and_adds_nothing(app: AppTest, operator: str) -> None:
    choose(app, "page", operator)
    app.text_input(key="filter_text").set_value("(docs").run()
    app.button(key="filter_add").click().run()
    assert not app.exception
    assert "is no regular expression" in app.error[0].value
    assert "f" not in site.url(app)
    app.text_input(key="filter_text").set_value("^/docs").run()
    app.button(key="filter_add").click().run()
    assert site.url(app)["f"] == [f"page__{operator}:^/docs"]


def test_the_button_opens_it(redis: redis_py.Redis, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOOTFALL_REDIS_URL", redis_url)
    site.forget()
    site.ordinary(redis)
    opened = site.opened("technology", site=site.SITE, period="7d")
    opened.button(key="add_filter").click().run()
    assert not opened.exception
    assert opened.selectbox(key="filter_dimension").options[:2] == ["Page", "Host name"]


def test_properties_are_offered(app: AppTest) -> None:
    choose(app, "prop:plan", "")
    app.multiselect(key="filter_values:prop:plan").set_value(["pro"]).run()
    app.button(key="filter_add").click().run()
    assert site.url(app)["f"] == ["prop:plan:pro"]


@pytest.mark.parametrize(
    ("key", "values", "problem"),
    [
        ("page", ["/"], ""),
        ("page__matches", ["^/a"], ""),
        ("page__matches", ["(?=x)"], "look-around"),
        ("page__matches", ["["], "is no regular expression"),
        ("colour", ["red"], "unknown dimension"),
    ],
)
def test_wrong(key: str, values: list[str], problem: str) -> None:
    told = filter_form.wrong(key, values)
    assert (problem in told) if problem else told == ""


def test_every_operator_has_words() -> None:
    from common.filters import OPERATORS
    from explorer.filters import _WORDS

    assert set(filter_form.OPERATORS) == set(_WORDS) == {"", *OPERATORS}
