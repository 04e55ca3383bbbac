"""A batch's id as the client gave it in, the 64 bits it is known by out; and where such ids lie. Pure.

The tracker numbers the batches of a page: `TIME-RANDOM-NUMBER`. The number, and on which day the page was opened, stay
readable in the id, so that the ids that are kept anyway tell which batches never came:

    12 bits  the number, or `UNNUMBERED`
     3 bits  the UTC day on which the page was opened by the visitor's clock, modulo 8
    49 bits  a digest of what the page's batches share; it ends the id, since ids lie by their last bits
"""

from __future__ import annotations

import re
from hashlib import blake2b

#: In place of a number: the id is not the tracker's, or its page has sent more than 4,094 batches.
UNNUMBERED = (1 << 12) - 1
NUMBER_SHIFT, OPENED_SHIFT = 52, 49
#: What batches of one page have in common.
RUN = (1 << NUMBER_SHIFT) - 1
#: Ids to a bucket when more bits begin to count; after that a quarter of them on average.
PER_BUCKET = 48
#: So many more bits count then.
MORE_BITS = 2
_DAY_MS = 86_400_000
_NUMBERED = re.compile(r"(\d{13}-(?:0?\.\d{1,24}|0|\d(?:\.\d{1,24})?e-\d{1,3}))-(0|[1-9]\d{0,3})")


def batch_id(text: str) -> int:
    """The 64 bits of an id, whatever its form; never 0, which means none."""
    found = _NUMBERED.fullmatch(text)
    if found and (number := int(found[2])) < UNNUMBERED:
        opened = int(text[:13]) // _DAY_MS % 8
        return number << NUMBER_SHIFT | opened << OPENED_SHIFT | _digest(found[1]) >> 15 or 1
    return UNNUMBERED << NUMBER_SHIFT | _digest(text) >> 12


def bits(count: int) -> int:
    """How many bits name the buckets of a day that holds so many ids."""
    return -(-((max(count, 1) - 1) // PER_BUCKET).bit_length() // MORE_BITS) * MORE_BITS


def buckets(count: int, sampled: int = 0) -> list[int]:
    """Numbers of all buckets in which ids of a day with so many may lie; `sampled`: of one page in 2**`sampled`."""
    found = {0}
    for length in range(0, bits(count) + 1, MORE_BITS):
        found.update(range(0, 1 << length, 1 << min(length, sampled)))
    return sorted(found)


def _digest(text: str) -> int:
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest())
