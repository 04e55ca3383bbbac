"""The URL of an object store in, files by name out, through Arrow; it answers or fails within seconds."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pyarrow as pa
from pyarrow import fs

from common.archive_errors import ArchiveError, MissingFile, explain
from common.locations import Location

#: Seconds. A store that is away is known to be after two attempts: the daily job comes again, and people wait.
CONNECT_TIMEOUT, REPLY_TIMEOUT = 3.0, 8.0
_ATTEMPTS = 2


class Bucket:
    """Files below a prefix, which appear whole or not at all. See `file_stores.Store`."""

    def __init__(self, location: Location) -> None:
        self._root, self.where = location.path, location.shown
        self._fs = self._ask("opening", lambda: _s3(location) if location.scheme == "s3" else _gs(location))

    def put(self, name: str, data: Any, check: Callable[[pa.Buffer], None]) -> None:
        self._ask(f"writing {name}", lambda: self._write(name, data))
        try:
            check(self.get(name))
        except ArchiveError:
            with suppress(ArchiveError):
                self.delete(name)
            raise

    def _write(self, name: str, data: Any) -> None:
        stream = self._fs.open_output_stream(self._path(name))
        stream.write(data)
        stream.close()

    def get(self, name: str) -> pa.Buffer:
        def read() -> pa.Buffer:
            with self._fs.open_input_file(self._path(name)) as file:
                return file.read_buffer()

        return self._ask(f"reading {name}", read)

    def delete(self, name: str) -> None:
        try:
            self._ask(f"deleting {name}", lambda: self._fs.delete_file(self._path(name)))
        except MissingFile:
            return
        except ArchiveError:
            if self.exists(name):  # Arrow marks the emptied folder by an object, which not every store takes
                raise
        with suppress(OSError, pa.ArrowException):
            folder = name.rpartition("/")[0]
            while folder and not self.names(folder):
                self._fs.delete_dir(self._path(folder))
                folder = folder.rpartition("/")[0]

    def exists(self, name: str) -> bool:
        info = self._ask(f"looking for {name}", lambda: self._fs.get_file_info(self._path(name)))
        return bool(info.type == fs.FileType.File)

    def names(self, folder: str = "") -> list[str]:
        below = fs.FileSelector(self._path(folder) if folder else self._root, recursive=True, allow_not_found=True)
        found = self._ask("listing", lambda: self._fs.get_file_info(below))
        paths = (info.path for info in found if info.type == fs.FileType.File)
        return sorted(path[len(self._root) + 1 :] for path in paths)

    def _path(self, name: str) -> str:
        return f"{self._root}/{name}"

    def _ask(self, doing: str, call: Callable[[], Any]) -> Any:
        try:
            return call()
        except (OSError, pa.ArrowException) as error:
            raise explain(error, self.where, doing) from None  # what a library quotes is not for logs


def _s3(location: Location) -> fs.FileSystem:
    options = location.options
    # Many stores that speak S3 know no trailing checksums, and keep them as part of the file. Ours is read back.
    os.environ.setdefault("AWS_REQUEST_CHECKSUM_CALCULATION", "when_required")
    region = options.get("region") or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    return fs.S3FileSystem(
        access_key=location.user,
        secret_key=location.password,
        region=region or ("us-east-1" if "endpoint_override" in options else None),
        scheme=options.get("scheme"),
        endpoint_override=options.get("endpoint_override"),
        tls_ca_file_path=options.get("tls_ca_file_path"),
        connect_timeout=CONNECT_TIMEOUT,
        request_timeout=REPLY_TIMEOUT,
        retry_strategy=fs.AwsStandardS3RetryStrategy(max_attempts=_ATTEMPTS),
    )


def _gs(location: Location) -> fs.FileSystem:
    url = location.url
    if "retry_limit_seconds" not in location.options:
        url += f"{'&' if '?' in url else '?'}retry_limit_seconds={round(REPLY_TIMEOUT)}"
    return fs.FileSystem.from_uri(url)[0]
