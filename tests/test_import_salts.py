"""Days near and far, and the salts that imports hash under."""

from __future__ import annotations

import redis as redis_py

from collector.import_salts import ImportSalts
from collector.salts import Salts
from common import keys, store
from common.calendars import calendar
from common.keys import Shard

SITE = "a.example"
TODAY = keys.ordinal("2099-03-02")  # salts expire by the server's clock
NOW = calendar("UTC").start(TODAY) + 3_600_000


def salts(client: redis_py.Redis, rotation: str = "daily") -> ImportSalts:
    return ImportSalts(client, rotation, lambda site: "UTC", NOW)


async def test_today_and_yesterday_share_the_salts_of_live_traffic(redis: redis_py.Redis, redis_url: str) -> None:
    client = store.connect_async(redis_url)
    live = Salts(client, "daily")
    first = salts(redis).of(SITE, TODAY)
    await live.prepare(SITE, "UTC", NOW)
    await client.aclose()
    assert live.of(SITE, TODAY) == first
    assert live.of(SITE, TODAY - 1) == salts(redis).of(SITE, TODAY - 1) == salts(redis).before(SITE, TODAY)


def test_an_older_day_has_one_import_salt_for_48_hours(redis: redis_py.Redis) -> None:
    one, other = salts(redis).of(SITE, TODAY - 2), salts(redis).of(SITE, TODAY - 2)
    assert one == other
    assert len(one[0]) == 32
    assert salts(redis).of(SITE, TODAY - 3)[0] != one[0]
    assert salts(redis).of("b.example", TODAY - 2)[0] != one[0]
    assert redis.get(Shard(SITE).import_salt(TODAY - 2)) == one[0]
    assert 0 < redis.ttl(Shard(SITE).import_salt(TODAY - 2)) <= 48 * 3_600


def test_the_day_before_an_old_day_is_linked_by_its_own_salt(redis: redis_py.Redis) -> None:
    assert salts(redis).before(SITE, TODAY - 5) == salts(redis).of(SITE, TODAY - 6)


def test_days_of_one_live_period_need_no_link(redis: redis_py.Redis) -> None:
    monthly = salts(redis, "monthly")
    assert monthly.of(SITE, TODAY) == monthly.of(SITE, TODAY - 1)
    assert monthly.before(SITE, TODAY) is None
    assert monthly.before(SITE, TODAY - 40) is not None


def test_files_that_name_their_visitors_have_one_salt_for_all_days(redis: redis_py.Redis) -> None:
    lasting = ImportSalts(redis, "daily", lambda site: "UTC", NOW, lasting=True)
    assert lasting.of(SITE, TODAY) == lasting.of(SITE, TODAY - 400)
    assert lasting.before(SITE, TODAY) is None
    # Not that of live traffic, whose visitors are addresses; and gone as soon as any other.
    assert lasting.of(SITE, TODAY)[0] != salts(redis).of(SITE, TODAY)[0]
    assert 0 < redis.ttl(Shard(SITE).import_salt(keys.ordinal("1970-01-01"))) <= 48 * 3_600
    lasting.drop(SITE)
    assert not redis.exists(Shard(SITE).import_salt(keys.ordinal("1970-01-01")))
