"""Random traffic through real flushes equals brute force: every metric of every row, in order and shuffled."""

from __future__ import annotations

import os
import random
from hashlib import blake2b

import pytest
import redis as redis_py
from brute import brute, local_day, midnight
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collector.batches import Batch
from collector.flush import Flusher, Numbered
from collector.jobs.rebuild import marked_days, rebuild
from common.arrays import decode
from common.events import Event
from common.keys import Shard, ordinal

SITE = Shard("example.com")
#: Zone and a day whose midnight the traffic surrounds: plain, +5:45, and both changes of the clock.
PLACES = [
    ("UTC", "2026-05-05"),
    ("Asia/Kathmandu", "2026-05-05"),
    ("America/New_York", "2026-03-08"),
    ("America/New_York", "2026-11-01"),
]
PAGES = ("/", "/pricing", "/docs", "/blog/a")
SOURCES = ("Google", "(direct)", "Bing")


def visitor(person: int, day: str) -> int:
    """A person's id on one day, as a daily salt would give it."""
    return int.from_bytes(blake2b(f"{person} {day}".encode(), digest_size=8).digest())


def event(zone: str, person: int, time: int, seq: int, draw: random.Random) -> Event:
    """A random event of a person; the third of them is a bot."""
    day = local_day(time, zone)
    kind = draw.choices(("pageview", "engagement", "click", "Signup", "Poll"), (6, 3, 1, 1, 1))[0]
    kind = ("click", "vitals", "error")[seq % 3] if kind == "click" else kind
    early = time - midnight(day, zone) < 1_800_000
    yesterday = local_day(midnight(day, zone) - 1, zone)
    source = draw.choice(SOURCES)
    signal = kind == "engagement"
    paid = kind == "Signup"
    return Event(
        time,
        seq,
        visitor(person, day),
        visitor(person, yesterday) if early else 0,
        kind,
        "bot" if person % 3 == 2 else "human",
        draw.choice(PAGES),
        draw.choice(("example.com", "shop.example.com")),
        source,
        "",
        "Direct" if source == "(direct)" else "Organic Search",
        *[""] * 5,
        draw.choice(("DE", "NP", "")),
        *[""] * 2,
        draw.choice(("Desktop", "Mobile")),
        "Firefox",
        "Linux",
        "de",
        "L",
        interactive=kind != "Poll",
        props={"plan": draw.choice(("pro", "free"))} if paid else told_of(kind, random.Random(time + seq)),
        engaged=draw.choice((400, 4_000, 20_000)) if signal else 0,
        scroll=draw.choice((-1, 10, 50, 100)) if signal else -1,
        amount=999 if paid else 0,
        currency="EUR" if paid else "",
    )


def told_of(kind: str, draw: random.Random) -> dict[str, str] | None:
    """What a signal of a kind tells."""
    if kind == "vitals":
        told = {"lcp": draw.choice(("0", "1811", "2500", "2501")), "cls": draw.choice(("0.0", "0.1003", "0.25"))}
        return told if draw.random() < 0.8 else {"ttfb": "77"}
    if kind == "error":
        return draw.choice((None, {"message": draw.choice(("", "x is undefined", "a=b"))}))
    return None


@st.composite
def traffic(draw: st.DrawFn) -> tuple[str, dict[int, list[Event]], random.Random]:
    """A zone and persons' events around two midnights, with gaps on both sides of every limit."""
    zone, day = draw(st.sampled_from(PLACES))
    seed = draw(st.integers(0, 1 << 32))
    source = random.Random(seed)
    base = midnight(day, zone)
    persons: dict[int, list[Event]] = {}
    for person in range(draw(st.integers(1, 4))):
        time = base + source.randrange(-26 * 3_600_000, 30 * 3_600_000)
        events = []
        for seq in range(draw(st.integers(1, 25))):
            events.append(event(zone, person, time, seq, source))
            time += source.choice(
                (0, 1_000, 20_000, 600_000, 1_799_999, 1_800_000, 1_800_001, 2_400_000, 9_000_000, 40_000_000)
            )
        persons[person] = events
    return zone, persons, source


def send(client: redis_py.Redis, zone: str, events: list[Event], collectors: int, draw: random.Random) -> None:
    """Flush the events in this order, in batches of random size, each through one of the collectors."""
    flushers = [Flusher(client, f"c{number}") for number in range(collectors)]
    records = [0] * collectors
    rest = list(events)
    while rest:
        size = draw.randint(1, 12)
        batch, rest = rest[:size], rest[size:]
        which = draw.randrange(collectors)
        parts = [batch] if draw.random() < 0.7 else [batch[:2], batch[2:]]
        numbered = []
        for part in filter(None, parts):
            records[which] += 1
            received = max(item.time for item in part)
            number = draw.getrandbits(63) + 1
            numbered.append(Numbered(records[which], Batch(SITE.site, zone, received, number, part)))
        flushers[which].apply(SITE, numbered, max(item.time for item in batch))
        # A flush that is sent again, as after a lost reply, must add nothing.
        if draw.random() < 0.2:
            flushers[which].apply(SITE, numbered, max(item.time for item in batch))


def stored(client: redis_py.Redis) -> dict[str, dict[str, list[int]]]:
    """Every row of every daily hash."""
    days = {}
    for key in client.scan_iter("*visits:daily:*"):
        rows = decode(client.hgetall(key))
        found = {f"{dim}={v}": r.tolist() for dim, (names, a) in rows.items() for v, r in zip(names, a, strict=True)}
        if found:
            days[key.decode().rpartition(":")[2]] = found
    return days


def check(client: redis_py.Redis, zone: str, persons: dict[int, list[Event]]) -> None:
    """All rows are equal, and the HyperLogLogs near."""
    expected = {day: rows for day, rows in brute(persons, zone).items() if rows}
    found = stored(client)
    assert found.keys() == expected.keys()
    for day, rows in expected.items():
        assert found[day] == rows, day
        humans = rows.get("class=human", [0] * 4)[3]
        assert abs(client.pfcount(f"{SITE.unique(1)[:-10]}{day}") - humans) <= max(0, humans * 0.03)


SLOW = settings(
    max_examples=int(os.environ.get("FOOTFALL_EXAMPLES", "60")),
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.mark.parametrize("collectors", [1, 3])
@SLOW
@given(case=traffic())
def test_in_order(redis: redis_py.Redis, collectors: int, case: tuple) -> None:
    redis.flushall()
    zone, persons, draw = case
    events = sorted((item for events in persons.values() for item in events), key=lambda e: (e.time, e.seq))
    send(redis, zone, events, collectors, draw)
    check(redis, zone, persons)


@pytest.mark.parametrize("collectors", [1, 3])
@pytest.mark.parametrize("far", [5, 1_000])
@SLOW
@given(case=traffic())
def test_late_and_shuffled(redis: redis_py.Redis, far: int, collectors: int, case: tuple) -> None:
    redis.flushall()
    zone, persons, draw = case
    events = sorted((item for events in persons.values() for item in events), key=lambda e: (e.time, e.seq))
    late = sorted(range(len(events)), key=lambda place: place + draw.uniform(0, far))
    send(redis, zone, [events[place] for place in late], collectors, draw)
    now = max(item.time for item in events)
    rebuild(redis, SITE, marked_days(redis, SITE), zone, now)
    check(redis, zone, persons)
    assert marked_days(redis, SITE) == []


@SLOW
@given(case=traffic())
def test_goes_on_after_a_rebuild(redis: redis_py.Redis, case: tuple) -> None:
    """States made by a rebuild continue as those of the flush would."""
    redis.flushall()
    zone, persons, draw = case
    events = sorted((item for events in persons.values() for item in events), key=lambda e: (e.time, e.seq))
    half = draw.randrange(len(events))
    send(redis, zone, draw.sample(events[:half], half), 1, draw)
    if half:
        now = events[half - 1].time
        days = {ordinal(local_day(item.time, zone)) for item in events[:half]}
        rebuild(redis, SITE, days, zone, now)
    again = Flusher(redis, "later")
    for number, item in enumerate(events[half:], 1):
        again.apply(SITE, [Numbered(number, Batch(SITE.site, zone, item.time, 0, [item]))], item.time)
    check(redis, zone, persons)
