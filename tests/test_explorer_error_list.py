"""Errors: columns that somebody counted, texts that stay texts, and how to begin."""

from __future__ import annotations

from typing import Any

import explorer_site as site
import pandas as pd
import pytest
import redis as redis_py

from explorer import error_list

NOON = (site.now_ms() - site.DAY) // site.DAY * site.DAY + site.DAY // 2
COUNTED = pd.DataFrame(
    {
        "message": ["x is undefined", "(other)"],
        "events": [4, 2],
        "visits": pd.array([2, 1], dtype="Int64"),
        "visitors": pd.array([2, 1], dtype="Int64"),
        "first_seen": pd.to_datetime(["2026-11-20", "2026-11-21"]),
        "last_seen": pd.to_datetime(["2026-11-22", "2026-11-21"]),
        "pages": [["/", "/b"], ["/"]],
    }
)


@pytest.fixture
def client(redis: redis_py.Redis, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> redis_py.Redis:
    monkeypatch.setenv("FOOTFALL_REDIS_URL", redis_url)
    site.forget()
    return redis


def failed(client: redis_py.Redis, message: str = "x is undefined") -> None:
    """Two errors of one visit, one of another."""
    site.feed(
        client,
        [
            *site.visit(1, NOON, "/"),
            *site.visit(2, NOON, "/b"),
            *(
                site.custom(visitor, NOON + second * 1_000, "error", page=page, props={"message": message})
                for visitor, second, page in ((1, 1, "/"), (1, 2, "/"), (2, 1, "/b"))
            ),
        ],
    )


def shown(app: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = app.dataframe[-1].value.to_dict("records")
    return found


def test_rollups_count_and_raw_events_tell_whom(client: redis_py.Redis) -> None:
    failed(client)
    app = site.opened("performance", site=site.SITE, period="7d")
    assert not app.exception
    assert [set(row) for row in shown(app)] == [{"message", "events", "first_seen", "last_seen"}]
    assert shown(app)[0]["events"] == 3
    app = site.opened("performance", site=site.SITE, period="7d", errors="affected")
    assert [(row["visitors"], row["visits"], row["pages"]) for row in shown(app)] == [(2, 2, "/ /b")]
    assert "3 errors, 1 messages. From raw events." in site.texts(app)


def test_hostile_messages_stay_texts(client: redis_py.Redis) -> None:
    failed(client, "<b>x</b> [a](http://evil.test)")
    app = site.opened("performance", site=site.SITE, period="7d")
    assert not app.exception
    assert shown(app)[0]["message"] == "<b>x</b> [a](http://evil.test)"  # in a cell, which draws it as it is
    assert "](http" not in site.texts(app)


def test_without_errors_it_says_how(client: redis_py.Redis) -> None:
    site.ordinary(client)
    app = site.opened("performance", site=site.SITE, period="7d", f="device:Mobile")
    assert not app.exception
    assert "No errors in these days under these filters." in site.texts(app)
    assert "tracker.errors.js" in site.texts(app)


def test_columns_that_nobody_counted_are_left_out() -> None:
    assert error_list.shaped(COUNTED)["pages"].tolist() == ["/ /b", "/"]
    counted = COUNTED.assign(visits=pd.NA, visitors=pd.NA, pages=None)
    assert list(error_list.shaped(counted)) == ["message", "events", "first_seen", "last_seen"]


def test_pages_are_one_text_in_a_file() -> None:
    frame = COUNTED.copy()
    frame.attrs = {"answered_by": "raw events"}
    found = error_list.listed(frame)
    assert (found["pages"].tolist(), found.attrs) == (["/ /b", "/"], {"answered_by": "raw events"})


def test_notes() -> None:
    assert error_list.notes(COUNTED) == [
        "6 errors, 2 messages.",
        "(other): messages beyond 200 a day, summed.",
        "From rollups.",
    ]
