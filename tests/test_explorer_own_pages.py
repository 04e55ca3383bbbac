"""A file in a folder becomes a page with the same filters and frames; what is wrong with it is its own matter."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import explorer_server
import explorer_site as site
import pytest
import redis as redis_py

from common.settings import SettingError, Settings
from explorer import own_pages

if TYPE_CHECKING:
    from playwright.sync_api import Page

READERS = '''"""Readers."""
import streamlit as st
from explorer.page import page
with page("Readers of docs", "what they saw") as answers:
    st.dataframe(answers.ask("breakdown", dimension="page"))
'''


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ('"""Readers."""', "Readers"),
        ("import os", "Where they go"),
        (f'"""{"long " * 20}"""', "Where they go"),
        ("def broken(", "Where they go"),
    ],
)
def test_title(tmp_path: Path, text: str, title: str) -> None:
    path = tmp_path / "where_they_go.py"
    path.write_text(text)
    assert own_pages.title(path) == title


def test_found(tmp_path: Path) -> None:
    for name in ("b.py", "a.py", "_no.py", "no.txt", "no no.py", "C-d.py"):
        (tmp_path / name).write_text("")
    assert [page.url for page in own_pages.found(tmp_path)] == ["own_c-d", "own_a", "own_b"]
    assert own_pages.found(tmp_path / "nowhere") == []


def test_folder(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path)
    assert own_pages.folder(settings, {}) == tmp_path / "pages"
    assert own_pages.folder(settings, {"FOOTFALL_PAGES": str(tmp_path)}) == tmp_path
    with pytest.raises(SettingError, match="FOOTFALL_PAGES=/no/where: no such folder"):
        own_pages.folder(settings, {"FOOTFALL_PAGES": "/no/where"})


@pytest.mark.browser
def test_a_page_of_ones_own(page: Page, redis: redis_py.Redis, redis_url: str, tmp_path: Path) -> None:
    site.ordinary(redis)
    (tmp_path / "readers.py").write_text(READERS)
    (tmp_path / "broken.py").write_text("1 / 0")
    with explorer_server.serving({"FOOTFALL_REDIS_URL": redis_url, "FOOTFALL_PAGES": str(tmp_path)}) as address:
        page.goto(f"{address}/own_readers?site={site.SITE}&period=7d&f=country:FR")
        page.get_by_role("heading", name="Readers of docs").wait_for()
        page.locator("[data-testid=stDataFrame] canvas").first.wait_for()
        page.get_by_role("button", name="Country: France").first.wait_for()
        page.get_by_test_id("stSidebar").get_by_role("link", name="Broken").click()
        page.get_by_text("ZeroDivisionError").wait_for()
        page.get_by_test_id("stSidebar").get_by_role("link", name="Overview").click()
        page.get_by_text("Pageviews").first.wait_for()
