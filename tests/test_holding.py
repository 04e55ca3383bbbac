"""What a shard holds of its days, and which of them were written to between two looks."""

from __future__ import annotations

from pathlib import Path

import redis as redis_py
from exported import drop
from lives import load, random_traffic, tend
from made import SITE, apply, event, ms

from collector.jobs.holding import NOTHING, Day, Noted, look, noted_closed, noted_open, states, together
from common import keys
from common.keys import Shard

FIRST = keys.ordinal("2026-03-01")
NOW = ms("2026-03-20 12:00")
LAST = keys.ordinal("2026-03-20")


def test_what_there_is(redis: redis_py.Redis, tmp_path: Path) -> None:
    load(redis, "UTC", random_traffic("UTC", FIRST, 20, seed=1, a_day=4))
    assert tend(redis, tmp_path, "UTC", NOW, raw_days=5).faults == []
    apply(redis, [event(1, NOW)], shard=Shard("other.example"))
    before = look(redis, SITE)
    assert sorted(before.days) == list(range(LAST - 5, LAST + 1))
    assert [day for day, one in before.days.items() if one.revision] == [LAST - 1, LAST]
    assert all(sum(one.lengths) >= 1 for one in before.days.values())
    assert (before.opened, sorted(before.archived())) == (2, list(range(FIRST, LAST - 5)))
    assert before.uniques == list(range(FIRST, LAST + 1))
    assert look(redis, SITE).changed(before) == set()
    apply(redis, [event(1, NOW), event(2, NOW - 10 * 86_400_000)])
    drop(redis, LAST - 1, {"spam": 1})
    after = look(redis, SITE)
    assert after.changed(before) == {LAST, LAST - 1, LAST - 10}
    assert (after.opened, after.days[LAST - 10]) == (3, Day(b"1", [1]))
    assert len(states(redis, SITE)) > 2


def test_what_rollups_note(redis: redis_py.Redis, tmp_path: Path) -> None:
    """Of a closed month, a folded day, and one that got more since."""
    load(redis, "UTC", [[event(n, ms(f"2026-0{month}-10 1{n}:00")) for n in range(3)] for month in (2, 3)])
    for month in (2, 3):
        drop(redis, keys.ordinal(f"2026-0{month}-10"), {"spam": month, "no_visit": 9})
    assert tend(redis, tmp_path, "UTC", NOW, raw_days=3).faults == []
    closed = noted_closed(redis, SITE)
    assert {keys.iso(day): noted.events for day, noted in closed.items()} == {"2026-02-10": 3, "2026-03-10": 3}
    assert [noted.dropped["dropped=spam"][1] for _, noted in sorted(closed.items())] == [2, 3]
    assert [list(noted.dropped) for noted in closed.values()] == [["dropped=spam"]] * 2
    day = keys.ordinal("2026-02-10")
    drop(redis, day, {"spam": 5})
    apply(redis, [event(9, ms("2026-02-10 12:00"))])
    more = noted_open(redis, SITE, day, look(redis, SITE).days[day])
    assert (more.events, more.dropped["dropped=spam"][1]) == (1, 5)
    assert together(closed[day], more) == Noted(4, {"dropped=spam": [0, 7, *[0] * 8]})
    assert together(NOTHING, more) == more
    assert noted_open(redis, SITE, day, Day(b"1", [])).events == 0  # written to since
