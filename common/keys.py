"""Site, shard and day in, Redis keys and hash fields out, and back again: the only place that knows their shape.

Every key begins with the schema version and one hash tag per shard, so that all keys of a shard live on one
node of a cluster and one script may touch them together.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

#: Raised when a shape below changes; a reader of another version refuses instead of guessing.
SCHEMA = "ff2"
#: One site's list of raw blocks is cut here, so that no single key grows without bound.
RAW_LIST_BYTES = 50_000_000


class Shard(NamedTuple):
    """One shard of a site: the unit that one script writes atomically."""

    site: str
    number: int = 0

    @property
    def named(self) -> str:
        """As people read it: the site, and of another than its first shard its number."""
        return f"{self.site} ({self.number})" if self.number else self.site

    def _key(self, *parts: str) -> str:
        return ":".join((SCHEMA, f"{{{self.site}.{self.number}}}", *parts))

    def daily(self, day: int) -> str:
        """Hash: aggregates of one local day, one field a row. Folded into the dense hash two days later; what a late
        event adds to a folded day stands here until the day is made again."""
        return self._key("visits", "daily", iso(day))

    def unique(self, day: int) -> str:
        """HyperLogLog: the day's human visitor ids. Moved to the archive with its month."""
        return self._key("unique", "visits", iso(day))

    def raw(self, day: int, number: int) -> str:
        """List: blocks of raw events of one local day. Moved to the archive after FOOTFALL_RAW_DAYS."""
        return self._key("visits", "events", iso(day), str(number))

    def open(self) -> str:
        """Set: local days (2026-11-24) that have a daily hash."""
        return self._key("visits", "open")

    def dense(self) -> str:
        """Hash: rollups of closed days, one field a day or a month, and VERSION. Kept for ever."""
        return self._key("visits", "dense")

    def archive(self) -> str:
        """Hash: name of each file in the archive -> what it holds. What is not named here is not there."""
        return self._key("visits", "archive")

    def job(self) -> str:
        """String: which job may change the shape of closed days (fold, archive, rebuild, delete); it expires."""
        return self._key("visits", "job")

    def state(self) -> str:
        """Hash: visit states, journal marks, batch ids, lease. Old fields are dropped daily."""
        return self._key("visits", "state")

    def live(self) -> str:
        """Sorted set: human visitor ids by the ms of their last event; cut to five minutes by the writer."""
        return self._key("visits", "live")

    def marked(self) -> str:
        """Hash: days whose rollups wait to be made again from raw events -> the ms when they were marked."""
        return self._key("visits", "marked")

    def quarantine(self, key: str, now: int) -> str:
        """A key of a wrong type that was set aside; kept until somebody looks at it."""
        return self._key("quarantine", str(now), key.partition("}:")[2])

    def trimmed(self, day: int) -> str:
        """String: set by the collector that does the daily job of a local day; expires after two days."""
        return self._key("trimmed", iso(day))

    def imports(self) -> str:
        """Hash: digests of file pieces already imported. Kept for ever."""
        return self._key("imports")

    def salt(self, period: str) -> str:
        """String: the random salt of one period; expires 48 h after the period's first day began (daily)."""
        return self._key("salt", period)

    def import_salt(self, day: int) -> str:
        """String: the salt for imports of one past day; expires 48 h after its making."""
        return self._key("salt", "import", iso(day))

    def place(self) -> str:
        """String: the random key that says on which shard a visitor is. One for a site, on its first shard."""
        return self._key("place")

    def saved(self) -> str:
        """Hash: what people keep with the site: goals, funnels, segments, notes. On its first shard, with the site."""
        return self._key("saved")

    def shadow(self, key: str, holder: str) -> str:
        """A key that `holder` rebuilds, renamed over the real one at the end; expires after an hour if abandoned."""
        return self._key("shadow", holder, key.partition("}:")[2])


def sites() -> str:
    """Hash: site -> zone and the ms when its first event came. Kept for ever."""
    return f"{SCHEMA}:{{sites}}:known"


def file_imports() -> str:
    """Hash: digests of whole file pieces, for files that hold several sites. Kept for ever."""
    return f"{SCHEMA}:{{imports}}:files"


def forgotten() -> str:
    """String: the ms when expired salts were last driven out of Redis's files. Kept for ever."""
    return f"{SCHEMA}:{{sites}}:forgotten"


def commands(month: str) -> str:
    """Hash: Redis commands of one UTC month (2026-11) by day and purpose. Expires 13 months after it began."""
    return f"{SCHEMA}:{{budget}}:commands:{month}"


def import_expiries() -> str:
    """Sorted set: the ms at which salts of imports expire. Cut by the daily job."""
    return f"{SCHEMA}:{{sites}}:import-salts"


def aside(key: str, now: int) -> str:
    """Where a key is set aside, its site's or nobody's: on the same node, under the name it had."""
    tag, close, rest = key.rpartition("}:")
    return f"{tag}{close}quarantine:{now}:{rest}"


#: The layout before this one, told by one key, and keys of the original design, which had no schema.
OLDER = "ff1"
OLDER_SITES = f"{OLDER}:{{sites}}:known"
NEWER_SITES = f"ff{int(SCHEMA[2:]) + 1}:{{sites}}:known"
ORIGINAL_EVENTS = "visits:events"
#: The original list of events while it is migrated: whoever still writes to the old name begins another.
ORIGINAL_MOVING = "visits:events:migrating"
#: Patterns of all keys of the original design.
ORIGINAL = ("visits:*", "unique:visits:*")


def iso(day: int) -> str:
    """A day's ordinal as 2026-11-24."""
    return date.fromordinal(day).isoformat()


def ordinal(text: str) -> int:
    """2026-11-24 as a day's ordinal; raises ValueError."""
    return date.fromisoformat(text).toordinal()


class Parsed(NamedTuple):
    """What a key says: its schema, site, shard, family and the rest."""

    schema: str
    site: str
    shard: int
    family: str
    rest: tuple[str, ...]


_FAMILIES = {
    ("visits", "daily"): 2,
    ("unique", "visits"): 2,
    ("visits", "events"): 2,
    ("visits", "state"): 2,
    ("visits", "live"): 2,
    ("visits", "marked"): 2,
    ("visits", "open"): 2,
    ("visits", "dense"): 2,
    ("visits", "archive"): 2,
    ("visits", "job"): 2,
    ("imports",): 1,
    ("trimmed",): 1,
    ("salt",): 1,
    ("place",): 1,
    ("saved",): 1,
    ("shadow",): 1,
    ("quarantine",): 1,
}


def parse(key: str) -> Parsed | None:
    """The parts of a shard's key; None for a key that is not one of ours."""
    schema, open_, tail = key.partition(":{")
    tag, close, path = tail.rpartition("}:")
    site, dot, number = tag.rpartition(".")
    if not (open_ and close and dot and number.isascii() and number.isdigit()):
        return None
    parts = tuple(path.split(":"))
    for family, length in _FAMILIES.items():
        if parts[:length] == family:
            return Parsed(schema, site, int(number), ":".join(family), parts[length:])
    return None


# Fields of the daily hash: `dimension=value`. A dimension never holds "=", a value may.


def field(dimension: str, value: str) -> str:
    """The daily hash's field of one row."""
    return f"{dimension}={value}"


def split_field(text: str) -> tuple[str, str]:
    """Dimension and value of a field."""
    dimension, _, value = text.partition("=")
    return dimension, value


# Fields of the dense hash: a day (2026-11-24), a month (2026-10), or


#: Raised by every job that moves, folds or replaces closed days: what was read before and after it does not fit.
VERSION = "version"
#: Folded days that have raw lists in Redis, as a msgpack list of ordinals.
RAW_DAYS = "raw"


def month(day: int) -> str:
    """The month of a day's ordinal as 2026-11."""
    return iso(day)[:7]


def days_of(month: str) -> range:
    """The days of a month such as 2026-11; raises ValueError."""
    first = date.fromisoformat(f"{month}-01")
    following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return range(first.toordinal(), following.toordinal())


# Fields of the daily hash, besides rows


#: Number of flushes and rebuilds that touched the day; caches of a day are keyed by it.
REVISION = "revision"
#: msgpack [list number, bytes in it, rows of the day].
RAW_EXTENT = "raw"
#: Prefix of the fields that count a dimension's rows, for its cap.
COUNT = "count"


# Fields of the state hash


def visitor_field(visitor: int) -> str:
    """The state of one visitor."""
    return f"v:{visitor:016x}"


def mark_field(collector: str) -> str:
    """The number of the last journal record applied for one collector."""
    return f"mark:{collector}"


def ids_count(day: int) -> str:
    """How many ids of batches received on one UTC day there are."""
    return f"ids:{day}"


def ids_field(day: int, bucket: int) -> str:
    """Packed ids of the batches received on one UTC day."""
    return f"ids:{day}:{bucket}"


def ids_day(text: str) -> int:
    """UTC day of an ids field."""
    return int(text.split(":")[1])


def claims_count(day: int) -> str:
    """How many ids of batches received on one UTC day are claimed, where a site has several shards."""
    return f"claims:{day}"


def claims_field(day: int, bucket: int) -> str:
    """Packed ids of batches received on one UTC day, each with its owner."""
    return f"claims:{day}:{bucket}"


def loss_field(day: int) -> str:
    """What is known of the batches of one UTC day that never came."""
    return f"loss:{day}"


#: The first UTC day whose ids of batches all tell their numbers.
NUMBERED = "numbered"
LEASE = "lease"
#: From which days on a site has how many shards, as `Layout.text` tells it. What goes by an earlier one is refused.
SHARDS = "shards"
#: The zone whose days the shard's keys hold: what is written by another one's days is refused. Set by the first flush.
ZONE = "zone"
