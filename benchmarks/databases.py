"""A Parquet file of events in; the dashboard as DuckDB, ClickHouse and PostgreSQL answer it from their own tables out.

Each has the schema that suited it best here, and all cores: DuckDB enumerations in order of time; ClickHouse (in
process, as chdb) low-cardinality texts ordered by day and visitor; PostgreSQL an index for every tile that holds all
the tile needs, parallel workers, and memory for every sort.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol

import duckdb

from benchmarks.tiles import DIMENSIONS, Page, plain, statements

#: What the peers' tables are made of, in the order of time.
EVENTS = f"""
    SELECT day, xor(visitor, hash(day)) AS visitor, visit, type = 'pageview' AS view, first, bounce, duration,
        page, entry_page, exit_page, {", ".join(f"visit_{name} AS {name}" for name in DIMENSIONS[3:])}
    FROM '{{rows}}' WHERE class = 'human' AND visit >= 0 ORDER BY visit, time"""
_POSTGRES = {
    "listen_addresses": "", "shared_buffers": "1GB", "work_mem": "512MB", "fsync": "off", "synchronous_commit": "off",
    "max_wal_size": "8GB", "jit": "off", "max_parallel_workers_per_gather": "2", "effective_cache_size": "4GB",
}  # fmt: skip


class Database(Protocol):
    """Something that answers the page."""

    def ask(self) -> Page:
        """All tiles, over a connection of their own."""


class Absent(Exception):
    """A peer is not installed; the message says what is missing."""


class Duck:
    """A native DuckDB file."""

    def __init__(self, path: Path) -> None:
        self._path = str(path)
        self._page = statements("count(DISTINCT {})".format, "count(*) FILTER ({})".format)

    def ask(self) -> Page:
        """The file is opened anew, so that only the system has its pages."""
        with duckdb.connect(self._path, read_only=True) as connection:
            return {name: plain(connection.execute(text).fetchall()) for name, text in self._page.items()}


@contextmanager
def duck(rows: Path, folder: Path) -> Iterator[Database]:
    """DuckDB with the rows in a file."""
    path = folder / "events.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(f"CREATE TEMP TABLE source AS {EVENTS.format(rows=rows)}")
        for name in DIMENSIONS:
            connection.execute(f"CREATE TYPE {name}s AS ENUM (SELECT DISTINCT {name} FROM source ORDER BY ALL)")
        enums = ", ".join(f"{name}::{name}s AS {name}" for name in DIMENSIONS)
        connection.execute(f"CREATE TABLE events AS SELECT * REPLACE ({enums}) FROM source")
    yield Duck(path)
    path.unlink()


class Chdb:
    """A chdb session."""

    def __init__(self, session: Any) -> None:
        self._session = session
        self._page = statements("uniqExact({})".format, "countIf({})".format)

    def ask(self) -> Page:
        """Its own process has its caches of marks and blocks: nothing here empties them."""
        return {name: plain(self._rows(text)) for name, text in self._page.items()}

    def _rows(self, text: str) -> list[list[Any]]:
        import json

        settings = "SETTINGS join_use_nulls = 1, output_format_json_quote_64bit_integers = 0"
        answer = str(self._session.query(f"{text} {settings}", "JSONCompact"))
        found: list[list[Any]] = json.loads(answer)["data"]
        return found


@contextmanager
def chdb(rows: Path, folder: Path) -> Iterator[Database]:
    """ClickHouse in this process."""
    try:
        from chdb.session import Session
    except ImportError:
        raise Absent("chdb is not installed: pip install -r requirements-bench.txt") from None
    with duckdb.connect() as connection:
        connection.execute(f"COPY ({EVENTS.format(rows=rows)}) TO '{folder / 'events.parquet'}' (FORMAT parquet)")
    texts = ", ".join(f"{name} LowCardinality(String)" for name in DIMENSIONS)
    session = Session(str(folder / "chdb"))
    try:
        session.query("CREATE DATABASE bench ENGINE = Atomic")
        session.query("USE bench")
        session.query(
            f"""CREATE TABLE events (day UInt32, visitor UInt64, visit UInt64, view Bool, first Bool, bounce Bool,
            duration UInt32, {texts}) ENGINE = MergeTree ORDER BY (day, visitor)"""
        )
        session.query(f"INSERT INTO events SELECT * FROM file('{folder / 'events.parquet'}', Parquet)")
        session.query("OPTIMIZE TABLE events FINAL")
        yield Chdb(session)
    finally:
        session.close()


class Postgres:
    """A private PostgreSQL."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._page = statements("count(DISTINCT {})".format, "count(*) FILTER (WHERE {})".format)

    def ask(self) -> Page:
        """Over a connection of its own; its shared buffers stay warm."""
        import psycopg

        with psycopg.connect(self._address) as connection:
            return {name: plain(connection.execute(text).fetchall()) for name, text in self._page.items()}


@contextmanager
def postgres(rows: Path, folder: Path) -> Iterator[Database]:
    """PostgreSQL of this machine in a folder of its own, on a socket there."""
    try:
        import psycopg
    except ImportError:
        raise Absent("psycopg is not installed: pip install -r requirements-bench.txt") from None
    found = [*Path("/usr/lib/postgresql").glob("*/bin/initdb"), shutil.which("initdb")]
    if not (programs := [Path(path).parent for path in found if path]):
        raise Absent("PostgreSQL is not installed: apt-get install postgresql")
    home = Path(tempfile.mkdtemp(prefix="footfall-pg-", dir="/tmp"))  # a socket has a short name
    as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    if as_user:
        shutil.chown(home, "postgres")
    data, address = home / "data", f"host={home} dbname=postgres user=postgres"
    control = [*as_user, str(programs[0] / "pg_ctl"), "-D", str(data), "-s", "-w"]
    try:
        initdb = [
            str(programs[0] / "initdb"),
            "-D",
            str(data),
            "-U",
            "postgres",
            "--locale=C",
            "-E",
            "UTF8",
            "-A",
            "trust",
        ]
        subprocess.run([*as_user, *initdb], check=True, cwd=home, stdout=subprocess.DEVNULL)
        options = " ".join(f"-c {name}={value!r}" for name, value in _POSTGRES.items())
        subprocess.run([*control, "-l", str(home / "log"), "-o", f"-k {home} {options}", "start"], check=True, cwd=home)
        with psycopg.connect(address, autocommit=True) as connection:
            _fill(connection, rows, folder)
        yield Postgres(address)
    finally:
        with suppress(subprocess.CalledProcessError):
            subprocess.run([*control, "-m", "immediate", "stop"], check=True, cwd=home)
        shutil.rmtree(home, ignore_errors=True)


def _fill(connection: Any, rows: Path, folder: Path) -> None:
    path = folder / "events.csv"
    with duckdb.connect() as reader:  # ids of 64 bits without a sign become signed ones
        signed = f"SELECT * REPLACE ((visitor::HUGEINT - 9223372036854775808)::BIGINT AS visitor) FROM ({EVENTS})"
        reader.execute(f"COPY ({signed.format(rows=rows)}) TO '{path}' (FORMAT csv, HEADER false)")
    texts = ", ".join(f"{name} text" for name in DIMENSIONS)
    connection.execute(
        f"""CREATE UNLOGGED TABLE events (day int, visitor bigint, visit bigint, view bool, first bool, bounce bool,
        duration int, {texts})"""
    )
    with (
        connection.cursor() as cursor,
        cursor.copy("COPY events FROM STDIN (FORMAT csv)") as copy,
        path.open("rb") as file,
    ):
        while block := file.read(1 << 20):
            copy.write(block)
    path.unlink()
    for name in DIMENSIONS:  # so that values come in order, each with its visitors in order
        more = "visit, view" if name == "page" else "first, view, bounce, duration"
        connection.execute(f"CREATE INDEX ON events ({name}, visitor) INCLUDE ({more})")
    connection.execute("CREATE INDEX ON events (day, visitor) INCLUDE (first, view, bounce, duration)")
    connection.execute("CREATE INDEX ON events (entry_page) INCLUDE (bounce, duration) WHERE first")
    connection.execute("VACUUM (ANALYZE, FREEZE) events")
