"""Whole tables: searched, ordered and turned by the URL, and what a click on a row does."""

from __future__ import annotations

from datetime import date
from io import BytesIO
from typing import Any

import explorer_site as site
import pandas as pd
import pytest
import redis as redis_py
from streamlit.testing.v1 import AppTest

from common.filters import normalise
from common.store import StoreError
from explorer import exports, filters, table_rows, tables
from explorer.view import View


@pytest.fixture
def client(redis: redis_py.Redis, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> redis_py.Redis:
    monkeypatch.setenv("FOOTFALL_REDIS_URL", redis_url)
    site.forget()
    return redis


def many(client: redis_py.Redis, pages: int) -> None:
    """A visit of each page yesterday, and before that one of `/old` a week earlier and `/p007`."""
    noon = (site.now_ms() - site.DAY) // site.DAY * site.DAY + site.DAY // 2
    earlier = noon - 7 * site.DAY
    events = [event for n in range(pages) for event in site.visit(n + 1, noon + n, f"/p{n:03d}")]
    events += site.visit(1, noon + 300_000, "/p001")
    before = [*site.visit(1, earlier, "/old"), *site.visit(2, earlier, "/p007"), *site.visit(3, earlier, "/p007"),
              *site.visit(1, earlier - 20 * site.DAY, "/first")]  # fmt: skip
    site.feed(client, [*before, *events])


def names(app: AppTest) -> list[str]:
    found: list[str] = app.dataframe[0].value["name"].tolist()
    return found


def test_every_row_is_reached_page_by_page(client: redis_py.Redis) -> None:
    many(client, 120)
    app = site.opened("breakdown", site=site.SITE, period="7d")
    assert not app.exception
    assert len(names(app)) == 50
    assert names(app)[0] == "/p001"  # seen twice; the rest by name
    assert "120 rows sum to 121 pageviews: the total." in site.texts(app)
    last = site.opened("breakdown", site=site.SITE, period="7d", breakdown_at="3")
    assert names(last) == [*[f"/p{n:03d}" for n in range(100, 120)], "/old"]
    assert (
        site.opened("breakdown", site=site.SITE, period="7d", breakdown_at="99").dataframe[0].value["name"].iloc[-1]
        == "/old"
    )
    longer = last.selectbox(key="rows_choice").set_value("250").run()
    assert len(names(longer)) == 121
    assert site.url(longer)["rows"] == ["250"]


def test_a_search_looks_at_all_rows_and_becomes_a_filter(client: redis_py.Redis) -> None:
    many(client, 120)
    app = site.opened("breakdown", site=site.SITE, period="7d", breakdown_at="2")
    app.text_input(key="breakdown_q:page:0").set_value("11").run()
    assert names(app) == ["/p011", *[f"/p{n}" for n in range(110, 120)]]
    assert site.url(app)["breakdown_q"] == ["11"]
    assert "breakdown_at" not in site.url(app)
    assert "11 of 121 rows hold “11”, together 11 pageviews." in site.texts(app)
    app.button(key="breakdown_filter").click().run()
    assert site.url(app)["f"] == ["page__contains:11"]
    assert "breakdown_q" not in site.url(app)
    assert names(app) == ["/p011", *[f"/p{n}" for n in range(110, 120)]]
    assert "From raw events." in site.texts(app)


def test_a_search_that_finds_nothing_says_so(client: redis_py.Redis) -> None:
    site.ordinary(client)
    app = site.opened("breakdown", site=site.SITE, period="7d", breakdown_q="nowhere")
    assert not app.exception
    assert not app.dataframe
    assert "0 of 3 rows hold “nowhere”, together 0 pageviews." in site.texts(app)


def test_changes_against_the_days_before(client: redis_py.Redis) -> None:
    many(client, 9)
    app = site.opened("breakdown", site=site.SITE, period="7d")
    changes = app.dataframe[0].value.set_index("name")["change"]
    assert changes[["/p001", "/p007", "/old"]].tolist() == ["new", "−50.0%", "gone"]
    assert "1 more row is gone" in site.texts(app)
    fallen = site.opened("breakdown", site=site.SITE, period="7d", breakdown_order="fell")
    assert names(fallen)[:2] == ["/p007", "/old"]  # both by one
    alone = site.opened("breakdown", site=site.SITE, period="7d", compare="none", breakdown_order="fell")
    assert "change" not in alone.dataframe[0].value
    assert "/old" not in names(alone)


def test_days_before_the_first_are_no_comparison(client: redis_py.Redis) -> None:
    site.ordinary(client)
    app = site.opened("breakdown", site=site.SITE, period="7d")
    assert "change" not in app.dataframe[0].value


def test_the_metric_decides_order_share_and_line(client: redis_py.Redis) -> None:
    site.ordinary(client)
    app = site.opened("breakdown", site=site.SITE, period="7d", breakdown="country", breakdown_by="pageviews")
    table = app.dataframe[0].value
    assert list(table)[:4] == ["name", "pageviews", "share", "trend"]
    assert table["name"].tolist() == ["Germany", "France"]
    assert table["share"].tolist() == [80.0, 20.0]
    assert [sum(line) for line in table["trend"]] == [4, 1]
    app.selectbox(key="breakdown_by_choice").set_value("bounce_rate").run()
    assert "share" not in app.dataframe[0].value
    assert site.url(app)["breakdown_by"] == ["bounce_rate"]


def test_a_day_has_lines_of_its_hours(client: redis_py.Redis) -> None:
    site.ordinary(client)
    app = site.opened("breakdown", site=site.SITE, period="yesterday", breakdown="country")
    line = app.dataframe[0].value["trend"].iloc[0]
    assert (len(line), sum(line), line[12]) == (24, 2, 2)


def test_filters_hold_for_lines_too(client: redis_py.Redis) -> None:
    site.ordinary(client)
    app = site.opened("breakdown", site=site.SITE, period="7d", breakdown="page", f="country:FR")
    table = app.dataframe[0].value
    assert table["name"].tolist() == ["/"]
    assert sum(table["trend"].iloc[0]) == 1


def test_without_the_archive_a_table_has_no_lines(client: redis_py.Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    site.ordinary(client)

    def gone(*_: Any, **__: Any) -> None:
        raise StoreError("the archive cannot be read")

    monkeypatch.setattr("common.frames.Traffic.trend", gone)
    app = site.opened("breakdown", site=site.SITE, period="7d", breakdown="country")
    assert not app.exception
    assert "trend" not in app.dataframe[0].value
    assert "No lines over time: the archive cannot be read." in site.texts(app)


def test_hostile_texts_stay_texts(client: redis_py.Redis) -> None:
    site.hostile(client)
    for dimension in ("page", "source", "referrer", "hostname", "event", "prop:![key](http://evil.test)"):
        app = site.opened(
            "breakdown", site=site.SITE, period="7d", breakdown=dimension, breakdown_q="[x](http://e.test)"
        )
        assert not app.exception
        assert "[x](http" not in site.texts(app)
        shown = site.opened("breakdown", site=site.SITE, period="7d", breakdown=dimension)
        assert len(names(shown)) >= 1


SELECTED = {"rows": [], "cells": [(1, "visitors")]}


@pytest.mark.parametrize(
    ("selection", "negated", "filters_then"),
    [
        ({"rows": [0], "cells": []}, False, (("page", "/a"),)),
        (SELECTED, False, (("page", "/b"),)),
        (SELECTED, True, (("page__not", "/b"),)),
        ({"rows": [], "cells": []}, False, ()),
        ({"rows": [7], "cells": []}, False, ()),
        ({"rows": [2], "cells": []}, True, ()),  # (other) is a sum, no value
    ],
)
def test_a_selected_row_becomes_a_filter(
    selection: dict[str, Any], negated: bool, filters_then: tuple[Any, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    state: dict[str, Any] = {"t": {"selection": selection}}
    state["view"] = View("a.com", "28d", date(2026, 11, 1), date(2026, 11, 2))
    monkeypatch.setattr(tables.st, "session_state", state)
    monkeypatch.setattr(tables.st, "toast", lambda *_, **__: None)
    monkeypatch.setattr(filters, "go", lambda then: state.update(view=then))

    def chosen(dimension: str, value: str) -> None:
        tables._choose(filters.drill, negated, dimension, value)

    tables.select("t", "page", ["/a", "/b", "(other)"], chosen, "turn")
    assert state["view"].filters == filters_then
    assert state.get("drilled", False) == bool(filters_then)
    normalise(state["view"].where)


def test_every_column_is_configured() -> None:
    metrics = dict.fromkeys(table_rows.METRICS, 1.0)
    frame = pd.DataFrame({"page": ["/"]}).assign(**metrics)
    both = table_rows.joined(frame, frame, "page")
    trend = pd.DataFrame({"page": ["/"], "visitors": [1]})
    assert set(table_rows.shown(both, "page", "visitors", 1, trend)) == set(tables.columns("page", "visitors"))


def test_what_is_downloaded_has_all_rows_and_the_days_before() -> None:
    frame = pd.DataFrame({"page": ["/", "=x"], "visitors": [1, 2], "visits": [1, 2], "pageviews": 1, "events": 1})
    both = table_rows.joined(frame, frame.head(1), "page")
    assert exports.csv(both).decode("utf-8-sig").splitlines()[1:] == ['"/",1,1,1,1,1,1,1,1', '"\'=x",2,2,1,1,0,0,0,0']
    again = pd.read_parquet(BytesIO(exports.parquet(both)))
    assert again["page"].tolist() == ["/", "=x"]
    assert again.dtypes.tolist()[1:] == both.dtypes.tolist()[1:]
