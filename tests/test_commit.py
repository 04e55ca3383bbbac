"""Group commit: one fsync for all that came meanwhile, and nobody is told "durable" who is not."""

from __future__ import annotations

import asyncio
import errno
import os
import threading
import time
from pathlib import Path

import pytest

from collector.commit import GroupCommit
from collector.journal import Group, Journal, read

#: As on a disk that is slow: so many groups are left to a thread.
SLOW = 1_000


class Slow:
    """fdatasync that waits until it is let go; its first call fails when told to."""

    def __init__(self) -> None:
        self.real, self.calls, self.fail = os.fdatasync, 0, False
        self.entered, self.go = threading.Event(), threading.Event()

    def __call__(self, file: int) -> None:
        self.calls += 1
        self.entered.set()
        assert self.go.wait(5)
        if self.fail and self.calls == 1:
            raise OSError(errno.EIO, "Input/output error")
        self.real(file)


async def until(event: threading.Event) -> None:
    while not event.is_set():
        await asyncio.sleep(0.001)


async def test_many_requests_share_few_fsyncs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slow, told = Slow(), []
    monkeypatch.setattr(os, "fdatasync", slow)
    journal = Journal(tmp_path)
    commit = GroupCommit(journal, told.append)
    commit.left_to_thread = SLOW
    commit.start()
    journal.append(b"first")
    first = commit.durable()
    await until(slow.entered)
    for _ in range(50):
        journal.append(b"meanwhile")
    later = [commit.durable() for _ in range(50)]
    assert not first.done()
    slow.go.set()
    await asyncio.gather(first, *later)
    assert (slow.calls, told) == (2, [1, 51])
    await commit.stop()
    journal.close()


async def test_a_failed_fsync_is_told_to_its_own_group_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slow, told = Slow(), []
    monkeypatch.setattr(os, "fdatasync", slow)
    journal = Journal(tmp_path)
    commit = GroupCommit(journal, told.append)
    commit.left_to_thread = SLOW
    commit.start()
    slow.fail = True
    journal.append(b"lost")
    lost = commit.durable()
    await until(slow.entered)
    journal.append(b"kept")
    kept = commit.durable()
    assert kept is not lost
    slow.go.set()
    with pytest.raises(OSError, match="Input/output"):
        await lost
    await kept
    await commit.stop()
    journal.close()
    assert ([record.body for record in read(tmp_path, 0)], told[0]) == ([b"kept"], 2)


async def test_a_record_appended_just_before_the_write_is_never_acknowledged_for_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the choice of a group and its write a record may arrive: its own group must be the one that writes it."""
    journal = Journal(tmp_path)
    commit = GroupCommit(journal, lambda upto: None)
    entered, go, real = threading.Event(), threading.Event(), journal.write
    slow = Slow()
    slow.fail = True
    slow.go.set()
    monkeypatch.setattr(os, "fdatasync", slow)

    def write(group: Group) -> int:
        entered.set()
        assert go.wait(5)
        return real(group)

    monkeypatch.setattr(journal, "write", write)
    commit.left_to_thread = SLOW
    commit.start()
    journal.append(b"lost")
    lost = commit.durable()
    await until(entered)
    journal.append(b"kept")
    kept = commit.durable()
    go.set()
    with pytest.raises(OSError, match="Input/output"):
        await lost
    await kept
    assert [record.body for record in read(tmp_path, 0)] == [b"kept"]
    await commit.stop()
    journal.close()


@pytest.mark.parametrize("slow", [0, SLOW])
async def test_stop_commits_what_waits(tmp_path: Path, slow: int) -> None:
    told: list[int] = []
    journal = Journal(tmp_path)
    commit = GroupCommit(journal, told.append)
    commit.left_to_thread = slow
    commit.start()
    journal.append(b"last")
    await commit.stop()
    assert (told[-1], [record.body for record in read(tmp_path, 0)]) == (1, [b"last"])
    journal.close()


async def test_a_full_disk_is_logged_once_and_its_end_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    journal = Journal(tmp_path)
    commit = GroupCommit(journal, lambda upto: None)
    commit.start()
    real = os.fdatasync
    for failing in (True, True, True, False, False):
        slow = Slow()
        slow.fail = failing
        slow.go.set()
        monkeypatch.setattr(os, "fdatasync", slow if failing else real)
        journal.append(b"one")
        await asyncio.gather(commit.durable(), return_exceptions=True)
    await commit.stop()
    journal.close()
    assert [record.levelname for record in caplog.records] == ["ERROR", "WARNING"]


async def test_calls_are_told_how_their_group_went_and_one_that_fails_stops_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow, told, done = Slow(), list[tuple[str, bool]](), asyncio.Event()
    slow.fail = True
    monkeypatch.setattr(os, "fdatasync", slow)
    journal = Journal(tmp_path)
    commit = GroupCommit(journal, lambda upto: None)
    commit.left_to_thread = SLOW
    commit.start()

    def fail(well: bool) -> None:
        told.append(("fails", well))
        raise ZeroDivisionError

    def last(well: bool) -> None:
        told.append(("kept", well))
        done.set()

    journal.append(b"lost")
    commit.then(lambda well: told.append(("lost", well)))
    await until(slow.entered)
    journal.append(b"kept")
    commit.then(fail)
    commit.then(last)
    slow.go.set()
    await asyncio.wait_for(done.wait(), 5)
    assert told == [("lost", False), ("fails", True), ("kept", True)]
    assert [record.body for record in read(tmp_path, 0)] == [b"kept"]
    await commit.stop()
    journal.close()


async def test_one_turn_of_the_loop_is_one_fsync_and_needs_no_thread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, threads, told = os.fdatasync, list[int](), list[bool]()

    def fdatasync(file: int) -> None:
        threads.append(threading.get_ident())
        real(file)

    monkeypatch.setattr(os, "fdatasync", fdatasync)
    journal = Journal(tmp_path)
    commit = GroupCommit(journal, lambda upto: None)
    commit.start()
    for _ in range(20):
        journal.append(b"one")
        commit.then(told.append)
    assert not told  # nothing is durable before the turn ends
    await asyncio.sleep(0)
    assert (told, threads) == ([True] * 20, [threading.get_ident()])
    await commit.stop()
    journal.close()


async def test_a_disk_that_grows_slow_is_left_to_a_thread_until_it_is_quick_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, waited, inside = threading.get_ident(), 0.02, list[bool]()

    def fdatasync(file: int) -> None:
        inside.append(threading.get_ident() == here)
        time.sleep(waited)

    monkeypatch.setattr(os, "fdatasync", fdatasync)
    journal = Journal(tmp_path)
    commit = GroupCommit(journal, lambda upto: None)
    commit.start()
    for _ in range(102):
        journal.append(b"slow")
        await commit.durable()
    assert [number for number, here in enumerate(inside) if here] == [0, 101]  # now and then it tries
    waited = 0.0
    for _ in range(110):
        journal.append(b"quick")
        await commit.durable()
    assert (inside[102:202], inside[202:]) == ([False] * 100, [True] * 10)
    await commit.stop()
    journal.close()


async def test_what_came_before_the_start_is_committed(tmp_path: Path) -> None:
    journal, told = Journal(tmp_path), list[bool]()
    commit = GroupCommit(journal, lambda upto: None)
    journal.append(b"early")
    commit.then(told.append)
    await asyncio.sleep(0.01)
    assert not told
    commit.start()
    await commit.stop()
    assert (told, [record.body for record in read(tmp_path, 0)]) == ([True], [b"early"])
    journal.close()


async def test_without_a_thread_to_be_had_its_group_hears_of_it_and_the_next_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal, told = Journal(tmp_path), list[bool]()
    commit = GroupCommit(journal, lambda upto: None)
    commit.left_to_thread = SLOW
    commit.start()

    def none(*_: object) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patched:
        patched.setattr(asyncio.get_running_loop(), "run_in_executor", none)
        journal.append(b"lost")
        commit.then(told.append)
        await asyncio.sleep(0)
    journal.append(b"kept")
    commit.then(told.append)
    await commit.stop()
    assert (told, [record.body for record in read(tmp_path, 0)]) == ([False, True], [b"kept"])
    journal.close()


async def test_a_request_that_is_cancelled_takes_neither_the_others_nor_the_end_along(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = Slow()
    monkeypatch.setattr(os, "fdatasync", slow)
    journal, told = Journal(tmp_path), list[int]()
    commit = GroupCommit(journal, told.append)
    commit.left_to_thread = SLOW
    commit.start()
    journal.append(b"first")
    commit.durable()
    await until(slow.entered)
    journal.append(b"second")
    commit.durable().cancel()
    stopping = asyncio.create_task(commit.stop())
    await asyncio.sleep(0.01)
    assert not stopping.done()
    slow.go.set()
    await stopping
    assert (told, [record.body for record in read(tmp_path, 0)]) == ([1, 2], [b"first", b"second"])
    journal.close()
