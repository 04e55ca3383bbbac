"""Why a flush was not applied, in words and types: what the flusher of a journal has to do about it differs."""

from __future__ import annotations


class Contended(Exception):
    """Others wrote to this shard, or hold its lease, for longer than the flusher's patience."""


class Relaid(Exception):
    """The site has other shards than these batches were sorted by: they have to be sorted again."""

    def __init__(self, text: str) -> None:
        super().__init__(f"its shards are {text}")
        self.text = text


class Early(Exception):
    """What others may have of the same visitor is not applied yet: a moment later it is."""


class Behind(Exception):
    """Redis has less of this collector than was written: a replica took over without the last writes."""

    def __init__(self, mark: int) -> None:
        super().__init__(f"Redis knows records up to {mark}")
        self.mark = mark
