"""Segments: their texts in addresses, and keeping, applying, renaming and dropping them."""

from __future__ import annotations

from typing import Any

import explorer_site as site
import pytest
import redis as redis_py
from streamlit.testing.v1 import AppTest

from common.saved import SEGMENT, Saved
from explorer import segments
from explorer.view import Filter

ODD: tuple[Filter, ...] = (
    ("page__contains", "/a&f=b=c:d%"),
    ("prop:pl:an%", "日本 + 🎉"),
    ("country", "DE"),
    ("country", "FR"),
)


@pytest.fixture
def client(redis: redis_py.Redis, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> redis_py.Redis:
    monkeypatch.setenv("FOOTFALL_REDIS_URL", redis_url)
    site.forget()
    return redis


def test_texts() -> None:
    assert segments.encode([("country", "DE")]) == "f=country%3ADE"
    assert segments.decode(segments.encode(ODD)) == ODD
    assert segments.filters_of(segments.contents(ODD)) == ODD


@pytest.mark.parametrize("text", ["", "f=", "f=planet:mars", "g=country:DE", "%", "f=page__matches:("])
def test_texts_that_say_nothing(text: str) -> None:
    assert segments.decode(text) == ()


@pytest.mark.parametrize("kept", [{}, {"f": None}, {"f": "country:DE"}, {"f": [1, "planet:mars", None]}])
def test_kept_contents_that_say_nothing(kept: dict[str, Any]) -> None:
    assert segments.filters_of(kept) == ()


@pytest.mark.parametrize(
    ("said", "title", "filters"),
    [
        ("", "This view", (("device", "Mobile"),)),
        ("all", "Everyone", ()),
        ("@Germans", "Germans", (("country", "DE"),)),
        ("f=country%3AFR", "Filters of the link", (("country", "FR"),)),
    ],
)
def test_resolve(said: str, title: str, filters: tuple[Filter, ...]) -> None:
    kept = {"Germans": {"f": ["country:DE"]}}
    assert segments.resolve(said, kept, [("device", "Mobile")]) == (title, filters)
    assert segments.resolve("@Nobody", kept, []) is None


def test_where() -> None:
    assert segments.Segment("", ODD[2:]).where == {"country": ["DE", "FR"]}


def test_reads() -> None:
    assert segments.reads([("country", "DE"), ("page__not_contains", "/a")]) == (
        "Country is **Germany**, Page does not contain **\\/a**"
    )
    assert segments.reads([]) == "no filters: everyone"


def test_keep_and_rename(client: redis_py.Redis) -> None:
    saved = Saved(client, site.SITE)
    assert segments.keep(saved, {}, " Germans ", [("country", "DE")]) == ""
    assert saved.all(SEGMENT) == {"Germans": {"f": ["country:DE"]}}
    found = saved.all(SEGMENT)
    assert "kept already" in segments.keep(saved, found, "Germans", [("country", "FR")])
    assert "does not begin with @" in segments.keep(saved, found, "@x", [("country", "FR")])
    assert "expected 1 to" in segments.keep(saved, found, " ", [("country", "FR")])
    assert segments.rename(saved, found, "Germans", "From Germany") == ""
    assert saved.all(SEGMENT) == {"From Germany": {"f": ["country:DE"]}}


def script() -> None:
    """The form without its dialog, which a test's whole run would close."""
    import pandas as pd

    from explorer import data, filters, segments

    view = filters.resolve(
        pd.DataFrame({"site": ["shop.example"], "zone": ["UTC"], "since": [pd.Timestamp.now("UTC")]})
    )
    assert view
    segments.form(data.Answers(filters.current_source(), view))


def form(client: redis_py.Redis, *filters: str) -> AppTest:
    app = AppTest.from_function(script, default_timeout=60)
    app.query_params["f"] = list(filters)
    return app.run()


def press(app: AppTest, label: str) -> AppTest:
    return next(button for button in app.button if button.label == label).click().run()


def test_the_form_keeps_and_applies(client: redis_py.Redis) -> None:
    app = form(client, "country:FR")
    app.text_input(key="segment_name").set_value("French")
    press(app, "Keep")
    assert not app.exception
    assert Saved(client, site.SITE).all(SEGMENT) == {"French": {"f": ["country:FR"]}}
    app.text_input(key="segment_name").set_value("French")
    press(app, "Keep")
    assert "kept already" in app.error[0].value

    app = form(client)
    assert app.text_input(key="segment_name").disabled  # there is nothing to keep
    press(app, "Apply")
    assert site.url(app)["f"] == ["country:FR"]


def test_the_form_replaces_renames_and_drops(client: redis_py.Redis) -> None:
    saved = Saved(client, site.SITE)
    saved.put(SEGMENT, "Mine", {"f": ["country:FR"]})
    app = form(client, "device:Mobile")
    press(app, "Replace")
    assert saved.all(SEGMENT) == {"Mine": {"f": ["device:Mobile"]}}
    app.text_input(key="segment_rename:Mine").set_value("Ours").run()
    press(app, "Rename")
    assert saved.all(SEGMENT) == {"Ours": {"f": ["device:Mobile"]}}
    press(app, "Delete")
    assert saved.all(SEGMENT) == {}
    assert not app.exception


def test_hostile_names_stay_texts(client: redis_py.Redis) -> None:
    saved = Saved(client, site.SITE)
    saved.put(SEGMENT, "![i](http://evil.test/i.png)", {"f": ["page:/<img src=x>", "nonsense"]})
    app = form(client)
    assert not app.exception
    assert "](http://evil" not in site.texts(app)


def test_the_button_opens_it(client: redis_py.Redis) -> None:
    site.ordinary(client)
    app = site.opened("technology", site=site.SITE, period="7d")
    app.button(key="segments").click().run()
    assert not app.exception
    assert app.text_input(key="segment_name").disabled
