"""Batches and how many ids their days hold in, where these ids are looked for and kept out. Pure.

The ids of a UTC day lie side by side in buckets, an id in the bucket that its last bits name. As the day's count grows,
two more bits name a bucket, and nothing is moved: an id that came earlier lies under fewer of its bits, so that it is
looked for under every number of bits in use. So a small site has one bucket, and a large one no large bucket. Two bits
at a time are half as many places to look at as one, for buckets that are a little smaller. Batches of one page end with
the same bits (`common/run_ids.py`): they lie together, and what is missing among them can be told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from collector.batches import Batch
from common import keys
from common.run_ids import MORE_BITS, PER_BUCKET, bits

_DAY = 86_400_000


def days_around(batches: Iterable[Batch]) -> list[int]:
    """The UTC days in which the ids of these batches may be: the day before may hold an id that is sent again.

    So may the day after, since a copy that came past midnight may have been applied by another collector already.
    """
    return sorted({batch.received // _DAY + shift for batch in batches if batch.id for shift in (-1, 0, 1)})


def placed(batches: Iterable[Batch], counts: Mapping[int, int]) -> dict[str, list[Any]]:
    """The script's part about ids, given what the days around them hold.

    `counts`: [field, how many ids a day may hold for this to be right, how many more it gets]. `look`: fields of
    buckets. `ids`: [its own bucket, all buckets in which it may be, ids], buckets by their place in `look`, from 1.
    """
    new = [(batch.received // _DAY, batch.id) for batch in batches if batch.id]
    fresh = Counter(day for day, _ in new)
    used = {day: bits(count + fresh[day]) for day, count in counts.items()}
    look: dict[str, int] = {}
    buckets: dict[tuple[int, int], list[int]] = {}
    for day, number in new:
        buckets.setdefault((day, number & ((1 << used[day]) - 1)), []).append(number)
    listed = []
    for (day, _), numbers in buckets.items():
        # Own bucket first. Ids that share it may lie apart on a day that uses more bits, so each is looked up.
        names = dict.fromkeys(
            keys.ids_field(near, number & ((1 << length) - 1))
            for number in numbers
            for near in (day, day - 1, day + 1)
            for length in range(used[near], -1, -MORE_BITS)
            if near == day or counts[near]
        )
        places = [look.setdefault(name, len(look) + 1) for name in names]
        listed.append([places[0], places, b"".join(number.to_bytes(8) for number in numbers)])
    most = {day: PER_BUCKET << used[day] if count or fresh[day] else 0 for day, count in counts.items()}
    return {
        "counts": [[keys.ids_count(day), most[day], fresh[day]] for day in sorted(counts)],
        "look": list(look),
        "ids": listed,
    }
