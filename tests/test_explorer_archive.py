"""The explorer over an archive that cannot be read: what is wrong is said, and what rollups tell is shown."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import explorer_site as site
import lives
import pytest
import redis as redis_py
from made import SITE, ms
from streamlit.testing.v1 import AppTest

from common import keys, manifest

FIRST = keys.ordinal("2026-01-20")
NOW = ms("2026-04-10 16:00")
FEBRUARY = {"from_": "2026-02-01", "to": "2026-02-28"}
CUT = {"from_": "2026-02-03", "to": "2026-02-20"}


@pytest.fixture
def lived(redis: redis_py.Redis, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three closed months; the folder of their archive."""
    lives.tended(redis, tmp_path, "UTC", FIRST, 81, seed=9, a_day=6, now=NOW, raw_days=5)
    monkeypatch.setenv("FOOTFALL_REDIS_URL", redis_url)
    monkeypatch.setenv("FOOTFALL_DATA", str(tmp_path))
    site.forget()
    return tmp_path / "archive"


def spoiled(redis: redis_py.Redis, archive: Path, kind: str) -> str:
    """Cut February's file of a kind; its name."""
    name = next(n for n, f in manifest.files(redis, SITE).items() if f.kind == kind and "2026-02" in f.months)
    (archive / name).write_bytes((archive / name).read_bytes()[:500])
    return name.rpartition("/")[2]


def opened(page: str, **params: str | list[str]) -> AppTest:
    app = site.opened(page, site=SITE.site, **params)
    assert not app.exception
    return app


def errors(app: AppTest) -> list[str]:
    """Without the backslashes that keep texts texts."""
    return [str(one.value).replace("\\", "").replace("\u2060", "") for one in app.error]


@pytest.mark.parametrize("page", ["", "breakdown"])
def test_events_that_a_filter_needs(redis: redis_py.Redis, lived: Path, page: str) -> None:
    name = spoiled(redis, lived, manifest.EVENTS)
    app = opened(page, **FEBRUARY, f=["country:DE"])
    assert app.title[0].value == "This cannot be shown"
    (told,) = errors(app)
    assert name in told
    assert told.endswith("restore it from a backup of the archive")
    assert not errors(opened(page, **FEBRUARY))
    march = opened(page, from_="2026-03-03", to="2026-03-30", f=["country:DE"])
    assert not errors(march)
    assert page or re.search("No change is shown, since .*Feb.* cannot be read", site.texts(march))
    app.button(key="retry").click().run()
    assert app.title[0].value == "This cannot be shown"


def test_rows_that_only_the_cards_need(redis: redis_py.Redis, lived: Path) -> None:
    """Tiles and series are drawn; nothing is drawn again and again."""
    name = spoiled(redis, lived, manifest.ROWS)
    app = opened("", **CUT)
    assert app.title[0].value == SITE.site.replace(".", "\\.")
    assert int(site.tiles(app)["Pageviews"][0].replace(",", "")) > 0
    assert not errors(app)
    told = [(card["wrong"], card["note"]) for card in site.cards(app)]
    assert len(told) == 5
    assert all(wrong and name in note for wrong, note in told)
    assert not errors(opened("", **FEBRUARY))


def test_rows_that_the_whole_page_needs(redis: redis_py.Redis, lived: Path) -> None:
    name = spoiled(redis, lived, manifest.ROWS)
    app = opened("breakdown", **CUT)
    assert app.title[0].value == "This cannot be shown"
    (told,) = errors(app)
    assert name in told


@pytest.mark.parametrize("page", ["", "breakdown"])
def test_a_store_that_cannot_be_reached(
    lived: Path, monkeypatch: pytest.MonkeyPatch, free_port: Callable[[], int], page: str
) -> None:
    where = f"s3://someone:secret@bucket/foot?endpoint_override=127.0.0.1:{free_port()}&scheme=http"
    monkeypatch.setenv("FOOTFALL_ARCHIVE", where)
    site.forget()
    app = opened(page, **FEBRUARY, f=["country:DE"])
    assert app.title[0].value == "This cannot be shown"
    (told,) = errors(app)
    assert told.startswith("Archive s3://bucket/foot: reading site=example.com/month=2026-0")
    assert "cannot be reached; check endpoint_override" in told
    assert "secret" not in site.texts(app)
    assert not errors(opened(page, **FEBRUARY))
