"""What lines hold, and what of it is of which site."""

from __future__ import annotations

import numpy as np

from collector.distinct import Distinct
from collector.found import Found, Views, by_line
from collector.logs import LogReader

LINE = '{} 192.0.2.1 - - [17/May/2025:10:05:43 +0000] "GET /{} HTTP/1.1" 200 9 "-" "x"'


def views(*rows: tuple[int, str, str]) -> Views:
    """Time, host and target."""
    times, hosts, targets = zip(*rows, strict=True)
    names = sorted(set(hosts))
    host = Distinct(names, np.array([names.index(name) for name in hosts], dtype=np.int32))
    target = Distinct(list(targets), np.arange(len(rows), dtype=np.int32))
    return Views(np.arange(1, len(rows) + 1), np.array(times), host, host, target, None, None)


def test_lines_one_by_one() -> None:
    lines = [(4, LINE.format("a.example", "")), (5, ""), (6, "what"), (7, LINE.format("a.example", "x.css")), (8, "?")]
    found = by_line(LogReader("vhost"), lines)
    assert [(hit.number, hit.site) for hit in found.hits] == [(4, "a.example")]
    assert found.skipped == {"blank": 1, "format": 2, "static": 1}
    assert found.malformed == [(6, "format"), (8, "format")]
    assert (found.size(), found.views) == (1, None)


def test_what_is_of_which_site() -> None:
    hits = by_line(LogReader("vhost"), [(9, LINE.format("b.example", "")), (10, LINE.format("c.example", ""))]).hits
    found = Found(views((30, "b.example", "/1"), (20, "a.example", "/2"), (10, "b.example", "/3")), hits, {}, [])
    assert (found.size(), found.first()) == (5, 10)
    sites = found.by_site(None)
    assert {site: (some.size(), some.first()) for site, some in sites.items()} == {
        "a.example": (1, 20),
        "b.example": (3, 10),
        "c.example": (1, hits[1].time),
    }
    some = sites["b.example"].views
    assert some
    assert (some.number.tolist(), some.target.values) == ([1, 3], ["/1", "/3"])
    assert list(found.by_site("d.example")) == ["d.example"]
    assert found.by_site("d.example")["d.example"].size() == 5
    assert Found(views((1, "a", "/")).at(np.array([False])), [], {}, []).by_site(None) == {}
