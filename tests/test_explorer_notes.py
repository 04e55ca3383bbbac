"""Notes: what is kept, what is refused, and that they are drawn and removed."""

from __future__ import annotations

from datetime import date, time

import explorer_site as site
import pytest
import redis as redis_py
from streamlit.testing.v1 import AppTest

from common.saved import NOTE, Saved
from explorer import notes
from explorer.view import decode

DAY = date(2026, 11, 24)


def test_note_of() -> None:
    assert notes.note_of(DAY, None, " Released\n2.0 ") == {"day": "2026-11-24", "text": "Released 2.0"}
    assert notes.note_of(DAY, time(9, 5), "x") == {"day": "2026-11-24", "time": "09:05", "text": "x"}
    for text, wrong in (("  ", "Say what"), ("x" * 201, "At most 200")):
        with pytest.raises(ValueError, match=wrong):
            notes.note_of(DAY, None, text)


def test_within() -> None:
    kept = {name: {"day": name} for name in ("2026-11-01", "2026-11-02", "2026-11-03", "")}
    assert notes.within(kept, date(2026, 11, 2), date(2026, 11, 3)) == [{"day": "2026-11-02"}, {"day": "2026-11-03"}]


def test_said_is_text() -> None:
    told = notes.said({"day": "2026-11-24", "text": "[x](http://evil.test)"})
    assert "](" not in told


@pytest.fixture
def client(redis: redis_py.Redis, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> redis_py.Redis:
    monkeypatch.setenv("FOOTFALL_REDIS_URL", redis_url)
    site.forget()
    return redis


def _asked_for(label: str) -> AppTest:
    """The dialog, as the button below the series opens it."""
    app = site.opened(site=site.SITE, period="7d")
    (series,) = (data for data in site.data_of(app) if "picks" in data)
    assert series["buttons"][0]["text"] == label
    app.session_state["notes_shown"] = decode({"site": [site.SITE], "period": ["7d"]}, site.SITE, date.today())
    return app.run()


def test_added_shown_and_removed(client: redis_py.Redis) -> None:
    site.ordinary(client)
    app = _asked_for("Notes")
    app.text_input(key="note_text").set_value("Released 2.0")
    app.button(key="note_add").click().run()
    assert not app.exception
    (kept,) = Saved(client, site.SITE).all(NOTE).values()
    assert kept["text"] == "Released 2.0"
    app = _asked_for("Notes · 1")
    (remove,) = [button for button in app.button if button.label == "Remove"]
    remove.click().run()
    assert not app.exception
    assert Saved(client, site.SITE).all(NOTE) == {}
