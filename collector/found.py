"""Lines of a file in; what they hold out: hits one by one, page views in columns, reasons for skipping others. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from collector.distinct import Distinct, Ints
from collector.logs import MALFORMED, Hit, Reader


class Views(NamedTuple):
    """Page views as a log tells them, a row each, in the order of their lines."""

    number: Ints  #: of the line
    time: Ints  #: ms
    host: Distinct[str]  #: "" where lines name none
    address: Distinct[str]
    target: Distinct[str]
    referrer: Distinct[str] | None  #: "" for none; None, like the agent: the format has none
    agent: Distinct[str] | None

    def at(self, chosen: npt.NDArray[np.bool_]) -> Views:
        """Some of the rows."""
        parts = (part and part.at(chosen) for part in self[2:])
        return Views(self.number[chosen], self.time[chosen], *parts)  # type: ignore[arg-type]


class Found(NamedTuple):
    """What some lines hold."""

    views: Views | None
    hits: list[Hit]  #: of lines that were read one by one
    skipped: dict[str, int]  #: how many lines, by reason
    malformed: list[tuple[int, str]]  #: number and reason, in the order of lines

    def size(self) -> int:
        """Page views and other hits."""
        return len(self.hits) + (len(self.views.number) if self.views else 0)

    def first(self) -> int:
        """Ms of the earliest one."""
        times = [hit.time for hit in self.hits]
        if self.views and len(self.views.time):
            times.append(int(self.views.time.min()))
        return min(times)

    def by_site(self, site: str | None) -> dict[str, Found]:
        """What is of each site; `site` None: the lines name theirs."""
        hits: dict[str, list[Hit]] = {}
        for hit in self.hits:
            hits.setdefault(site or hit.site, []).append(hit)
        views = _by_host(self.views, site) if self.views and len(self.views.number) else {}
        return {name: Found(views.get(name), hits.get(name, []), {}, []) for name in {**views, **hits}}


def _by_host(views: Views, site: str | None) -> dict[str, Views]:
    if site or len(views.host.values) == 1:
        return {site or views.host.values[0]: views}
    return {host: views.at(views.host.places == place) for place, host in enumerate(views.host.values)}


def by_line(reader: Reader, lines: Iterable[tuple[int, str]]) -> Found:
    """Lines with their numbers, read one by one."""
    found = Found(None, [], {}, [])
    for number, line in lines:
        hit = reader.read(number, line)
        if not isinstance(hit, str):
            found.hits.append(hit)
            continue
        found.skipped[hit] = found.skipped.get(hit, 0) + 1
        if hit in MALFORMED:
            found.malformed.append((number, hit))
    return found
