"""First lines of files, and which reader they get."""

from __future__ import annotations

import pytest

from collector.csv_events import NEEDED
from collector.formats import UnknownFormat, choose

COMMON = '192.0.2.7 - - [17/May/2015:10:05:43 +0200] "GET / HTTP/1.1" 200 12'
COMBINED = f'{COMMON} "-" "Mozilla/5.0"'
VHOST = f"a.example:443 {COMBINED}"
CSV = ",".join(NEEDED)


@pytest.mark.parametrize(
    ("lines", "wanted", "name"),
    [
        ([COMBINED], "auto", "combined"),
        ([COMMON, COMMON], "auto", "common"),
        ([VHOST], "auto", "vhost"),
        ([CSV, "1,2,3,4,5"], "auto", "events-csv"),
        (["junk", COMBINED], "auto", "combined"),
        (["junk", "junk", COMBINED], "combined", "combined"),
        (["", "", COMMON], "auto", "common"),
        ([COMBINED + "\r"], "auto", "combined"),
    ],
)
def test_the_format_is_found(lines: list[str], wanted: str, name: str) -> None:
    assert choose(lines, wanted).name == name


@pytest.mark.parametrize(
    ("lines", "wanted", "message"),
    [
        (["a", "b"], "auto", "unknown format: no known format fits"),
        (["a", "b", COMBINED], "auto", "unknown format: combined fits 1 of its first 3 lines"),
        ([COMMON], "combined", "not one of its first 1 lines is in the combined format; --format common fits 1"),
        ([COMMON], "events-csv", "no events-csv: its first line has to name timestamp"),
        (["timestamp,name", "1,2"], "auto", "unknown format"),
    ],
)
def test_what_fits_no_format_is_refused(lines: list[str], wanted: str, message: str) -> None:
    with pytest.raises(UnknownFormat, match=message):
        choose(lines, wanted)


def test_an_empty_file_has_nothing_against_it() -> None:
    assert choose([""]).name == "vhost"
