"""A filter draws the body and nothing beside it; other days draw the sidebar, too; in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import explorer_site as site
import pytest
import redis as redis_py
from playwright.sync_api import expect

from common import keys
from explorer import body

if TYPE_CHECKING:
    from playwright.sync_api import Page


def asked_for_sites(redis: redis_py.Redis) -> int:
    """How often the whole script ran since all commands are logged: it asks for the list of sites."""
    return sum(entry["command"] == f"HGETALL {keys.sites()}".encode() for entry in redis.slowlog_get(-1))


@contextmanager
def logged(redis: redis_py.Redis) -> Iterator[None]:
    """All commands are."""
    was = redis.config_get("slowlog-*")
    redis.config_set("slowlog-max-len", 100_000, "slowlog-log-slower-than", 0)
    redis.slowlog_reset()
    try:
        yield
    finally:
        for name, value in was.items():
            redis.config_set(name, value)


@pytest.mark.browser
def test_what_a_click_draws(page: Page, redis: redis_py.Redis, explorer: str) -> None:
    name = site.fresh()
    site.ordinary(redis, name)
    page.goto(f"{explorer}/?site={name}&from=2026-01-05&to=2026-01-14")
    page.goto(f"{explorer}/?site={name}&period=7d")
    rows, chip = page.locator(".card_places tbody tr"), page.locator(".st-key-chip_0")
    rows.first.wait_for()
    page.wait_for_timeout(1_500)
    with logged(redis):
        rows.filter(has_text="France").click()
        chip.get_by_text("France").first.wait_for()
        page.get_by_text("Filters need raw events").or_(page.get_by_text("From raw events.").first).wait_for()
        expect(rows).to_have_count(1)
        chip.locator("button").first.click()
        chip.wait_for(state="hidden")
        expect(rows).to_have_count(2)
        assert asked_for_sites(redis) == 0

        page.go_back()  # to the filter, the days, the first address
        page.wait_for_url("**f=country%3AFR**")
        chip.get_by_text("France").first.wait_for()
        assert asked_for_sites(redis) == 1
        page.go_back()
        page.wait_for_url("**period=7d")
        chip.wait_for(state="hidden")


@pytest.mark.parametrize(
    ("alone", "around", "fails", "again"),
    [
        (True, False, False, False),
        (True, True, False, True),  # the sidebar has to say so
        (False, True, False, False),  # it does
        (True, False, True, True),  # what stands around the body needs Redis, too
        (False, False, True, False),  # all was drawn, and this says why the body cannot be
    ],
)
def test_when_the_whole_page_is_drawn(
    alone: bool, around: bool, fails: bool, again: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Again(Exception):
        pass

    def rerun() -> None:
        raise Again

    def show() -> None:
        if fails:
            raise redis_py.ConnectionError("Connection refused")

    told: list[Exception] = []
    monkeypatch.setattr(body.filters, "in_body", lambda: alone)
    monkeypatch.setattr(body.filters, "settled", lambda: around)
    monkeypatch.setattr(body.st, "rerun", rerun)
    monkeypatch.setattr(body.away, "show_away", told.append)
    if again:
        with pytest.raises(Again):
            body._inside(show)
    else:
        body._inside(show)
    assert len(told) == (fails and not again)
