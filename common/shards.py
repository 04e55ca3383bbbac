"""What is kept of a site in, its shards out: how many there are from which day on, and on which one a visitor is. Pure.

A count holds from a day (ordinal) on and never shrinks, so that whatever lies on a shard stays where it is.
"""

from __future__ import annotations

from typing import NamedTuple

from common.keys import Shard

MOST = 16


class Layout(NamedTuple):
    """Days from which counts of shards hold, rising."""

    steps: tuple[tuple[int, int], ...] = ((0, 1),)

    @property
    def most(self) -> int:
        """Shards that may hold anything."""
        return max(count for _, count in self.steps)

    def count(self, day: int) -> int:
        """Shards of a day."""
        return next((count for begin, count in reversed(self.steps) if begin <= day), 1)

    def number(self, place: int, day: int) -> int:
        """The shard of a visitor's place on a day."""
        return place % self.count(day)

    def before(self, day: int) -> int:
        """The count a few days before `day`, when visits may have begun that still go on."""
        return self.count(day - LASTING)

    def grown(self, day: int, count: int) -> Layout:
        """With another count from a day on; raises ValueError where it would shrink, or days had one already."""
        if not self.steps[-1][1] < count <= MOST:
            raise ValueError(f"expected more than the {self.steps[-1][1]} shards there are, {MOST} at most")
        if day <= self.steps[-1][0]:
            raise ValueError("a day before the last change has its shards already")
        return Layout((*self.steps, (day, count)))

    def text(self) -> str:
        """As shards keep it; "" for a single one. A later one is longer: steps are only added."""
        return "" if self == Layout() else ",".join(f"{day}:{count}" for day, count in self.steps)


#: After a change visitors whose visit went on over midnight stay where they were, and may again at the next one.
LASTING = 3


def parsed(text: str) -> Layout:
    """The layout that `text` gave; of what is none, one shard."""
    pairs = [part.partition(":") for part in text.split(",") if part]
    return layout_of([(int(day), int(count)) for day, _, count in pairs])


def layout_of(steps: list[tuple[int, int]]) -> Layout:
    """Of what is kept with a site: nothing for one shard."""
    return Layout(tuple((day, count) for day, count in steps)) if steps else Layout()


def first(count: int) -> list[tuple[int, int]]:
    """What is kept with a site that begins with so many shards."""
    return [(0, count)] if count > 1 else []


def shards(site: str, count: int) -> list[Shard]:
    """All shards of a site."""
    return [Shard(site, number) for number in range(count)]
