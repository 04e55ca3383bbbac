"""Parquet files and Arrow tables of derived rows in, answers to SQL over all of them as frames out."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import duckdb
import pandas as pd
import pyarrow as pa

from common import parquet
from common.archive_errors import ArchiveError
from common.columns import LATER
from common.derive import DERIVED
from common.store import StoreError

#: DuckDB fetches extensions from the network by itself unless it is told not to; nothing here needs one.
_CONFIG = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "python_enable_replacements": "false",
    "preserve_insertion_order": "false",
}
#: Where a statement names the rows, their source is put.
_ROWS = "{rows}"
#: A statement that asks for a column which older files do not have.
_LATER = re.compile(rf"\b({'|'.join(LATER)})\b")


class Parts(Protocol):
    """Where derived rows lie: each row once, in one of the files or tables; and what these are, for people."""

    @property
    def paths(self) -> Sequence[Path]: ...

    @property
    def tables(self) -> Sequence[pa.Table]: ...

    @property
    def held(self) -> Collection[int]: ...

    @property
    def sources(self) -> Sequence[str]: ...


class Relation:
    """All rows of some parts, as one relation `{rows}`. Any thread may ask: every question has a cursor of its own.

    `read` gives the parts. It is called again where they moved before a question was answered.
    """

    def __init__(self, read: Callable[[], Parts]) -> None:
        self._read, self.parts = read, read()

    def ask(self, sql: str, params: Mapping[str, Any], **tables: pa.Table) -> pd.DataFrame:
        """The answer to one SELECT over `{rows}` and the named small tables. Values come in as parameters alone.

        Raises `StoreError` where a file cannot be read or the question is too large for the memory allowed.
        """
        return plain(self.table(sql, params, **tables))

    def table(self, sql: str, params: Mapping[str, Any], **tables: pa.Table) -> pa.Table:
        """The same as an Arrow table."""
        try:
            return self._ask(sql, params, tables)
        except StoreError:
            before, self.parts = self.parts, self._read()
            if list(before.paths) == list(self.parts.paths):
                raise
            return self._ask(sql, params, tables)

    def _ask(self, sql: str, params: Mapping[str, Any], tables: Mapping[str, pa.Table]) -> pa.Table:
        parts = list(self.parts.tables)
        sources = [f"FROM part{number}" for number in range(len(parts))]
        paths = [str(path) for path in self.parts.paths]
        if paths:
            # Names such as `day=2026-10-05` of the archive's folders are no columns: the rows have their own.
            unlike = ", union_by_name = true" if _LATER.search(sql) else ""
            sources.insert(0, f"FROM read_parquet($paths, hive_partitioning = false{unlike})")
        if not sources or _LATER.search(sql):
            sources.append(f"FROM part{len(parts)}")
            parts.append(DERIVED.empty_table())
        text = sql.replace(_ROWS, f"({' UNION ALL BY NAME '.join(sources)})")
        given = {"paths": paths, **params}
        used = {name: given[name] for name in set(re.findall(r"\$(\w+)", text))}
        try:
            with _database().cursor() as cursor:
                for number, table in enumerate(parts):
                    cursor.register(f"part{number}", table)
                for name, table in tables.items():
                    cursor.register(name, table)
                return cursor.sql(text, params=used).to_arrow_table()
        except duckdb.OutOfMemoryException as error:
            raise StoreError(f"{_line(error)}: too much for this machine's memory; ask for fewer days") from error
        except duckdb.Error as error:
            if isinstance(error, duckdb.InvalidInputException) and "regexp_matches" in sql:
                raise ValueError(f"where: no regular expression that is known here: {_line(error)}") from error
            for path in self.parts.paths:
                _check(path, error)
            if isinstance(error, duckdb.IOException) or any(path in str(error) for path in paths):
                raise StoreError(f"the archive cannot be read: {_line(error)}; `doctor` looks at its files") from error
            raise


def _check(path: Path, error: duckdb.Error) -> None:
    """Raises `StoreError` where the file is to blame for an error, which says so seldom; every page is read."""
    try:
        parquet.decode(path)
    except ArchiveError as found:
        raise StoreError(f"the archive cannot be read: {path}: {found}") from error
    except OSError:
        return  # it is not there, which the database says


def plain(table: pa.Table) -> pd.DataFrame:
    """An Arrow table as a frame of plain texts and numbers, maps as dicts."""
    for place, field in enumerate(table.schema):
        if pa.types.is_dictionary(field.type):
            table = table.set_column(place, field.name, table.column(place).cast(field.type.value_type))
    frame: pd.DataFrame = table.to_pandas(maps_as_pydicts="strict")
    return frame


@cache
def _database() -> duckdb.DuckDBPyConnection:
    """The one database of this process: empty, in memory, so that all sites share its threads and its memory."""
    connection = duckdb.connect(":memory:", config=dict(_CONFIG))
    connection.execute("SET memory_limit = '50%'")  # of the machine's or the container's
    connection.execute("SET temp_directory = ?", [str(Path(tempfile.gettempdir()) / "footfall-spill")])
    connection.execute("SET parquet_metadata_cache = true")  # contents of a file never change under its name
    connection.execute("SET lock_configuration = true")
    return connection


def _line(error: Exception) -> str:
    return str(error).partition("\n")[0]
