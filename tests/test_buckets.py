"""An S3-compatible server that checks signatures: files in it, and every way in which it fails, in bounded time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from object_store import BUCKET, ObjectStore, object_store, silence

from common import buckets
from common.archive_errors import ArchiveError, DamagedFile, MissingFile
from common.buckets import Bucket
from common.locations import parse

#: Without %, which this server signs wrongly; others were tried with it.
NAME = "site=a.com/month=2026-10/day=2026-10-05/events-0-abc.parquet"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectStore]:
    with object_store(tmp_path_factory.mktemp("store")) as store:
        yield store


def fine(back: pa.Buffer) -> None:
    """Whatever was read back."""


def test_put_get_names_delete(server: ObjectStore) -> None:
    bucket = Bucket(parse(server.url()))
    assert bucket.names() == []
    seen: list[bytes] = []
    bucket.put(NAME, b"one", lambda back: seen.append(back.to_pybytes()))
    bucket.put("site=b.com/manifest.json", pa.py_buffer(b"{}"), fine)
    assert seen == [b"one"]
    assert bucket.get(NAME).to_pybytes() == b"one"
    assert bucket.names() == [*sorted([NAME, "site=b.com/manifest.json"])]
    assert bucket.names("site=b.com") == ["site=b.com/manifest.json"]
    assert bucket.names("site=b") == []
    assert [bucket.exists(NAME), bucket.exists("site=b.com")] == [True, False]
    bucket.put("site=b.com/manifest.json", b"[]", fine)
    assert bucket.get("site=b.com/manifest.json").to_pybytes() == b"[]"
    for name in (NAME, NAME, "site=b.com/manifest.json"):
        bucket.delete(name)
    assert bucket.names() == []
    with pytest.raises(MissingFile, match="there is no such file"):
        bucket.get(NAME)
    assert list((server.folder / BUCKET / "foot").rglob("*.parquet")) == []


def test_a_large_file_in_parts(server: ObjectStore) -> None:
    bucket, data = Bucket(parse(server.url())), bytes(range(256)) * 100_000
    bucket.put("site=a.com/large", data, fine)
    assert bucket.get("site=a.com/large").to_pybytes() == data
    bucket.delete("site=a.com/large")


def test_what_fails_its_check_is_removed(server: ObjectStore) -> None:
    bucket = Bucket(parse(server.url()))

    def refuse(back: pa.Buffer) -> None:
        raise DamagedFile("unlike")

    with pytest.raises(DamagedFile, match="unlike"):
        bucket.put(NAME, b"one", refuse)
    assert bucket.names() == []


def everything(bucket: Bucket) -> list[Callable[[], object]]:
    return [
        lambda: bucket.put(NAME, b"one", fine),
        lambda: bucket.put(NAME, bytes(20_000_000), fine),
        lambda: bucket.get(NAME),
        lambda: bucket.delete(NAME),
        lambda: bucket.exists(NAME),
        bucket.names,
    ]


def test_wrong_secret_and_wrong_bucket(server: ObjectStore) -> None:
    for call in everything(Bucket(parse(server.url(secret="hunter2")))):
        with pytest.raises(ArchiveError, match=r"access is denied; check|credentials are refused; correct") as raised:
            call()
        assert str(raised.value).startswith("archive s3://archive/foot/fall: ")
        assert "hunter2" not in str(raised.value)
    with pytest.raises(ArchiveError, match="there is no such bucket; create it or correct FOOTFALL_ARCHIVE"):
        Bucket(parse(server.url(bucket="elsewhere"))).put(NAME, b"one", fine)


def test_killed_and_back(server: ObjectStore) -> None:
    bucket = Bucket(parse(server.url()))
    bucket.put(NAME, b"one", fine)
    server.kill()
    try:
        for call in everything(bucket):
            began = time.monotonic()
            with pytest.raises(ArchiveError, match=r"cannot be reached; check endpoint_override.* next run") as raised:
                call()
            assert time.monotonic() - began < 5
            assert "\n" not in str(raised.value)
    finally:
        server.start()
    assert bucket.get(NAME).to_pybytes() == b"one"
    bucket.delete(NAME)
    assert bucket.names() == []


def test_a_server_that_says_nothing(monkeypatch: pytest.MonkeyPatch, server: ObjectStore) -> None:
    monkeypatch.setattr(buckets, "REPLY_TIMEOUT", 1.0)
    with silence() as port:
        bucket = Bucket(parse(server.url(port=port)))
        for call in (lambda: bucket.put(NAME, b"one", fine), lambda: bucket.get(NAME)):
            began = time.monotonic()
            with pytest.raises(ArchiveError, match="cannot be reached"):
                call()
            assert time.monotonic() - began < 6


def test_keys_from_the_environment(server: ObjectStore, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "footfall")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a/secret+key")
    bucket = Bucket(parse(f"s3://{BUCKET}/foot?endpoint_override=127.0.0.1:{server.port}&scheme=http"))
    bucket.put(NAME, b"one", fine)
    bucket.delete(NAME)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
    bucket = Bucket(parse(f"s3://{BUCKET}/foot?endpoint_override=127.0.0.1:{server.port}&scheme=http"))
    with pytest.raises(ArchiveError, match="refused; correct AWS_ACCESS_KEY_ID"):
        bucket.put(NAME, b"one", fine)


def test_google_away_fails_soon(server: ObjectStore, free_port: Callable[[], int]) -> None:
    options = f"endpoint_override=127.0.0.1:{free_port()}&scheme=http&retry_limit_seconds=1"
    bucket = Bucket(parse(f"gs://anonymous@bucket/foot?{options}"))
    began = time.monotonic()
    with pytest.raises(ArchiveError, match=r"archive gs://bucket/foot: .*cannot be reached"):
        bucket.exists(NAME)
    assert time.monotonic() - began < 10
