"""Collectors, shards and a rate in; how the load falls on shards and how often flushes are refused, simulated, out.

What two cores cannot run: sixteen shards and as many collectors. Each collector's flusher goes over its shards in turn,
as `collector/flushing.py` does: takes what waits, reads the states, works, applies. A flush is refused when somebody
else has applied an event of one of its visitors in between; it is then computed again, and after two refusals it takes
a lease that keeps the others out. Times are those of costs.json.
"""

from __future__ import annotations

import heapq
import random
from collections import deque
from typing import NamedTuple

#: Events of one visitor are so many s apart, and a visitor stays for so many of them.
GAP_S, STAYS = 20.0, 6
_ROUND_TRIP_S = 0.0005
#: Events a script takes at most: where nobody counts commands, and where somebody does.
MOST, _MOST_BILLED = 1_000, 20_000


class Costs(NamedTuple):
    """µs of CPU: of a flush as such and of an event in it, of the flusher and of the server."""

    flush_us: float
    flusher_us: float
    script_us: float
    server_us: float


class Spread(NamedTuple):
    """What a simulated stretch of time came to."""

    refused: float  #: flushes that had to be computed again, of all that were tried
    busiest: float  #: share of time for which the busiest flusher worked
    hottest: float  #: events of the hottest shard over those of the mean one
    waited_s: float  #: the longest that an event waited for its flush to be applied, in the second half
    scripts: int  #: script calls


def simulate(
    collectors: int,
    shards: int,
    rate: float,
    costs: Costs,
    seconds: float = 6.0,
    every: float = 0.0,
    sticky: bool = False,
    seed: int = 1,
) -> Spread:
    """Spread `rate` events a second over collectors at random, or by visitor; each visitor belongs to one shard.

    `every` is FOOTFALL_FLUSH_SECONDS.
    """
    most = _MOST_BILLED if every >= 1 else MOST
    queues, totals = _arrivals(collectors, shards, rate, seconds, sticky, random.Random(seed))
    waiting = [[deque(queue) for queue in row] for row in queues]
    applied: list[dict[int, tuple[float, int]]] = [{} for _ in range(shards)]  # visitor -> when, by whom
    free = [0.0] * shards  # when a shard's server is done with what it has
    leased: list[tuple[float, int]] = [(0.0, -1)] * shards
    begun, busy, tried, refused, waited = [0.0] * collectors, [0.0] * collectors, 0, 0, 0.0
    turns = [(0.0, number, 0) for number in range(collectors)]
    heapq.heapify(turns)
    while turns:
        now, number, shard = heapq.heappop(turns)
        if now > seconds:
            continue
        queue, batch = waiting[number][shard], list[tuple[float, int]]()
        until, holder = leased[shard]
        while queue and queue[0][0] <= now and len(batch) < most and not (until > now and holder != number):
            batch.append(queue.popleft())
        done = now
        if batch:
            for attempt in range(10):
                read = done
                done = read + _ROUND_TRIP_S + (costs.flush_us + len(batch) * costs.flusher_us) / 1e6
                done = free[shard] = max(done, free[shard]) + (costs.script_us + len(batch) * costs.server_us) / 1e6
                tried += 1
                known = applied[shard]
                if all(known.get(v, (0.0, number))[0] <= read or known[v][1] == number for _, v in batch):
                    break
                refused += 1
                if attempt == 1:
                    leased[shard] = (done + 1.0, number)
            if leased[shard][1] == number:
                leased[shard] = (0.0, -1)
            for at, visitor in batch:
                applied[shard][visitor] = (done, number)
                if at > seconds / 2:
                    waited = max(waited, done - at)
            busy[number] += done - now
        following = (shard + 1) % shards
        begun[number] = now if following == 1 or shards == 1 else begun[number]
        rest = max(done, begun[number] + every) if following == 0 and every else max(done, now + 0.0002)
        heapq.heappush(turns, (rest, number, following))
    mean = sum(totals) / shards
    return Spread(refused / max(1, tried), max(busy) / seconds, max(totals) / mean, waited, tried)


def _arrivals(
    collectors: int, shards: int, rate: float, seconds: float, sticky: bool, draw: random.Random
) -> tuple[list[list[list[tuple[float, int]]]], list[int]]:
    """Events (time, visitor) by collector and shard, in order; how many each shard gets."""
    queues: list[list[list[tuple[float, int]]]] = [[[] for _ in range(shards)] for _ in range(collectors)]
    totals = [0] * shards
    active = max(1, int(rate * GAP_S))  # so many visitors are there at a time; each comes again after about GAP_S
    left = [draw.randint(1, STAYS) for _ in range(active)]
    names, fresh, at = list(range(active)), active, 0.0
    while (at := at + draw.expovariate(rate)) < seconds:
        place = draw.randrange(active)
        visitor = names[place]
        shard = hash((visitor, 7)) % shards
        collector = hash((visitor, 3)) % collectors if sticky else draw.randrange(collectors)
        queues[collector][shard].append((at, visitor))
        totals[shard] += 1
        left[place] -= 1
        if not left[place]:
            names[place], left[place], fresh = fresh, STAYS, fresh + 1
    return queues, totals


def imbalance(visitors: int, shards: int, seed: int = 1) -> float:
    """The hottest shard over the mean one where a few visitors make many events (log-normal, sigma 1.5)."""
    draw, totals = random.Random(seed), [0.0] * shards
    for _ in range(visitors):
        totals[draw.randrange(shards)] += draw.lognormvariate(0.0, 1.5)
    return max(totals) * shards / sum(totals)
