"""Answers from events, through a real flush: what `Traffic` adds to common/depth, and what frames say of themselves."""

from __future__ import annotations

from typing import Any

import pytest
import redis as redis_py
from made import SITE, apply, event, ms

from common.frames import Traffic
from common.settings import Settings

ZONE = "Europe/Berlin"
DAY, NEXT = "2026-05-05", "2026-05-06"  # a Tuesday
SITES = {SITE.site: ZONE}


def at(clock: str, day: str = DAY) -> int:
    return ms(f"{day} {clock}", ZONE)


@pytest.fixture
def traffic(redis: redis_py.Redis, settings: Settings) -> Traffic:
    """Ann reads and signs up, comes again later, and clicks; Ben looks in past midnight."""
    apply(
        redis,
        [
            event(1, at("09:00"), "/", country="DE"),
            event(1, at("09:01"), "/", type="click", x=33, y=70, target="a"),
            event(1, at("09:02"), "/pricing", country="DE"),
            event(1, at("09:03"), "/pricing", type="Signup"),
            event(1, at("14:00"), "/docs", country="DE"),
            event(2, at("23:50"), "/", country="NP"),
            event(22, at("00:10", NEXT), "/pricing", before=2, country="NP"),
        ],
        ZONE,
    )
    return Traffic(site=SITE.site, client=redis, settings=Settings(sites=SITES, data=settings.data))


def test_funnel(traffic: Traffic) -> None:
    steps = ["page:/", "page:/pric*", "event:Signup"]
    found = traffic.funnel(steps, DAY, DAY)
    assert found[["step", "name", "visitors", "dropped"]].to_numpy().tolist() == [
        [1, "/", 2, 0],
        [2, "/pric*", 2, 0],
        [3, "Signup", 1, 1],
    ]
    assert found.attrs["exactness"] == "exact within one visit"
    wide = traffic.funnel(["event:Signup", "page:/docs"], DAY, NEXT, within=6 * 3_600)
    assert wide["visitors"].tolist() == [1, 1]
    assert wide.attrs["exactness"].endswith("21600 s of the first step, and within the life of a visitor's id: one day")
    assert traffic.funnel(steps, DAY, DAY, {"country": "NP"}, by="country")["visitors"].tolist() == [1, 1, 0]


def test_transitions(traffic: Traffic) -> None:
    assert traffic.transitions(DAY, DAY).to_numpy().tolist() == [["/", "/pricing", 2, 1.0]]
    assert traffic.transitions(DAY, DAY, limit=1, ends=True)["share"].tolist() == [0.25]


def test_retention(traffic: Traffic) -> None:
    found = traffic.retention(DAY, NEXT)
    assert found.drop(columns="cohort").fillna(-1).to_numpy().tolist() == [[0, 2, 1, 1, 3], [0, 0, -1, 0, 0]]
    assert found["cohort"].astype(str).tolist() == [f"{DAY} 00:00:00+02:00", f"{NEXT} 00:00:00+02:00"]
    assert "life of a visitor's id: one day" in found.attrs["exactness"]


def test_heatmap(traffic: Traffic) -> None:
    assert traffic.heatmap("/", DAY, DAY, cell=50).to_numpy().tolist() == [[0, 50, 1, 1, 1]]


@pytest.mark.parametrize(("where", "by"), [(None, "rollups"), ({"country": ["DE", "NP"]}, "raw events")])
def test_activity(traffic: Traffic, where: Any, by: str) -> None:
    found = traffic.activity(DAY, NEXT, where)
    assert len(found) == 7 * 24
    assert found.attrs["answered_by"] == by
    assert found[found["events"] > 0].to_numpy().tolist() == [
        [1, 9, 1, 1, 2, 3],
        [1, 14, 1, 1, 1, 1],
        [1, 23, 1, 1, 1, 1],
        [2, 0, 1, 0, 1, 1],
    ]


def every_answer(traffic: Traffic, where: Any = None) -> list[Any]:
    span = (DAY, NEXT)
    return [
        traffic.totals(*span, where),
        traffic.series(*span, where=where),
        traffic.breakdown("page", *span, where),
        traffic.activity(*span, where),
        traffic.vitals(*span, where),
        traffic.errors(*span, where),
        traffic.events(*span, where),
        traffic.visits(*span, where),
        traffic.funnel(["page:/"], *span, where),
        traffic.transitions(*span, where),
        traffic.retention(*span, where=where),
        traffic.heatmap("/", *span, where),
    ]


def test_every_answer_says_where_it_came_from(traffic: Traffic) -> None:
    plain, deep = every_answer(traffic), every_answer(traffic, {"country": ["DE", "NP"]})
    assert [frame.attrs["sources"] for frame in plain] == [["rollups"]] * 6 + [["raw events"]] * 6
    for frame in (*plain, *deep):
        told = frame.attrs
        assert (told["complete"], told["missing"], told["exact"]) == (True, [], True)
        assert told["exactness"].startswith("exact")
        assert (told["site"], told["zone"]) == (SITE.site, ZONE)
    assert {frame.attrs["answered_by"] for frame in deep} == {"raw events"}


def test_days_whose_events_are_gone_are_told(traffic: Traffic, redis: redis_py.Redis) -> None:
    redis.delete(*redis.scan_iter(SITE.raw(1, 0).replace("0001-01-01:0", f"{NEXT}:*")))
    assert traffic.totals("2026-05-01", NEXT).attrs["complete"]
    for frame in every_answer(traffic, {"country": "DE"}):
        assert (frame.attrs["complete"], frame.attrs["missing"]) == (False, [NEXT])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda t: t.funnel([], DAY, DAY), "steps:"),
        (lambda t: t.funnel(["page:/"], DAY, DAY, within="week"), "within='week'"),
        (lambda t: t.funnel(["page:/"], DAY, DAY, by="planet"), "by='planet'"),
        (lambda t: t.funnel(["page:/"], NEXT, DAY), "start=2026-05-06 lies after"),
        (lambda t: t.transitions(DAY, DAY, {"planet": "Mars"}), "unknown dimension 'planet'"),
        (lambda t: t.retention(DAY, DAY, "hour"), "grain='hour'"),
        (lambda t: t.heatmap("/", DAY, DAY, cell=0), "cell=0"),
        (lambda t: t.events("yesterday", DAY), "start='yesterday'"),
    ],
)
def test_bad_arguments_are_named(traffic: Traffic, call: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call(traffic)
