"""Anything in, lists of bounded size out: itertools.batched, which Python 3.11 lacks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

_T = TypeVar("_T")


def chunked(items: Iterable[_T], size: int) -> Iterator[list[_T]]:
    """The items in order, `size` at a time."""
    rest = iter(items)
    while part := list(islice(rest, size)):
        yield part
