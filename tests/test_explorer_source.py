"""Rows of a page's days are looked for once; what is asked the same is one question."""

from __future__ import annotations

from datetime import date

import explorer_site as site
import pytest
import redis as redis_py

from common.frames import Traffic
from common.settings import load
from explorer.source import Question, Source

DAY = date(2026, 11, 24)


def test_rows_of_days_that_stay_as_they_are_are_looked_for_once(
    redis: redis_py.Redis, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.ordinary(redis)
    looked: list[object] = []
    plain = Traffic._over
    monkeypatch.setattr(Traffic, "_over", lambda self, *days: looked.append(days) or plain(self, *days))
    source = Source(site.SITE, redis, load({"FOOTFALL_REDIS_URL": redis_url}))
    days = {"start": source.today(), "end": source.today()}
    for revisions, times in (("1 1", 1), ("1 1", 1), ("1 2", 2), (" ", 3), (" ", 4)):
        source.answer("totals", revisions, **days, where={"country": "DE"})
        assert len(looked) == times
    source.totals(**days, where={"country": "DE"})  # of which nobody said anything
    assert len(looked) == 5


def test_the_same_options_are_the_same_question() -> None:
    def asked(own: bool = True, **options: object) -> Question:
        return Question("totals", DAY, DAY, "1", repr(options), options, own)

    assert asked(where={"country": ["DE"]}) == asked(own=False, where={"country": ["DE"]})
    assert asked(where={"country": ["DE"]}) != asked(where={"country": ["FR"]})
    assert len({asked(), asked(), asked(grain="day")}) == 2
