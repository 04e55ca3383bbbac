"""Small caps, many values: the rows that are kept and `(other)` add up to the total at any moment, exactly."""

from __future__ import annotations

import random
from collections import Counter

import pytest
import redis as redis_py
from brute import brute
from made import SITE, apply, event, ms
from test_truth import stored

from collector import folding
from collector.jobs.rebuild import marked_days, rebuild
from common import capped, rollups
from common.events import Event
from common.keys import ordinal, split_field
from common.rollups import METRICS

DAY = "2026-05-05"
CAPS = {"source": 3, "page": 4, "entry_page": 3, "exit_page": 3, "event": 2, "prop": 3}
PROP_KEYS = 2


@pytest.fixture(autouse=True)
def small_caps(monkeypatch: pytest.MonkeyPatch) -> None:
    for dimension, cap in CAPS.items():
        monkeypatch.setitem(rollups.BY_DIMENSION, dimension, rollups.BY_DIMENSION[dimension]._replace(cap=cap))
    for module in (folding, capped):
        monkeypatch.setattr(module, "PROP_KEYS", PROP_KEYS)


def family(dimension: str) -> str:
    """All properties together: what goes beyond PROP_KEYS keys is in none of them."""
    return dimension.partition(":")[0]


def sums(rows: dict[str, list[int]]) -> dict[str, list[int]]:
    """One sum of all rows a dimension."""
    found: dict[str, list[int]] = {}
    for name, values in rows.items():
        total = found.setdefault(family(split_field(name)[0]), [0] * len(METRICS))
        total[:] = [a + b for a, b in zip(total, values, strict=True)]
    return found


def traffic(seed: int) -> dict[int, list[Event]]:
    """Visitors who wander over many pages, so that entry and exit pages move on and off the kept rows."""
    draw, persons = random.Random(seed), {}
    for person in range(12):
        time, events = ms(DAY) + draw.randrange(60_000_000), []
        for seq in range(draw.randrange(1, 14)):
            kind = draw.choice(["pageview"] * 6 + ["engagement", "Signup", "Poll", "Like", "Buy"])
            props = {f"key{draw.randrange(5)}": f"value{draw.randrange(6)}"} if kind[0].isupper() else None
            page, source = f"/{draw.randrange(9)}", f"source{draw.randrange(7)}"
            more = {"engaged": 5_000, "scroll": 40} if kind == "engagement" else {}
            events.append(event(person, time, page, seq=seq, type=kind, source=source, props=props, **more))
            time += draw.choice((10_000, 600_000, 1_800_000, 1_800_001))
        persons[person] = events
    return persons


def in_order(persons: dict[int, list[Event]]) -> list[Event]:
    return sorted((item for each in persons.values() for item in each), key=lambda e: (e.time, e.seq))


def check(client: redis_py.Redis, applied: list[Event]) -> dict[str, list[int]]:
    """Sums are those of brute force without caps, and no dimension has more rows than it may."""
    persons: dict[int, list[Event]] = {}
    for item in applied:
        persons.setdefault(item.visitor, []).append(item)
    rows, expected = stored(client)[DAY], brute(persons, "UTC")[DAY]
    assert sums(rows) == sums(expected)
    counts = Counter(split_field(name)[0] for name in rows if not name.endswith("=(other)"))
    for dimension, count in counts.items():
        assert count <= CAPS.get(family(dimension), 1_000)
    assert sum(name.startswith("prop:") for name in counts) <= PROP_KEYS
    return rows


@pytest.mark.parametrize("seed", range(6))
def test_rows_add_up_after_every_flush(redis: redis_py.Redis, seed: int) -> None:
    draw, events, applied = random.Random(seed), in_order(traffic(seed)), 0
    half = len(events) // 2
    while applied < len(events):
        size = draw.randint(1, 9)
        apply(redis, events[applied : applied + size])
        rows = check(redis, events[: applied + size])
        if applied < half <= applied + size:  # a rebuild in between changes which rows are kept
            rebuild(redis, SITE, [ordinal(DAY)], "UTC", events[-1].time)
            check(redis, events[: applied + size])
        applied += size
    others = {name for name in rows if name.endswith("=(other)")}
    assert {"source=(other)", "page=(other)", "exit_page=(other)", "event=(other)", "prop=(other)"} <= others


@pytest.mark.parametrize("seed", range(3))
def test_late_events_compensate_within_other(redis: redis_py.Redis, seed: int) -> None:
    """Each visit's events come last first: entry pages and sources move with every one."""
    persons = {
        person: [event(person, ms(DAY) + 40_000_000 * (person % 2) + 1_000 * n + person, f"/{n * person % 9}",
                       source=f"source{n * person % 7}") for n in range(7)]
        for person in range(1, 9)
    }  # fmt: skip
    events = in_order(persons)[::-1]
    draw, applied = random.Random(seed), 0
    while applied < len(events):
        size = draw.randint(1, 4)
        apply(redis, events[applied : applied + size])
        check(redis, events[: applied + size])
        applied += size
    assert redis.hlen(SITE.marked()) == 0


def test_rebuild_gives_rows_to_the_largest(redis: redis_py.Redis) -> None:
    """First come, first kept, until the rebuild: the four pages with most views get the rows."""
    start = ms(DAY)
    views = {"/late-but-large": 9, "/b": 3, "/a": 3, "/c": 2, "/d": 1, "/e": 1}
    pages = [page for page, count in reversed(views.items()) for _ in range(count)]
    for number, page in enumerate(pages):
        apply(redis, [event(number + 1, start + number, page)])
    before = stored(redis)[DAY]
    assert {name: values[0] for name, values in before.items() if name.startswith("page=")} == {
        "page=/e": 1,
        "page=/d": 1,
        "page=/c": 2,
        "page=/a": 3,
        "page=(other)": 12,
    }
    rebuild(redis, SITE, [ordinal(DAY)], "UTC", start)
    after = stored(redis)[DAY]
    assert {name: values[0] for name, values in after.items() if name.startswith("page=")} == {
        "page=/late-but-large": 9,
        "page=/b": 3,
        "page=/a": 3,
        "page=/c": 2,
        "page=(other)": 2,
    }
    assert sums(after) == sums(before)


def test_a_flood_marks_the_day_and_the_rebuild_gives_rows_to_the_largest(redis: redis_py.Redis) -> None:
    """By first come the flood takes all rows; the true top ends up in `(other)` until the day is made again."""
    start = ms(DAY)
    flood = [event(1_000 + n, start + n, f"/flood/{n}") for n in range(100)]
    true = [event(n, start + 10_000 + n, f"/top/{n % 3}") for n in range(30)]
    apply(redis, flood[:60])
    assert marked_days(redis, SITE) == []
    apply(redis, [*flood[60:], *true])
    assert marked_days(redis, SITE) == [ordinal(DAY)]
    rebuild(redis, SITE, marked_days(redis, SITE), "UTC", start)
    rows = {name: values for name, values in stored(redis)[DAY].items() if name.startswith("page=")}
    assert {name: rows[name][0] for name in rows if "/flood/" not in name} == {
        "page=/top/0": 10,
        "page=/top/1": 10,
        "page=/top/2": 10,
        "page=(other)": 99,
    }
