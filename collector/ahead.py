"""A Redis and its budgets in; what will run out, when, and what to do about it, out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import redis

from common import budget, capacity
from common.capacity import Fit
from common.footprint import Footprint, measure
from common.ledger import read_months
from common.settings import Settings

#: Memory that ends within so many days is worth a warning.
_SOON = 92
_FEWEST_RAW_DAYS = 3


class Warned(NamedTuple):
    """What will run out and what to do about it."""

    problem: str
    cure: str


def commands(client: redis.Redis, settings: Settings, now: int) -> Iterator[Warned]:
    """A warning when the month's commands will exceed their budget. `now` in ms. Raises redis.RedisError."""
    if not settings.command_budget:
        return
    months = read_months(client, now)
    verdict = budget.judge(months, settings.command_budget, now)
    purposes = months[-1].purposes()
    most = max(purposes, key=lambda purpose: purposes[purpose], default="flush")
    cure = _CURES.get(most, "").format(seconds=int(settings.flush_seconds))
    told = f"most are for {budget.PURPOSES[most].lower()} ({purposes.get(most, 0):,})"
    if verdict.kind == "exceeded":
        yield Warned(
            f"FOOTFALL_COMMAND_BUDGET={verdict.budget} is used up: {verdict.used:,} Redis commands this month; {told}",
            cure or "raise the budget or the plan",
        )
    elif verdict.kind == "ahead":
        yield Warned(
            f"at this rate FOOTFALL_COMMAND_BUDGET={verdict.budget} is used up on {verdict.on}: {verdict.used:,} Redis "
            f"commands so far, {verdict.projected:,} by the month's end; {told}",
            cure or "raise the budget or the plan",
        )


#: What makes commands fewer, by what most of them are for.
_CURES = {
    "flush": "set FOOTFALL_FLUSH_SECONDS higher (now {seconds}): 60 is at most 450,000 commands a month for a site",
    "read": "keep fewer explorer pages open that refresh by themselves",
    "health": "let /healthz and /metrics be asked less often",
    "other": "see what else uses this Redis: redis-cli INFO commandstats",
}


def memory(client: redis.Redis, settings: Settings, now: int) -> Iterator[Warned]:
    """A warning when memory ends within three months. A command a key: ask where there is a limit."""
    found = measure(client)
    today = budget.utc_day(now)
    yield from warn(found, capacity.fit(found, settings.raw_days, today, settings.memory_budget), settings, today)


def warn(found: Footprint, fit: Fit, settings: Settings, today: int) -> Iterator[Warned]:
    """What there is to say about what still fits."""
    if fit.ends is None or fit.ends.toordinal() - today > _SOON:
        return
    raw = sum(size.bytes for size in found.sizes if size.family == "raw")
    what = f"{_mb(fit.used)} of {_mb(fit.limit)} are used, raw events take {_mb(raw)} ({_mb(fit.growth.raw_day)} a day)"
    if _FEWEST_RAW_DAYS <= fit.raw_days < settings.raw_days:
        cure = f"set FOOTFALL_RAW_DAYS lower (now {settings.raw_days}; {fit.raw_days} leave room for a year)"
    else:
        cure = "give Redis more memory: maxmemory, or a larger plan and FOOTFALL_MEMORY_BUDGET"
    if found.used - sum(size.bytes for size in found.sizes) > fit.limit / 2:
        cure += "; more than half of it is not Footfall's"
    yield Warned(f"at this rate memory ends on {fit.ends}: {what}; then events wait in the journal", cure)


def _mb(size: float) -> str:
    return f"{size / 1e6:,.1f} MB"
