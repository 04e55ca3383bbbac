"""Funnels: a few visits one can follow by eye, brute force over random ones, and published figures."""

from __future__ import annotations

import csv
import gzip
import json
import math
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from brute import visits_of
from brute_frames import value_of
from derived import relation_of
from hypothesis import given
from hypothesis import strategies as st
from made import event, ms
from test_depth_sums import SOME
from test_frames_truth import POOL
from test_truth import traffic

from common.calendars import calendar
from common.depth import funnel as module
from common.depth.relation import Relation
from common.events import Event
from common.filters import normalise
from common.keys import ordinal

DAY = ordinal("2026-05-05")
MIDNIGHT = ms("2026-05-06")
MINUTE = 60_000
STEPS = ["page:/", "page:/blog/*", "event:Signup"]


def at(minutes: float) -> int:
    return MIDNIGHT - 600 * MINUTE + round(minutes * MINUTE)


#: Ann goes all the way in one visit, Ben in two, Cem the wrong way round, Dee begins twice over midnight.
EVENTS = [
    event(1, at(0), "/", country="DE"),
    event(1, at(1), "/pricing"),
    event(1, at(2), "/blog/a%b"),
    event(1, at(3), "/blog/a%b", type="Signup", props={"plan": "pro"}),
    event(2, at(0), "/", country="NP"),
    event(2, at(60), "/blog/x", country="DE"),
    event(2, at(61), "/blog/x", type="Signup"),
    event(3, at(0), "/blog/y", country="DE"),
    event(3, at(1), "/"),
    event(3, at(2), "/blog/y", type="engagement"),
    event(4, at(0), "/", country="NP"),
    event(4, at(590), "/", country="NP"),
    event(41, at(601), "/blog/z", before=4),
]


def ask(
    steps: list[Any], within: Any = None, by: str | None = None, days: tuple[int, ...] = (DAY,), **where: Any
) -> list[tuple]:
    found = module.funnel(
        relation_of(EVENTS), days, normalise(where), module.steps_of(steps), module.window_of(within), by
    )
    columns = [*([by] if by else []), "visitors", "visits", "dropped"]
    return [tuple(row) for row in found[columns].itertuples(index=False)]


def test_within_a_visit() -> None:
    assert ask(STEPS) == [(4, 5, 0), (2, 2, 2), (1, 1, 1)]
    # Nobody began on the day after, though Dee's visit goes on there.
    assert ask(STEPS, days=(DAY + 1,)) == [(0, 0, 0), (0, 0, 0), (0, 0, 0)]


def test_within_a_span() -> None:
    assert ask(STEPS, within=timedelta(hours=1)) == [(4, 5, 0), (3, 3, 1), (1, 1, 2)]
    assert ask(STEPS, within=3_660) == [(4, 5, 0), (3, 3, 1), (2, 2, 1)]
    assert ask(STEPS, within=120) == [(4, 5, 0), (1, 1, 3), (0, 0, 1)]


def test_names_and_shares() -> None:
    steps = [{"page": ["/", "/pricing"], "name": "Shop"}, "event:Signup", {"event": "Signup", "prop:plan": "pro"}]
    found = module.funnel(relation_of(EVENTS), [DAY], normalise(None), module.steps_of(steps), None, None)
    assert found["step"].tolist() == [1, 2, 3]
    assert found["name"].tolist() == ["Shop", "Signup", "Signup + pro"]
    # One event takes one step: the same Signup is not the next step too.
    assert found["visitors"].tolist() == [4, 1, 0]
    assert found["from_first"].tolist() == [1, 0.25, 0]
    assert found["from_previous"].tolist() == [1, 0.25, 0]
    nothing = module.funnel(relation_of([]), [DAY], normalise(None), module.steps_of(STEPS), None, None)
    assert nothing["visitors"].tolist() == [0, 0, 0]
    assert all(map(math.isnan, nothing["from_first"]))


def test_split_and_filtered() -> None:
    split = [("DE", 2, 2, 0), ("DE", 1, 1, 1), ("NP", 2, 3, 0), ("NP", 1, 1, 1)]
    assert ask(STEPS[:2], by="country") == split
    # The value is that of the first step's visit, in whatever country the next one is.
    assert ask(STEPS[:2], within=3_600, by="country")[-1] == ("NP", 2, 2, 0)
    assert ask(["event:Signup"], by="prop:plan") == [("(none)", 1, 1, 0), ("pro", 1, 1, 0)]
    assert ask(STEPS[:2], country="NP") == [(2, 3, 0), (1, 1, 1)]
    # A filter on a page chooses events, so the step on another page has none.
    assert ask(STEPS[:2], page=["/", "/blog/z"]) == [(4, 5, 0), (1, 1, 3)]


def test_how_long_it_took() -> None:
    found = module.funnel(relation_of(EVENTS), [DAY], normalise(None), module.steps_of(STEPS), 4_000_000, None)
    # To a blog page Ann took two minutes, Ben an hour and Dee eleven minutes from her second try; half took less.
    assert found["seconds"].tolist() == [0, 660, (180 + 3_660) / 2]
    nobody = module.funnel(relation_of([]), [DAY], normalise(None), module.steps_of(STEPS), None, None)
    assert nobody["seconds"].isna().all()


def test_filters_that_choose_whole_visits() -> None:
    def visitors(whole: bool, **where: Any) -> list[int]:
        steps = module.steps_of(STEPS)
        frame = module.funnel(relation_of(EVENTS), [DAY], normalise(where), steps, None, None, whole)
        return frame["visitors"].tolist()

    assert visitors(False, event="Signup") == [0, 0, 0]
    assert visitors(True, event="Signup") == [1, 1, 1]
    assert visitors(True, event="Signup", country="NP") == [0, 0, 0]
    assert visitors(True, country="NP") == visitors(False, country="NP") == [2, 1, 0]


@pytest.mark.parametrize(
    ("page", "pattern", "takes"),
    [
        ("/blog/a%b", "/blog/a%b", True),
        ("/blog/a%b", "/blog/a%*", True),
        ("/blog/axb", "/blog/a%*", False),
        ("/blog/axb", "/blog/a_b*", False),
        ("/a\\b", "/a\\*", True),
        ("/ab", "/a\\*", False),
        ("/blog", "/blog/*", False),
        ("/a/b/c", "/a/*/c", True),
        ("/a\nb", "/a*", True),
    ],
)
def test_wildcards(page: str, pattern: str, takes: bool) -> None:
    steps = module.steps_of([f"page:{pattern}"])
    found = module.funnel(relation_of([event(1, MIDNIGHT - 1, page)]), [DAY], normalise(None), steps, None, None)
    assert found["visitors"].tolist() == [int(takes)]


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        ([], "1 to 20 steps"),
        ("page:/", "a list of 1 to 20"),
        (["page:/"] * 21, "1 to 20 steps"),
        (["/pricing"], "step 1 is '/pricing', expected page:/path"),
        (["page:/", "page:"], "step 2 is 'page:'"),
        ([{"country": "DE"}], "step 1 has country"),
        ([{"page": [1]}], "step 1 has page"),
        ([{"name": "Nothing"}], "step 1 filters nothing"),
    ],
)
def test_bad_steps_are_named(steps: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        module.steps_of(steps)


@pytest.mark.parametrize("within", [0, -5, "day", math.inf, math.nan, True, timedelta(0)])
def test_bad_windows_are_named(within: Any) -> None:
    with pytest.raises(ValueError, match="within="):
        module.window_of(within)


def reached(events: list[Event], steps: list[Any], within: float, begins: set[str], by: str | None) -> int:
    """How many steps some start among a visitor's events leads to, tried one by one."""
    best = 0
    for place, first in enumerate(events):
        if not taken(first, steps[0]) or (by and value_of(first, by) not in begins):
            continue
        done = 1
        for later in events[place + 1 :]:
            if done < len(steps) and later.time - first.time <= within and taken(later, steps[done]):
                done += 1
        best = max(best, done)
    return best


def taken(item: Event, step: Any) -> bool:
    return all(value_of(item, dimension) in values for dimension, values in step.items())


STEP = st.sampled_from(["page", "event", "prop:plan"]).flatmap(
    lambda name: st.lists(st.sampled_from(POOL[name]), min_size=1, max_size=2).map(lambda values: {name: values})
)


@SOME
@given(
    case=traffic(),
    steps=st.lists(STEP, min_size=1, max_size=4),
    within=st.sampled_from([None, 600, 1_800, 7_200, 90_000]),
    tail=st.integers(0, 9),
    by=st.sampled_from([None, "page", "prop:plan"]),
)
def test_as_brute_force(case: tuple, steps: list, within: float | None, tail: int, by: str | None) -> None:
    zone, persons, _ = case
    events = [item for each in persons.values() for item in each]
    local = calendar(zone)
    found = sorted({local.day(item.time) for item in events})
    days = range(found[0], found[-1] + 1)[: 1 + tail % len(found)]
    # Visits that begin in the days, each under the id it began with.
    tries: dict[tuple, list[Event]] = {}
    for each in persons.values():
        for visit in visits_of(each)[0]:
            first = visit.events[0]
            if first.class_ == "human" and local.day(first.time) in days:
                tries.setdefault((first.visitor, first.time if within is None else 0), []).extend(visit.events)
    values = sorted({value_of(item, by) for items in tries.values() for item in items}) if by else [""]
    expected = {}
    for value in values:
        visitors: dict[int, int] = {}
        for (who, _), items in tries.items():
            span = math.inf if within is None else within * 1000
            done = reached(sorted(items, key=lambda e: (e.time, e.seq)), steps, span, {value}, by)
            visitors[who] = max(visitors.get(who, 0), done)
        counts = [sum(done > number for done in visitors.values()) for number in range(len(steps))]
        if counts[0] or not by:
            expected[value] = counts
    frame = module.funnel(
        relation_of(events, zone), days, normalise(None), module.steps_of(steps), module.window_of(within), by
    )
    got = {value: rows["visitors"].tolist() for value, rows in frame.groupby(by)} if by else {"": [*frame["visitors"]]}
    assert got == expected


@pytest.fixture(scope="module")
def shop(shared: Path) -> Relation:
    """31,106 synthetic events of 600 users whose ids never change."""
    with gzip.open(shared / "data" / "clicks" / "retentioneering_ecom_SYNTHETIC.csv.gz", "rt") as lines:
        rows = list(csv.DictReader(lines))
    return relation_of(
        event(
            int(row["user_id"][5:]) + 1,
            round(datetime.fromisoformat(f"{row['timestamp']}+00:00").timestamp() * 1000),
            f"/{row['event']}",
            seq=number,
            device=row["platform"],
        )
        for number, row in enumerate(rows)
    )


def test_a_published_funnel(shop: Relation, shared: Path) -> None:
    answers = json.loads((shared / "data" / "oracles" / "clicks_ecom_synthetic.json").read_text())
    days = range(ordinal("2024-01-01"), ordinal("2024-07-02"))
    steps = module.steps_of(["page:/catalog", "page:/add_to_cart", "page:/purchase"])

    def counts(within: Any, column: str, by: str | None = None) -> list[int]:
        frame = module.funnel(shop, days, normalise(None), steps, module.window_of(within), by)
        return [int(frame.loc[frame["step"] == step, column].sum()) for step in (1, 2, 3)]

    ever = timedelta(days=366)
    assert counts(ever, "visitors") == list(answers["funnel_users_open_order"].values()) == [600, 511, 285]
    assert counts(None, "visits") == list(answers["funnel_sessions_open_order"].values()) == [2_837, 819, 213]
    assert counts(None, "visits", "device") == [2_837, 819, 213]
