"""Jobs are started when there is something to do, and seldom enough."""

from __future__ import annotations

import subprocess

import pytest
from made import ms

from collector.background import Rebuilds, Trims


class Job:
    """A process that ends when it is told to."""

    def __init__(self) -> None:
        self.code: int | None = None

    def poll(self) -> int | None:
        return self.code


class Clock:
    """A monotonic clock that stands still, and what was started when."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now, self.started = 1_000.0, list[tuple[float, Job]]()
        monkeypatch.setattr("collector.background.time.monotonic", lambda: self.now)

    def start(self) -> subprocess.Popen[bytes]:
        self.started.append((self.now - 1_000, Job()))
        return self.started[-1][1]  # type: ignore[return-value]

    @property
    def seconds(self) -> list[int]:
        return [int(at) for at, _ in self.started]


def test_rebuilds_are_seldom(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    jobs = Rebuilds(clock.start)
    for second, wanted, done in ((0, 0, 0), (5, 1, 0), (10, 0, 1), (59, 0, 1), (60, 0, 1), (70, 1, 0), (71, 0, 1)):
        clock.now = 1_000.0 + second
        jobs.wanted |= bool(wanted)
        if done:
            clock.started[-1][1].code = 0
        jobs.tend()
    assert clock.seconds == [0]  # ten seconds of work at 0: not before 200
    clock.now = 1_200.0
    jobs.tend()
    assert clock.seconds == [0, 200]


@pytest.mark.parametrize(
    ("wall", "zones", "started"),
    [
        (["2026-05-05 12:00", "2026-05-05 13:00", "2026-05-05 23:59"], {"UTC"}, 1),
        (["2026-05-05 12:00", "2026-05-06 02:59"], {"UTC"}, 1),
        (["2026-05-05 12:00", "2026-05-06 03:00", "2026-05-06 04:00"], {"UTC"}, 2),
        (
            ["2026-05-05 12:00", "2026-05-05 21:14", "2026-05-05 21:15", "2026-05-06 03:00"],
            {"UTC", "Asia/Kathmandu"},
            3,
        ),
    ],
)
def test_the_daily_job_at_the_hour_of_every_zone(
    monkeypatch: pytest.MonkeyPatch, wall: list[str], zones: set[str], started: int
) -> None:
    clock = Clock(monkeypatch)
    jobs = Trims(clock.start, hour=3)
    for text in wall:
        clock.now += 10_000
        jobs.look(zones, ms(text))
        jobs.tend()
        clock.started[-1][1].code = 0
        jobs.tend()  # takes notice of its end
    assert len(clock.started) == started


def test_one_that_left_something_undone_comes_again_within_hours(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    jobs = Trims(clock.start, hour=3)
    for second in (0, 10, 1_000, 3_500, 3_700, 3_800, 9_000):
        clock.now = 1_000.0 + second
        jobs.look({"UTC"}, ms("2026-05-05 12:00"))
        jobs.tend()
        clock.started[-1][1].code = 1 if len(clock.started) == 1 else 0
    assert clock.seconds == [0, 3_700]
