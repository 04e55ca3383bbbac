"""Keys and fields are built and parsed in one place, and both directions agree."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common import keys
from common.keys import Parsed, Shard, field, iso, ordinal, parse, split_field
from common.settings import valid_site

SITES = st.text(st.sampled_from("abcxyz0189.-_:ßü²٣"), min_size=1, max_size=20).filter(valid_site)
SHARDS = st.builds(Shard, SITES, st.integers(0, 15))
DAYS = st.integers(1, 3_000_000)
DAY = ordinal("2026-11-24")


@pytest.mark.parametrize(
    ("key", "text"),
    [
        (Shard("a.com").daily(DAY), "ff2:{a.com.0}:visits:daily:2026-11-24"),
        (Shard("a.com", 3).unique(DAY), "ff2:{a.com.3}:unique:visits:2026-11-24"),
        (Shard("a.com").raw(DAY, 2), "ff2:{a.com.0}:visits:events:2026-11-24:2"),
        (Shard("a.com").state(), "ff2:{a.com.0}:visits:state"),
        (Shard("a.com").live(), "ff2:{a.com.0}:visits:live"),
        (Shard("a.com").marked(), "ff2:{a.com.0}:visits:marked"),
        (Shard("a.com").open(), "ff2:{a.com.0}:visits:open"),
        (Shard("a.com").dense(), "ff2:{a.com.0}:visits:dense"),
        (Shard("a.com").archive(), "ff2:{a.com.0}:visits:archive"),
        (Shard("a.com").job(), "ff2:{a.com.0}:visits:job"),
        (Shard("a.com").imports(), "ff2:{a.com.0}:imports"),
        (Shard("a.com").salt("2026-11"), "ff2:{a.com.0}:salt:2026-11"),
        (Shard("a.com").import_salt(DAY), "ff2:{a.com.0}:salt:import:2026-11-24"),
        (Shard("a.com").shadow(Shard("a.com").daily(DAY), "r1"), "ff2:{a.com.0}:shadow:r1:visits:daily:2026-11-24"),
        (keys.sites(), "ff2:{sites}:known"),
        (keys.file_imports(), "ff2:{imports}:files"),
    ],
)
def test_shapes(key: str, text: str) -> None:
    assert key == text


@given(shard=SHARDS, day=DAYS, number=st.integers(0, 99))
def test_what_is_built_is_parsed(shard: Shard, day: int, number: int) -> None:
    def parsed(family: str, *rest: str) -> Parsed:
        return Parsed(keys.SCHEMA, shard.site, shard.number, family, rest)

    assert parse(shard.daily(day)) == parsed("visits:daily", iso(day))
    assert parse(shard.unique(day)) == parsed("unique:visits", iso(day))
    assert parse(shard.raw(day, number)) == parsed("visits:events", iso(day), str(number))
    assert parse(shard.state()) == parsed("visits:state")
    assert parse(shard.live()) == parsed("visits:live")
    assert parse(shard.marked()) == parsed("visits:marked")
    assert parse(shard.imports()) == parsed("imports")
    assert parse(shard.salt("2026-11")) == parsed("salt", "2026-11")
    assert parse(shard.import_salt(day)) == parsed("salt", "import", iso(day))
    assert parse(shard.shadow(shard.daily(day), "r1")) == parsed("shadow", "r1", "visits", "daily", iso(day))


@given(first=SHARDS, second=SHARDS)
def test_shards_share_no_key(first: Shard, second: Shard) -> None:
    assert (first.state() == second.state()) == (first == second)


@pytest.mark.parametrize(
    "key",
    [
        "",
        "session:1",
        "ff2:{sites}:known",
        "ff2:{a.com}:visits:state",
        "ff2:{a.com.x}:visits:state",
        "ff2:{a.com.²}:visits:state",
        "ff2:{a.com.0}:visits:other",
        "ff2:a.com.0:visits:state",
    ],
)
def test_strange_keys_are_none_of_ours(key: str) -> None:
    assert parse(key) is None


@given(st.text(max_size=40))
def test_parse_takes_any_text(text: str) -> None:
    assert parse(text) is None or text.startswith(text.partition(":{")[0])


@given(day=DAYS)
def test_days_round_trip(day: int) -> None:
    assert ordinal(iso(day)) == day


@given(dimension=st.sampled_from(["page", "prop:plan", "count"]), value=st.text())
def test_fields_round_trip(dimension: str, value: str) -> None:
    assert split_field(field(dimension, value)) == (dimension, value)


def test_state_fields() -> None:
    assert keys.visitor_field(255) == "v:00000000000000ff"
    assert keys.mark_field("c1") == "mark:c1"
    assert keys.ids_day(keys.ids_field(20_000, 17)) == keys.ids_day(keys.ids_count(20_000)) == 20_000
