"""What the benchmarks send and draw: the same requests each time, ids that are new, logs whose pageviews are known."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from benchmarks import access_log, paced, traffic
from benchmarks.curves import Point, draw, growth
from benchmarks.load import run_id
from benchmarks.traffic import Shape
from collector.logs import LogReader
from common.bodies import parse


def test_requests_are_what_the_collector_takes(tmp_path: Path) -> None:
    pool = traffic.write(tmp_path / "pool.txt", Shape(10, sites=2), lines=40)
    made = paced.prepared(pool, run_id(), 40)
    bodies = [parse(request.partition(b"\r\n\r\n")[2]) for request in made]
    assert {body.site for body in bodies} == {"bench.example", "site1.example"}
    assert len({body.batch for body in bodies}) == 40
    for body in bodies:
        types = [event.type for event in body.events]
        assert types == ["pageview"] * 8 + ["Signup", "engagement"]
        assert body.dropped == {}
    size = sum(len(line.split(b"\t")[2]) for line in pool.read_bytes().splitlines()) / 40
    assert 1_900 < size < 2_300


def test_requests_are_the_same_each_time(tmp_path: Path) -> None:
    first = traffic.write(tmp_path / "first.txt", Shape(1), lines=20).read_bytes()
    assert traffic.write(tmp_path / "again.txt", Shape(1), lines=20).read_bytes() == first


def test_user_agents_are_many_and_no_bots() -> None:
    assert len(set(traffic.AGENTS)) == 40
    assert not [agent for agent in traffic.AGENTS if "bot" in agent.lower()]


@pytest.mark.parametrize(
    ("answer", "whole"),
    [
        (b"HTTP/1.1 204 No Content\r\n\r\n", True),
        (b"HTTP/1.1 202 Accepted\r\nContent-Length: 5\r\n\r\nab", False),
        (b"HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\nab", True),
        (b"HTTP/1.1 202 Accepted\r\nContent-", False),
    ],
)
def test_an_answer_may_come_in_pieces(answer: bytes, whole: bool) -> None:
    assert paced.whole(answer) is whole


def test_a_log_has_the_pageviews_it_tells(tmp_path: Path) -> None:
    path = tmp_path / "access.log"
    views = access_log.write(path, 2_000, date(2026, 10, 30))
    lines = path.read_text().splitlines()
    assert len(lines) == 2_000
    pages = [line for line in lines if '"GET /docs/' in line and '" 200 ' in line]
    assert views == len([line for line in pages if any(line.endswith(f'"{agent}"') for agent in traffic.AGENTS)])
    assert 400 < views < 1_200
    assert {line[line.index("[") + 4 : line.index("[") + 12] for line in lines} == {"Oct/2026"}
    assert LogReader("combined").name == "combined"


def test_the_plot_is_made_of_numbers(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="only `make bench` installs it")
    curve = [Point(10, 5.0, 8.0, 20.0, 30.0), Point(1_000, 10.0, 8.0, 40.0, 90.0)]
    draw({"events": curve, "sites": curve, "paths": curve}, tmp_path / "curves.svg")
    text = (tmp_path / "curves.svg").read_text()
    assert text.startswith("<?xml")
    assert text.count("<use ") > 24  # two markers in each of twelve panels
    assert "memory of the server, MB" in text
    assert (growth(curve, "ingest"), growth(curve, "flush"), growth(curve, "memory")) == (2.0, 1.0, 3.0)


@pytest.mark.parametrize(("rate", "number"), [(0, 64), (0.2, 1), (5.6, 11), (28, 56), (1_320, 64)])
def test_no_connection_rests_for_long(rate: float, number: int) -> None:
    assert paced.connections(rate) == number
