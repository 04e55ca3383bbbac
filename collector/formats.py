"""A file's first lines in, the reader of its format out, or why there is none. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from collector import csv_events
from collector.csv_events import CsvReader, columns_of, reader_of
from collector.logs import FORMATS, SAMPLE, LogReader, Reader, fitting

NAMES = (*FORMATS, csv_events.NAME)


class UnknownFormat(Exception):
    """No reader fits a file; the message says what was tried."""


def choose(lines: Sequence[str], wanted: str = "auto", named: str = "") -> Reader:
    """The reader for a file that begins with these lines; raises `UnknownFormat`.

    Found by itself, a log format has to fit at least half of the lines; one that is asked for, a single line. `named`
    says what the columns of a CSV hold.
    """
    sample = [line.rstrip("\r") for line in lines if line.strip()][:SAMPLE]
    if named and wanted in {"auto", csv_events.NAME}:
        try:
            return reader_of(sample[0] if sample else "", named)
        except ValueError as error:
            raise UnknownFormat(f"--columns: {error}") from error
    columns = columns_of(sample[0]) if sample else None
    if columns and wanted in {"auto", csv_events.NAME}:
        return CsvReader(columns)
    if wanted == csv_events.NAME:
        raise UnknownFormat(f"no events-csv: its first line has to name {', '.join(csv_events.NEEDED)}")
    if not sample:
        return LogReader(FORMATS[0] if wanted == "auto" else wanted)
    fits = fitting(sample)
    best = max(fits, key=lambda name: fits[name])
    if wanted != "auto":
        if fits[wanted]:
            return LogReader(wanted)
        hint = f"; --format {best} fits {fits[best]} of them" if fits[best] else ""
        raise UnknownFormat(f"not one of its first {len(sample)} lines is in the {wanted} format{hint}")
    if 2 * fits[best] < len(sample):
        most = f"{best} fits {fits[best]} of its first {len(sample)} lines" if fits[best] else "no known format fits"
        raise UnknownFormat(f"unknown format: {most}; known are {', '.join(NAMES)}, and --format chooses one")
    return LogReader(best)
