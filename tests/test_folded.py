"""Closed months and folded days: what stays decoded, and what is said where they cannot be read."""

from __future__ import annotations

import pytest
import redis as redis_py
from made import SITE
from places import Shelf, day_rows, put_folded, put_month, row

from common import folded, keys
from common.dense import NewerVersion
from common.folded import Folded
from common.keys import ordinal
from common.standing import Moved, Standing, read_standing
from common.store import StoreError

DAY = ordinal("2026-10-05")
OCTOBER = {day: day_rows(1, class_human=row(1), page_a=row(1)) for day in (DAY, DAY + 1)}


def opened(redis: redis_py.Redis, shelf: Shelf | None = None) -> tuple[Folded, Standing]:
    """Folded days as they stand now."""
    return Folded(redis, SITE, (lambda: shelf) if shelf else None), read_standing(redis, SITE)


def test_what_was_asked_for_longest_ago_is_let_go(redis: redis_py.Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    for shift in range(3):
        put_folded(redis, SITE, DAY + shift, day_rows(1, class_human=row(1), page_a=row(1)))
    monkeypatch.setattr(folded, "MOST_ROWS", 4)
    some, standing = opened(redis)
    some.fetch(standing, [DAY, DAY + 1])
    some.fetch(standing, [DAY])
    some.fetch(standing, [DAY + 2])
    some.make_room()
    assert list(some._fields) == [keys.iso(DAY), keys.iso(DAY + 2)]
    some.forget(standing._replace(days=frozenset({DAY + 2})))
    assert list(some._fields) == [keys.iso(DAY + 2)]


def test_rows_files_are_let_go_alike(redis: redis_py.Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folded, "MOST_FILES", 1)
    shelf, months = Shelf(), ("2026-10", "2026-11")
    names = [put_month(redis, SITE, {d + 31 * n: rows for d, rows in OCTOBER.items()}, shelf) for n in range(2)]
    some, standing = opened(redis, shelf)
    some.fetch(standing, [DAY, DAY + 31])
    for month, day in zip(months * 2, (DAY, DAY + 31) * 2, strict=True):
        assert list(some.month(standing, month, [day])) == ["class", "page"]
    assert shelf.read_names == names  # two are held while one question needs them
    some.make_room()
    some.month(standing, months[0], [DAY])
    assert shelf.read_names == [*names, names[0]]


def test_an_archive_that_cannot_be_read_says_so(redis: redis_py.Redis) -> None:
    put_month(redis, SITE, OCTOBER, Shelf())
    for shelf, message in ((Shelf(), "the archive has no site="), (None, "set FOOTFALL_ARCHIVE to it")):
        some, standing = opened(redis, shelf)
        some.fetch(standing, [DAY])
        with pytest.raises(StoreError, match=message):
            some.month(standing, "2026-10", [DAY])
    redis.delete(SITE.archive())
    some, standing = opened(redis, Shelf())
    some.fetch(standing, [DAY])
    with pytest.raises(StoreError, match="the archive has no days of 2026-10; run `python -m collector rebuild`"):
        some.month(standing, "2026-10", [DAY])
    redis.hset(SITE.archive(), "x", b"\xc1")
    some, standing = opened(redis, Shelf())
    with pytest.raises(StoreError, match="is damaged: run `python -m collector doctor`"):
        some.manifest(standing)


def test_fields_that_cannot_be_read_are_named(redis: redis_py.Redis) -> None:
    put_folded(redis, SITE, DAY, day_rows(1, class_human=row(1)))
    blob = redis.hget(SITE.dense(), "2026-10-05")
    for broken, message in ((b"x", "cannot be read.*collector rebuild"), (blob[:3] + b"\xff" + blob[4:], "newer")):
        redis.hset(SITE.dense(), "2026-10-05", broken)
        some, standing = opened(redis)
        with pytest.raises(StoreError, match=rf"example.com, 2026-10-05: .*{message}") as caught:
            some.fetch(standing, [DAY])
        assert isinstance(caught.value, NewerVersion) == (message == "newer")
    redis.hdel(SITE.dense(), "2026-10-05")
    with pytest.raises(Moved):
        some.fetch(standing, [DAY])
