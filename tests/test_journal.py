"""The journal: what was synced is read back whole and in order, after every kind of end; what was not, never."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from collector import journal as module
from collector.journal import HEADER, Journal, JournalFull, Place, forget, read, segments


def bodies(folder: Path, after: int = 0, upto: int | None = None) -> list[tuple[int, bytes]]:
    return [(record.number, record.body) for record in read(folder, after, upto)]


def filled(folder: Path, *texts: bytes) -> None:
    journal = Journal(folder)
    for text in texts:
        journal.append(text)
    journal.close()


def failing(*_: object) -> int:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_numbers_go_on_after_a_restart_and_the_id_stays(tmp_path: Path) -> None:
    first = Journal(tmp_path)
    assert (first.append(b"a"), first.append(b"b"), first.sync()) == (1, 2, 2)
    first.close()
    second = Journal(tmp_path)
    assert (second.id, second.number, second.append(b"c")) == (first.id, 2, 3)
    assert bodies(tmp_path) == [(1, b"a"), (2, b"b")]  # queued is not durable
    second.close()
    assert bodies(tmp_path, 1) == [(2, b"b"), (3, b"c")]
    assert bodies(tmp_path, 0, 2) == [(1, b"a"), (2, b"b")]
    assert len(first.id) == 16


def test_one_owner_at_a_time(tmp_path: Path) -> None:
    first = Journal(tmp_path)
    with pytest.raises(BlockingIOError):
        Journal(tmp_path)
    first.close()
    Journal(tmp_path).close()


def test_zeros_behind_the_last_record_are_no_records(tmp_path: Path) -> None:
    """A power cut may leave a file that has grown and was not filled; zeros look like an empty record 0."""
    filled(tmp_path, b"a", b"b")
    with segments(tmp_path)[0].open("ab") as file:
        file.write(bytes(4 * HEADER.size + 3))
    assert bodies(tmp_path) == [(1, b"a"), (2, b"b")]
    again = Journal(tmp_path)
    assert again.append(b"c") == 3
    again.close()
    assert bodies(tmp_path) == [(1, b"a"), (2, b"b"), (3, b"c")]


def test_folders_and_id_are_on_disk_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And the id before its name: under an empty one no mark would be found, and what is left be counted again."""
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", lambda file: synced.append(os.fstat(file).st_ino))
    Journal(tmp_path / "journal" / "0").close()
    names = [tmp_path / "journal", tmp_path, tmp_path / "journal/0/id", tmp_path / "journal/0"]
    assert synced[:4] == [name.stat().st_ino for name in names]


def test_a_torn_end_at_every_byte_costs_only_the_records_it_tore(tmp_path: Path) -> None:
    texts = [b"first", b"", b"third record"]
    filled(tmp_path, *texts)
    path = segments(tmp_path)[0]
    whole = path.read_bytes()
    ends = [sum(HEADER.size + len(text) for text in texts[:n]) for n in range(4)]
    assert ends[-1] == len(whole)
    for cut in range(len(whole) + 1):
        path.write_bytes(whole[:cut])
        left = max(n for n in range(4) if ends[n] <= cut)
        journal = Journal(tmp_path)
        assert (journal.number, path.stat().st_size) == (left, ends[left]), cut
        journal.append(b"next")
        journal.close()
        assert bodies(tmp_path) == [*enumerate(texts[:left], 1), (left + 1, b"next")], cut


@pytest.mark.parametrize("place", [0, 5, 9, HEADER.size, HEADER.size + 3])
def test_a_damaged_last_record_is_cut_off(tmp_path: Path, place: int) -> None:
    filled(tmp_path, b"whole", b"damaged")
    path = segments(tmp_path)[0]
    data = bytearray(path.read_bytes())
    begin = HEADER.size + len(b"whole")
    if place in range(8, HEADER.size):  # the number has no check of its own; order gives it away
        return
    data[begin + place] ^= 0x55
    path.write_bytes(data)
    journal = Journal(tmp_path)
    assert journal.number == 1
    journal.close()
    assert bodies(tmp_path) == [(1, b"whole")]


@pytest.mark.parametrize("call", ["write", "fdatasync"])
def test_a_group_that_fails_is_gone_and_the_next_one_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    journal = Journal(tmp_path)
    journal.append(b"kept")
    assert journal.sync() == 1
    journal.append(b"lost")
    with monkeypatch.context() as patch:
        patch.setattr(os, call, failing)
        with pytest.raises(OSError, match="No space"):
            journal.sync()
    assert journal.sync() == 1  # nothing waits any more, and 2 was never durable
    journal.append(b"next")
    assert journal.sync() == 3
    journal.close()
    assert bodies(tmp_path) == [(1, b"kept"), (3, b"next")]


def test_a_half_written_group_that_cannot_be_cut_off_stops_all_writing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = Journal(tmp_path)
    real, left = os.write, [10]

    def short(file: int, data: bytes) -> int:
        if not left:
            failing()
        return real(file, data[: left.pop()])

    journal.append(b"lost")
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", short)
        patch.setattr(os, "ftruncate", failing)
        with pytest.raises(OSError, match="No space"):
            journal.sync()
        journal.append(b"lost too")
        patch.setattr(os, "write", real)
        with pytest.raises(OSError, match="No space"):
            journal.sync()
    journal.append(b"next")
    assert journal.sync() == 3
    journal.close()
    assert bodies(tmp_path) == [(3, b"next")]


def test_a_record_belongs_to_the_group_it_was_taken_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = Journal(tmp_path)
    journal.append(b"fails")
    group = journal.take()
    journal.append(b"later")
    with monkeypatch.context() as patch:
        patch.setattr(os, "fdatasync", failing)
        with pytest.raises(OSError, match="No space"):
            journal.write(group)
    assert journal.sync() == 2
    journal.close()
    assert bodies(tmp_path) == [(2, b"later")]


def test_segments_are_cut_read_across_and_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SEGMENT_BYTES", 60)
    journal = Journal(tmp_path)
    for number in range(1, 8):
        journal.append(b"%020d" % number)
        journal.sync()
    assert [int(path.stem) for path in segments(tmp_path)] == [1, 3, 5, 7]
    assert [number for number, _ in bodies(tmp_path)] == [1, 2, 3, 4, 5, 6, 7]
    assert [number for number, _ in bodies(tmp_path, 3, 6)] == [4, 5, 6]
    for upto, left in ((1, [1, 3, 5, 7]), (2, [3, 5, 7]), (5, [5, 7]), (6, [7]), (99, [7])):
        forget(tmp_path, upto)
        assert [int(path.stem) for path in segments(tmp_path)] == left, upto
    journal.close()
    again = Journal(tmp_path)
    assert (again.number, again.append(b"x")) == (7, 8)
    again.close()


def test_a_segment_that_cannot_be_begun_does_not_stop_the_one_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SEGMENT_BYTES", 30)
    journal = Journal(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(module, "_sync_folder", failing)
        for number in (1, 2):
            journal.append(b"%020d" % number)
            assert journal.sync() == number
    assert len(segments(tmp_path)) == 1
    journal.append(b"3")
    journal.close()
    assert [number for number, _ in bodies(tmp_path)] == [1, 2, 3]
    assert [int(path.stem) for path in segments(tmp_path)] == [1, 4]


def test_reading_goes_on_where_it_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SEGMENT_BYTES", 60)
    journal = Journal(tmp_path)
    for number in range(1, 6):
        journal.append(b"%020d" % number)
        journal.sync()
    journal.close()
    whole = list(read(tmp_path, 0))
    for place, record in enumerate(whole):
        assert list(read(tmp_path, record.number, None, record.end)) == whole[place + 1 :]
    assert whole[0].end == Place(segments(tmp_path)[0].name, HEADER.size + 20)


def test_a_full_journal_says_so(tmp_path: Path) -> None:
    journal = Journal(tmp_path, most_bytes=30)
    journal.append(b"x" * 20)
    journal.check_room()
    journal.sync()
    assert journal.bytes() == HEADER.size + 20
    with pytest.raises(JournalFull):
        journal.check_room()
    journal.close()


def test_only_the_owner_may_read_the_folder(tmp_path: Path) -> None:
    filled(tmp_path / "journal", b"x")
    modes = {path.name: path.stat().st_mode & 0o077 for path in (tmp_path / "journal").glob("*.log")}
    assert set(modes.values()) == {0}
    assert (tmp_path / "journal").stat().st_mode & 0o077 == 0
