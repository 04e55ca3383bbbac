"""The shared connection, and answers that are cached until a day's revision moves."""

from __future__ import annotations

from datetime import date, timedelta
from time import sleep

import explorer_site as site
import pytest
import redis as redis_py

from common import reader
from explorer import data
from explorer.data import Answers
from explorer.source import Source
from explorer.view import decode


@pytest.fixture(autouse=True)
def _here(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOOTFALL_REDIS_URL", redis_url)
    site.forget()


def answers(*filters: str) -> Answers:
    source = data.source(site.SITE, "UTC")
    return Answers(source, decode({"period": ["7d"], "f": list(filters)}, site.SITE, source.today()))


def test_answers(redis: redis_py.Redis) -> None:
    site.ordinary(redis)
    everyone, germans = answers(), answers("country:DE")
    assert everyone.totals()[["visitors", "visits", "pageviews", "events"]].tolist() == [3, 3, 5, 6]
    assert germans.totals()[["visitors", "visits", "pageviews", "events"]].tolist() == [2, 2, 4, 5]
    assert (everyone.answered_by, germans.answered_by) == ("rollups", "raw events")
    assert everyone.breakdown("country").set_index("country")["visitors"].to_dict() == {"DE": 2, "FR": 1}
    assert everyone.classes().set_index("class")["visitors"].to_dict() == {"human": 3, "bot": 1}
    assert everyone.dropped().set_index("reason")["events"].to_dict() == {"no_visit": 2, "old": 1}
    assert everyone.properties() == ["prop:plan"]
    assert everyone.series()["visitors"].sum() == 3
    assert everyone.breakdown("page").attrs["answered_by"] == "rollups"


def test_an_answer_is_asked_for_once_per_revision(redis: redis_py.Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("common.reader._TRUST", 0.0)
    site.ordinary(redis)
    asked: list[str] = []
    counted = Source.totals
    monkeypatch.setattr(
        Source, "totals", lambda self, *given, **named: asked.append("totals") or counted(self, *given, **named)
    )
    answers().totals()
    answers().totals()
    assert len(asked) == 1
    site.feed(redis, site.visit(9, site.now_ms() - 60_000, "/"), collector="other")
    assert answers().totals()["visitors"] == 4
    assert len(asked) == 2


def test_raw_events_reach_back_only_so_far(redis: redis_py.Redis) -> None:
    site.ordinary(redis, ago=20 * site.DAY)
    site.feed(redis, site.visit(9, site.now_ms() - 3 * site.DAY, "/"), collector="another")
    today = data.source(site.SITE, "UTC").today()
    assert answers("country:DE").first_day() == today - timedelta(days=20)
    redis.unlink(*redis.scan_iter(f"*visits:events:{today - timedelta(days=20)}:*"))
    site.forget()
    assert answers().first_day() == today - timedelta(days=20)
    assert answers("country:DE").first_day() == today - timedelta(days=3)


def test_sites_of_the_settings_are_known_before_they_write(
    redis: redis_py.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert data.known_sites().empty
    monkeypatch.setenv("FOOTFALL_SITES", "shop.example=UTC,new.example=Europe/Berlin")
    assert data.known_sites()[["site", "zone"]].to_numpy().tolist() == [
        ["shop.example", "UTC"],
        ["new.example", "Europe/Berlin"],
    ]
    site.ordinary(redis)
    assert data.known_sites()["since"].notna().tolist() == [True, False]


def test_a_site_is_added_once(redis: redis_py.Redis) -> None:
    assert data.add_site("a.com", "Asia/Tokyo")
    assert not data.add_site("a.com", "UTC")
    assert data.known_sites()[["site", "zone"]].to_numpy().tolist() == [["a.com", "Asia/Tokyo"]]


def test_an_answer_is_kept_until_its_days_change_and_nobody_can_change_it(
    redis: redis_py.Redis, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOOTFALL_REDIS_URL", redis_url)
    site.forget()
    site.ordinary(redis)
    asked: list[str] = []
    plain = Source.answer
    monkeypatch.setattr(Source, "answer", lambda self, name, *given, **days: (
        asked.append(name) or plain(self, name, *given, **days)
    ))  # fmt: skip
    view = decode({"site": [site.SITE], "period": ["7d"]}, site.SITE, date.today())

    def pages() -> list[int]:
        frame = data.Answers(data.source(site.SITE, "UTC"), view).breakdown("page")
        found = [int(count) for count in frame["pageviews"]]
        frame["pageviews"] = 0
        frame.attrs["sources"] = []
        return found

    assert pages() == pages() == [2, 2, 1]
    assert data.Answers(data.source(site.SITE, "UTC"), view).breakdown("page").attrs["sources"] == ["rollups"]
    assert asked == ["breakdown"]
    site.feed(redis, site.visit(9, site.now_ms() - 60_000, "/docs"), collector="later")
    sleep(1.1 * reader._TRUST)
    assert pages() == [2, 2, 2]
    assert asked == ["breakdown"] * 2
