"""Which store a location opens."""

from pathlib import Path

import pytest

from common.archive_errors import ArchiveError
from common.buckets import Bucket
from common.file_stores import open_store
from common.folders import Folder
from common.locations import parse


def test_by_scheme(tmp_path: Path) -> None:
    for text in (str(tmp_path / "a b"), f"file://{tmp_path}/a%20b"):
        store = open_store(parse(text))
        assert isinstance(store, Folder)
        assert store.where == str(tmp_path / "a b")
    bucket = open_store(parse("s3://key:hunter2@bucket/x?region=eu-central-1"))
    assert isinstance(bucket, Bucket)
    assert bucket.where == "s3://bucket/x"
    assert isinstance(open_store(parse("gs://anonymous@bucket/x")), Bucket)


def test_options_that_cannot_be_used_keep_secrets() -> None:
    with pytest.raises(ArchiveError, match="archive gs://bucket/x: opening: ") as raised:
        open_store(parse("gs://bucket/x?retry_limit_seconds=hunter2"))
    assert "\n" not in str(raised.value)
