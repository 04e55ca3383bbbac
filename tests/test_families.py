"""A key's name, type and life tell whether it is as it should be."""

from __future__ import annotations

import pytest

from collector.families import FAMILIES, problem_of
from common import keys
from common.keys import Shard

S = Shard("a.com")
DAY = keys.ordinal("2026-11-24")  # a Tuesday
MONDAY = DAY - 1
H, D = 3_600, 86_400

RIGHT = [
    (S.daily(DAY), b"hash", -1),
    (S.unique(DAY), b"string", -1),
    (S.raw(DAY, 0), b"list", -1),
    (S.state(), b"hash", -1),
    (S.live(), b"zset", -1),
    (S.marked(), b"hash", -1),
    (S.open(), b"set", -1),
    (S.dense(), b"hash", -1),
    (S.archive(), b"hash", -1),
    (S.imports(), b"hash", -1),
    (S.job(), b"string", 15),
    (S.trimmed(DAY), b"string", 2 * D),
    (S.salt("2026-11-24"), b"string", 3 * D),
    (S.salt("2026-11-23"), b"string", 9 * D),
    (S.salt("2026-11"), b"string", 33 * D),
    (S.import_salt(DAY), b"string", 2 * D),
    (S.shadow(S.daily(DAY), "x"), b"hash", H),
    (keys.sites(), b"hash", -1),
    (keys.file_imports(), b"hash", -1),
    (keys.forgotten(), b"string", -1),
    (keys.import_expiries(), b"zset", -1),
    (keys.commands("2026-11"), b"hash", 390 * D),
    ("ff2:{odd}:gone", b"none", -2),
]


@pytest.mark.parametrize(("name", "kind", "ttl"), RIGHT)
def test_as_it_should_be(name: str, kind: bytes, ttl: int) -> None:
    assert problem_of(name, kind, ttl) is None


WRONG = [
    (S.daily(DAY), b"string", -1, "type", "is a string, expected a hash"),
    (S.unique(DAY), b"set", -1, "type", "is a set, expected a HyperLogLog"),
    (S.dense(), b"list", -1, "type", "expected a hash"),
    (S.job(), b"hash", 15, "type", "expected a string"),
    (keys.sites(), b"string", -1, "type", "expected a hash"),
    (S.daily(DAY), b"hash", 500, "life", "expires in 500 s, but should stay"),
    (S.archive(), b"hash", 0, "life", "should stay"),
    (S.job(), b"string", -1, "life", "never expires"),
    (S.salt("2026-11-24"), b"string", -1, "life", "never expires"),
    (S.salt("2026-11-24"), b"string", 4 * D, "life", "expires in 96 h, 74 h at most"),
    (S.salt("2026-11-23"), b"string", 10 * D, "life", "at most"),
    (S.import_salt(MONDAY), b"string", 3 * D, "life", "48 h at most"),
    (S.shadow(S.daily(DAY), "x"), b"hash", -1, "life", "never expires"),
    (S.quarantine(S.live(), 5), b"string", -1, "aside", "was set aside (string)"),
    ("ff2:{sites}:quarantine:5:known", b"string", -1, "aside", "was set aside (string)"),
    ("ff2:{a.com.0}:visits:odd", b"string", -1, "unknown", "no key of ours"),
    ("ff2:{sites}:odd", b"hash", -1, "unknown", "no key of ours"),
    ("ff1:{a.com.0}:visits:state", b"hash", -1, "schema", "of another version"),
    ("ff3:{a.com.0}:visits:state", b"hash", -1, "schema", "of another version"),
]


@pytest.mark.parametrize(("name", "kind", "ttl", "why", "text"), WRONG)
def test_what_is_wrong(name: str, kind: bytes, ttl: int, why: str, text: str) -> None:
    problem = problem_of(name, kind, ttl)
    assert problem
    assert (problem.why, problem.key) == (why, name)
    assert text in problem.text
    assert problem.cure


def test_cures() -> None:
    assert problem_of("ff1:{a.com.0}:visits:state", b"hash", -1).cure.endswith("collector migrate")
    assert "update" in problem_of("ff3:{a.com.0}:visits:state", b"hash", -1).cure
    assert problem_of(S.dense(), b"list", -1).cure == "python -m collector rebuild --site a.com"
    assert problem_of(keys.sites(), b"list", -1).cure == "python -m collector rebuild"
    assert "PERSIST" in problem_of(S.daily(DAY), b"hash", 500).cure


def test_every_family_is_there() -> None:
    """Those that a shard builds, and those that are parsed."""
    assert set(FAMILIES) == {":".join(family) for family in keys._FAMILIES}
