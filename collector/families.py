"""A key's name, type and seconds to live in, what is wrong with it and its cure out: the table of families. Pure."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from common import keys
from common.keys import Parsed

_HOUR, _DAY = 3_600, 86_400


class Family(NamedTuple):
    """What all keys of a family have: a type, and the s after which each is gone at the latest (0: it stays)."""

    kind: bytes
    life: int = 0


#: Families of a shard's keys. `shadow` is as its original, `quarantine` whatever it was.
FAMILIES = {
    "visits:daily": Family(b"hash"),
    "unique:visits": Family(b"string"),
    "visits:events": Family(b"list"),
    "visits:state": Family(b"hash"),
    "visits:live": Family(b"zset"),
    "visits:marked": Family(b"hash"),
    "visits:open": Family(b"set"),
    "visits:dense": Family(b"hash"),
    "visits:archive": Family(b"hash"),
    "visits:job": Family(b"string", 60),
    "imports": Family(b"hash"),
    "trimmed": Family(b"string", 2 * _DAY),
    "place": Family(b"string"),
    "saved": Family(b"hash"),
    "salt": Family(b"string", 34 * _DAY),
    "shadow": Family(b"", _HOUR),
    "quarantine": Family(b"", 0),
}
#: Keys that belong to no site; a month's count of commands besides.
WHOLE = {
    keys.sites(): Family(b"hash"),
    keys.file_imports(): Family(b"hash"),
    keys.forgotten(): Family(b"string"),
    keys.import_expiries(): Family(b"zset"),
}
COMMANDS = Family(b"hash", 397 * _DAY)
#: Families whose keys hold rollups of one day, which can be made again.
ROLLUPS = ("visits:daily", "unique:visits")
#: Why a key is named.
UNKNOWN, SCHEMA, ASIDE, TYPE, LIFE = "unknown", "schema", "aside", "type", "life"


class Problem(NamedTuple):
    """What is wrong with a key."""

    why: str
    key: str
    text: str
    cure: str


def problem_of(name: str, kind: bytes, ttl: int, found: bytes = b"") -> Problem | None:
    """What is wrong with a key of ours; None where nothing is, or where it is gone.

    `ttl` is as TTL tells it. `found` is what a closer look at a value of the right type has shown, as a type's name.
    """
    if kind == b"none":
        return None
    parsed = keys.parse(name)
    if not name.startswith(f"{keys.SCHEMA}:"):
        return Problem(SCHEMA, name, f"{name} is of another version", _other(name))
    family = _whole(name) if parsed is None else FAMILIES[parsed.family]
    if family is None:
        text = f"{name} is no key of ours, though it is named like one"
        return Problem(UNKNOWN, name, text, f"look at it, then redis-cli DEL '{name}'")
    if is_aside(name):
        text = f"{name} was set aside ({kind.decode()})"
        return Problem(ASIDE, name, text, f"look at it, then redis-cli DEL '{name}'")
    if family.kind and (found or kind) != family.kind:
        named = "HyperLogLog" if parsed and parsed.family == "unique:visits" else family.kind.decode()
        cure = f"python -m collector rebuild{f' --site {parsed.site}' if parsed else ''}"
        return Problem(TYPE, name, f"{name} is a {(found or kind).decode()}, expected a {named}", cure)
    return _life(name, family.life, ttl, parsed)


def is_aside(name: str) -> bool:
    """Whether a key was set aside: by its name, with or without a site."""
    return name.partition("}:")[2].startswith("quarantine:")


def _whole(name: str) -> Family | None:
    if name.startswith(keys.commands("")):
        return COMMANDS
    if is_aside(name):
        return FAMILIES["quarantine"]
    return WHOLE.get(name)


def _life(name: str, life: int, ttl: int, parsed: Parsed | None) -> Problem | None:
    most = _salt_life(parsed.rest) if parsed and parsed.family == "salt" else life
    if not most and ttl >= 0:
        return Problem(LIFE, name, f"{name} expires in {ttl:,} s, but should stay", f"redis-cli PERSIST '{name}'")
    if most and ttl == -1:
        soon = 1 if parsed and parsed.family == "salt" else most
        return Problem(LIFE, name, f"{name} never expires", f"redis-cli EXPIRE '{name}' {soon}")
    if most and ttl > most:
        text = f"{name} expires in {ttl / _HOUR:,.0f} h, {most / _HOUR:,.0f} h at most are right"
        return Problem(LIFE, name, text, f"redis-cli EXPIRE '{name}' {most}")
    return None


def _salt_life(rest: tuple[str, ...]) -> int:
    """A salt is made a day before its period and gone a day after it, or two days after its day began; and days may
    have 25 hours. A Monday names a week, too.
    """
    if rest[:1] == ("import",):
        return 2 * _DAY
    try:
        monday = date.fromisoformat(rest[0]).weekday() == 0
    except ValueError:
        return 33 * _DAY + _HOUR  # a month
    return (9 if monday else 3) * _DAY + 2 * _HOUR


def _other(name: str) -> str:
    schema = name.partition(":")[0]
    if schema[:2] == "ff" and schema[2:].isdigit() and int(schema[2:]) > int(keys.SCHEMA[2:]):
        return "it was written by a newer Footfall: update this one"
    return "stop all collectors, then python -m collector migrate"
