"""Errors of disks and stores, as they come, and the advice that is made of them."""

from __future__ import annotations

import errno

import pyarrow as pa
import pytest

from common.archive_errors import ArchiveError, MissingFile, explain
from common.store import StoreError


@pytest.mark.parametrize(
    ("number", "meaning", "advice"),
    [
        (errno.EACCES, "access is denied", "let this user read and write"),
        (errno.EROFS, "the file system is read-only", "let this user read and write"),
        (errno.ENOSPC, "no space is left", "nothing is dropped from Redis"),
        (errno.EDQUOT, "the quota", "free some"),
        (errno.ENOTDIR, "a file stands where", "correct FOOTFALL_ARCHIVE"),
        (errno.EIO, "the disk fails", "backup"),
    ],
)
def test_a_folders_errors(number: int, meaning: str, advice: str) -> None:
    said = str(explain(OSError(number, "whatever"), "/srv", "writing x"))
    assert said.startswith(f"archive /srv: writing x: {meaning}")
    assert advice in said


@pytest.mark.parametrize(
    ("message", "meaning", "advice"),
    [
        ("AWS Error NO_SUCH_BUCKET during PutObject operation: x", "there is no such bucket", "create it"),
        ("AWS Error SIGNATURE_DOES_NOT_MATCH during ListObjectsV2 operation", "these credentials", "AWS_SECRET"),
        ("AWS Error INVALID_ACCESS_KEY_ID during ListObjectsV2 operation", "these credentials", "AWS_SECRET"),
        ("AWS Error ACCESS_DENIED during HeadObject operation: No response body.", "access is denied", "list, read"),
        ("AWS Error NETWORK_CONNECTION during HeadObject operation: curlCode: 7", "cannot be reached", "endpoint_"),
        ("AWS Error UNKNOWN (HTTP status 301) during HeadObject operation", "the bucket is in another", "?region="),
        ("AWS Error SLOW_DOWN during PutObject operation", "is overloaded", "try again later"),
        ("AWS Error UNKNOWN (HTTP status 507) during PutObject: XMinioStorageFull", "no space is left", "free some"),
        ("AWS Error REQUEST_TIME_TOO_SKEWED during PutObject", "the clocks differ", "set this machine's clock"),
        ("google::cloud::Status(UNAVAILABLE: Retry policy exhausted, CURL error [7])", "cannot be reached", "network"),
        ("google::cloud::Status(PERMISSION_DENIED: x)", "access is denied", "credentials"),
        ("google::cloud::Status(UNAUTHENTICATED: x)", "these credentials", "GOOGLE_APPLICATION_CREDENTIALS"),
    ],
)
def test_a_stores_errors(message: str, meaning: str, advice: str) -> None:
    said = str(explain(OSError(message), "s3://b", "writing x"))
    assert said.startswith(f"archive s3://b: writing x: {meaning}")
    assert advice in said


def test_anything_else_is_one_short_line() -> None:
    said = explain(pa.ArrowException(f"first\nsecond {'x' * 900} (Request ID: 7).\n"), "s3://b", "listing")
    assert isinstance(said, StoreError)
    assert len(str(said)) < 250
    assert "\n" not in str(said)
    assert "Request" not in str(said)


def test_kinds() -> None:
    assert isinstance(explain(FileNotFoundError(errno.ENOENT, "x"), "/srv", "reading x"), MissingFile)
    known = ArchiveError("as it is")
    assert explain(known, "/srv", "reading x") is known
