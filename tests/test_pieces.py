"""Files that grow, end early or are none, and the pieces they are cut into."""

from __future__ import annotations

import gzip
from collections.abc import Iterable
from pathlib import Path

import pytest

from collector import pieces
from collector.pieces import START, Cutter, Damaged, Entry, Piece, chunks

Known = dict[bytes, list[Entry]]


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "PIECE", 8)


def cut(data: bytes, known: Known, whole: Iterable[str] = ()) -> tuple[list[Piece], bool]:
    """Pieces of some bytes that come one by one; they are known from then on."""
    cutter = Cutter(
        (data[at : at + 1] for at in range(len(data))), lambda digest: known.get(digest, []), whole.__contains__
    )
    found = []
    for piece in cutter:
        found.append(piece)
        if not piece.entry:
            known.setdefault(piece.before, []).append(Entry(len(piece.data), piece.after, True))
    return found, cutter.unfinished


def shown(found: list[Piece]) -> list[str]:
    """Every piece's lines with their numbers, `=` before known ones."""
    return [("=" if piece.entry else "") + " ".join(f"{n}{line}" for n, line in piece.lines()) for piece in found]


def test_pieces_end_at_line_ends() -> None:
    found, unfinished = cut(b"aaa\nbbb\ncccccccccccc\nd\n", {})
    assert shown(found) == ["1aaa 2bbb", "3cccccccccccc", "4d"]
    assert b"".join(piece.data for piece in found) == b"aaa\nbbb\ncccccccccccc\nd\n"
    assert found[0].before == START
    assert [piece.before for piece in found[1:]] == [piece.after for piece in found[:-1]]
    assert not unfinished


def test_the_same_bytes_are_known_and_a_grown_file_adds_its_tail() -> None:
    known: Known = {}
    cut(b"aaa\nbbb\ncc\n", known)
    assert shown(cut(b"aaa\nbbb\ncc\n", known)[0]) == ["=1aaa 2bbb", "=3cc"]
    assert shown(cut(b"aaa\nbbb\ncc\ndd\n", known)[0]) == ["=1aaa 2bbb", "=3cc", "4dd"]
    assert shown(cut(b"aaa\nbbb\ncc\ndd\n", known)[0]) == ["=1aaa 2bbb", "=3cc", "=4dd"]


def test_files_that_begin_alike_are_told_apart() -> None:
    known: Known = {}
    cut(b"aaa\nbbb\ncc\n", known)
    assert shown(cut(b"aaa\nbbb\nxx\n", known)[0]) == ["=1aaa 2bbb", "3xx"]
    assert shown(cut(b"aaa\nbbb\ncc\n", known)[0]) == ["=1aaa 2bbb", "=3cc"]
    assert shown(cut(b"bbb\ncc\n", known)[0]) == ["1bbb 2cc"]


def test_a_last_line_without_end_waits_until_it_is_whole() -> None:
    known: Known = {}
    found, unfinished = cut(b"aaa\nbb", known)
    assert (shown(found), unfinished) == (["1aaa"], True)
    assert shown(cut(b"aaa\nbbb\n", known)[0]) == ["=1aaa", "2bbb"]


def test_a_last_line_without_end_that_was_counted_is_not_counted_again() -> None:
    known: Known = {}
    found, unfinished = cut(b"aaa\nbbb", known, ["bbb"])
    assert (shown(found), unfinished) == (["1aaa 2bbb"], False)
    assert shown(cut(b"aaa\nbbb", known, ["bbb"])[0]) == ["=1aaa 2bbb"]
    assert shown(cut(b"aaa\nbbb\nc\n", known)[0]) == ["=1aaa 2bbb", "3c"]
    assert shown(cut(b"aaa\nbbb more\ndd\n", known)[0]) == ["=1aaa 2bbb", "3dd"]


def test_a_piece_that_was_only_begun_is_cut_there_again() -> None:
    found, _ = cut(b"aaa\n", {})
    begun = {START: [Entry(4, found[0].after, False)]}
    again, _ = cut(b"aaa\nbb\n", begun)
    assert [piece.data for piece in again] == [b"aaa\n", b"bb\n"]
    assert again[0].entry
    assert not again[0].entry.done


def test_windows_line_ends() -> None:
    assert shown(cut(b"aa\r\nbb\r\n", {})[0]) == ["1aa 2bb"]


def test_gzip_is_known_by_its_contents(tmp_path: Path) -> None:
    plain, packed = tmp_path / "a.gz", tmp_path / "b.log"  # names say nothing
    plain.write_bytes(b"aaa\nbbb\n")
    packed.write_bytes(gzip.compress(b"aaa\n") + gzip.compress(b"bbb\n"))
    told: list[int] = []
    assert b"".join(chunks(plain)) == b"".join(chunks(packed, told.append)) == b"aaa\nbbb\n"
    assert sum(told) == packed.stat().st_size


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda data: data[:-20], "ends too early"),
        (lambda data: data[:-6] + b"xxxxxx", "is damaged"),
        (lambda data: data[:60] + bytes(60) + data[120:], "is damaged"),
    ],
)
def test_a_damaged_gzip_gives_what_comes_before(tmp_path: Path, damage: object, message: str) -> None:
    path = tmp_path / "a.gz"
    assert callable(damage)
    path.write_bytes(damage(gzip.compress(b"".join(b"%d\n" % (n * n) for n in range(2_000)))))
    with pytest.raises(Damaged, match=message):
        list(chunks(path))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(Damaged, match="No such file"):
        list(chunks(tmp_path / "none.log"))
    with pytest.raises(Damaged, match="Is a directory"):
        list(chunks(tmp_path))


def test_what_has_no_line_ends_is_no_log(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "LONGEST_LINE", 16)
    with pytest.raises(Damaged, match="no line end"):
        cut(b"x" * 64, {})


def test_pieces_grow_with_what_came_before_them() -> None:
    found, _ = cut(b"a\n" * 150, {})
    assert [len(piece.data) for piece in found] == [8, 8, 8, 12, 18, 28, 42, 62, 64, 50]
    assert [piece.number for piece in found[:5]] == [1, 5, 9, 13, 19]


def test_a_file_that_was_cut_into_smaller_pieces_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    known: Known = {}
    monkeypatch.setattr(pieces, "_LARGEST", 1)
    found, _ = cut(b"a\n" * 50, known)
    assert {len(piece.data) for piece in found[:-1]} == {8}
    monkeypatch.undo()
    grown, _ = cut(b"a\n" * 60, known)
    assert [len(piece.data) for piece in grown if piece.entry] == [len(piece.data) for piece in found]
    assert [len(piece.data) for piece in grown if not piece.entry] == [20]


def test_a_piece_without_the_rest_of_a_line() -> None:
    piece = Piece(b"", b"", b"rest\naaa\nbb", None, 4, 2, True)
    assert (piece.fresh().data, piece.fresh().number, piece.line_count()) == (b"aaa\nbb", 5, 2)
    assert piece.lines() == [(5, "aaa"), (6, "bb")]
    rest = piece._replace(data=b"rest", ends=0)
    assert (rest.fresh().data, rest.line_count(), rest.lines()) == (b"", 0, [])
    assert piece._replace(begun=False).line_count() == 3
