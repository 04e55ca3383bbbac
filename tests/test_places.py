"""Every answer of rollups is the same wherever its days stand: open, folded, in closed months, and added to since."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd
import pytest
import redis as redis_py
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from places import Shelf, put_folded, put_month, put_open

from common import keys
from common.calendars import calendar
from common.dense import DayRows
from common.frames import DIMENSIONS, GRAINS, Traffic
from common.keys import Shard
from common.known import Known, encode
from common.rollups import METRICS, SHAPE_PAGEVIEWS
from common.settings import Settings

ZONE = "America/New_York"  # its March has a day of 23 hours
FIRST, LAST = date(2026, 1, 20), date(2026, 4, 10)
MONTHS = ("2026-01", "2026-02", "2026-03")
WHOLE, SPLIT = Shard("whole.example"), Shard("split.example")
Days = dict[int, dict[str, list[int]]]

VALUES = {
    "class": ("human", "bot"),
    "step": tuple(f"{name}.{step}" for name in ("human", "bot") for step in (0, 7, 8, 91)),
    "hour": ("human.0", "human.4", "human.8"),
    **dict.fromkeys(("page", "entry_page", "exit_page"), ("/", "/ä", "/b=c", "/d\ne", "(none)")),
    "source": ("Google", "(direct)", "(none)"),
    "event": ("pageview", "Signup"),
    "prop:plan": ("pro", "free"),
    "revenue": ("EUR.Buy", "(other)"),
    "shape": tuple(f"{views}.<1.n" for views in SHAPE_PAGEVIEWS),
    "salt": ("local",),
    "dropped": ("old", "spam"),
}
FIELDS = [keys.field(dimension, value) for dimension, values in VALUES.items() for value in values]
ROW = st.lists(st.sampled_from([0, 0, 1, 2, 3, 500, 70_000, 2**40]), min_size=len(METRICS), max_size=len(METRICS))
#: Visitors and more of a day; there is always somebody, so that the first day is the first day.
ROWS = st.dictionaries(st.sampled_from(FIELDS), ROW, max_size=14).map(lambda rows: {**rows, "class=human": ONE})
ONE = [1] * len(METRICS)
ORDINALS = st.integers(FIRST.toordinal(), LAST.toordinal())
CHANGES = st.dictionaries(
    st.sampled_from(FIELDS), st.lists(st.integers(-3, 3), min_size=len(METRICS), max_size=len(METRICS)), max_size=6
)


def less(rows: dict[str, list[int]], added: dict[str, list[int]]) -> dict[str, list[int]]:
    """What a day was before something was added to it."""
    zeros = [0] * len(METRICS)
    names = rows.keys() | added.keys()
    return {n: [a - b for a, b in zip(rows.get(n, zeros), added.get(n, zeros), strict=True)] for n in names}


def put(client: redis_py.Redis, days: Days, closed: set[str], folded: set[int], added: Days) -> Shelf:
    """The days of one site all open, those of the other in different places."""
    shelf, months = Shelf(), dict[str, dict[int, DayRows]]()
    client.flushall()
    for shard in (WHOLE, SPLIT):
        client.hset(keys.sites(), shard.site, encode(Known(ZONE, 1)))
    for day, rows in days.items():
        put_open(client, WHOLE, day, rows)
        more = added.get(day, {})
        if (month := keys.month(day)) in closed:
            months.setdefault(month, {})[day] = DayRows(less(rows, more), 1)
        elif day in folded:
            put_folded(client, SPLIT, day, DayRows(less(rows, more), 1))
        else:
            put_open(client, SPLIT, day, rows)
            continue
        if more:
            put_open(client, SPLIT, day, more)
    for found in months.values():
        opened = added.keys() & found.keys()
        put_month(client, SPLIT, found, shelf)
        for day in opened:
            put_open(client, SPLIT, day, added[day])
    return shelf


def answers(traffic: Traffic, start: date, end: date) -> dict[str, pd.DataFrame]:
    """Everything that rollups answer about some days."""
    found = {f"series by {grain}": traffic.series(start, end, grain) for grain in GRAINS}
    found["hours of bots"] = traffic.series(start, end, "hour", {"class": "bot"})
    found |= {dimension: traffic.breakdown(dimension, start, end) for dimension in (*DIMENSIONS, "prop:plan")}
    found |= {
        "totals": traffic.totals(start, end).to_frame(),
        "properties": pd.DataFrame(traffic.properties(start, end)),
        "dropped": traffic.dropped(start, end),
        "over counted": pd.DataFrame([traffic.over_counted(start, end)]),
        "shapes": traffic.shapes(start, end),
        "revenue": traffic.revenue(start, end),
        "first day": pd.DataFrame([traffic.first_day()]),
    }
    return found


def traffic_of(client: redis_py.Redis, shard: Shard, shelf: Shelf) -> Traffic:
    """The site's traffic, with an archive in memory."""
    traffic = Traffic(site=shard.site, client=client, settings=Settings())
    traffic.archive = shelf  # type: ignore[misc, assignment]
    return traffic


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    days=st.dictionaries(ORDINALS, ROWS, max_size=12),
    closed=st.sets(st.sampled_from(MONTHS)),
    folded=st.sets(ORDINALS, max_size=40),
    added=st.dictionaries(ORDINALS, CHANGES, max_size=6),
    ranges=st.lists(st.tuples(ORDINALS, ORDINALS), min_size=2, max_size=2),
    data=st.data(),
)
def test_answers_do_not_depend_on_where_days_stand(
    redis: redis_py.Redis,
    days: Days,
    closed: set[str],
    folded: set[int],
    added: Days,
    ranges: list[tuple[int, int]],
    data: st.DataObject,
) -> None:
    more = data.draw(st.sets(st.sampled_from(sorted(days)))) if days else set()
    folded |= data.draw(st.sets(st.sampled_from(sorted(days)))) if days else set()
    added = {**added, **{day: data.draw(CHANGES) for day in more}}
    shelf = put(redis, days, closed, folded, {day: rows for day, rows in added.items() if day in days})
    whole, split = (traffic_of(redis, shard, shelf) for shard in (WHOLE, SPLIT))
    for first, last in (*ranges, (FIRST.toordinal(), LAST.toordinal())):
        start, end = date.fromordinal(min(first, last)), date.fromordinal(max(first, last))
        expected, found = answers(whole, start, end), answers(split, start, end)
        for name, frame in expected.items():
            pd.testing.assert_frame_equal(found[name], frame, obj=name)


def test_the_property_looks_at_what_it_should(redis: redis_py.Redis) -> None:
    """One case by hand: every place is used, and the numbers are what one adds up."""
    days: Days = {
        (FIRST + timedelta(shift)).toordinal(): {"class=human": ONE, "page=/": [10**place, *[0] * (len(METRICS) - 1)]}
        for place, shift in enumerate((0, 5, 20, 30, 60, 75))
    }
    at = sorted(days)
    added = {at[1]: {"page=/": [3, *[0] * 9], "page=/new": ONE}, at[4]: {"page=/": [-2, *[0] * 9]}}
    shelf = put(redis, days, {"2026-01", "2026-02"}, {at[4]}, added)
    split = traffic_of(redis, SPLIT, shelf)
    assert [redis.hexists(SPLIT.dense(), name) for name in ("2026-01", "2026-02", keys.iso(at[4]))] == [True] * 3
    assert redis.smembers(SPLIT.open()) == {keys.iso(at[place]).encode() for place in (1, 4, 5)}

    def views(first: int, last: int) -> int:
        frame = split.breakdown("page", keys.iso(at[first]), keys.iso(at[last])).set_index("page")
        assert "/new" not in frame.index
        return int(frame["pageviews"]["/"])

    assert views(0, 5) == 111_111
    assert shelf.read_names == []
    assert views(1, 3) == 1_110
    assert len(shelf.read_names) == 1
    assert [views(place, place) for place in range(6)] == [10**place for place in range(6)]
    assert calendar(ZONE).zone == split.zone


@pytest.mark.parametrize("dimension", ["class", "page"])
def test_an_archive_is_needed_only_where_a_closed_month_is_cut_by_a_page_or_the_like(
    redis: redis_py.Redis, dimension: str
) -> None:
    day = FIRST.toordinal()
    put(redis, {day: {"class=human": ONE}, day + 1: {"class=human": ONE}}, {"2026-01"}, set(), {})
    split = traffic_of(redis, SPLIT, Shelf())
    assert split.totals(FIRST, FIRST)["pageviews"] == 1
    assert len(split.breakdown(dimension, FIRST, LAST)) == (dimension == "class")
    if dimension == "class":
        assert split.breakdown(dimension, FIRST, FIRST)["pageviews"].tolist() == [1]
    else:
        with pytest.raises(RuntimeError, match="the archive has no"):
            split.breakdown(dimension, FIRST, FIRST)
