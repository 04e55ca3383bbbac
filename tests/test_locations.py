"""Values of FOOTFALL_ARCHIVE as people write them, and what is said of bad ones."""

from __future__ import annotations

import pytest

from common.locations import Location, parse, show


@pytest.mark.parametrize(
    ("text", "scheme", "path", "shown"),
    [
        ("archive", "", "archive", "archive"),
        ("/srv/my archive", "", "/srv/my archive", "/srv/my archive"),
        ("C/at:noon", "", "C/at:noon", "C/at:noon"),
        ("file:///srv/my%20archive", "", "/srv/my archive", "/srv/my archive"),
        ("file://localhost/srv", "", "/srv", "/srv"),
        ("s3://bucket", "s3", "bucket", "s3://bucket"),
        ("s3://bucket/", "s3", "bucket", "s3://bucket/"),
        ("s3://bucket/a/b/?region=eu-central-1", "s3", "bucket/a/b", "s3://bucket/a/b/"),
        ("s3://key:hunter2@bucket/a", "s3", "bucket/a", "s3://bucket/a"),
        ("gs://bucket/a", "gs", "bucket/a", "gs://bucket/a"),
        ("gs://anonymous@bucket/a", "gs", "bucket/a", "gs://bucket/a"),
    ],
)
def test_good_ones(text: str, scheme: str, path: str, shown: str) -> None:
    found = parse(text)
    assert (found.scheme, found.path, found.shown) == (scheme, path, shown)


def test_credentials_and_options_are_read_and_not_shown() -> None:
    found = parse("s3://key:hunter%2F2@bucket/a?endpoint_override=127.0.0.1:9000&scheme=http")
    assert (found.user, found.password) == ("key", "hunter/2")
    assert found.options == {"endpoint_override": "127.0.0.1:9000", "scheme": "http"}
    assert "hunter" not in repr(found)
    assert parse("archive") == Location("", "archive", "archive")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ftp://bucket/a", "no kind of store"),
        ("S3://bucket/a", "no kind of store"),
        ("s3:bucket/a", "no // after the scheme"),
        ("s3:/bucket/a", "no // after the scheme"),
        ("file://srv/archive", "three slashes"),
        ("file:///srv?a=b", "three slashes"),
        ("s3://", "names no bucket"),
        ("s3:///a", "names no bucket"),
        ("s3://key:hunter2@/a", "names no bucket"),
        ("s3://bucket:9000/a", "names no bucket"),
        ("s3://bucket:port/a", "is no URL"),
        ("s3://bucket/a?region", "is no URL"),
        ("s3://key:hunter2/x@bucket/a", "%2F"),
        ("s3://key:hunter2#x@bucket/a", "%23"),
        ("s3://key:hunter2?x@bucket/a", "%3F"),
        ("s3://hunter2@bucket/a", "user or password is missing"),
        ("s3://bucket/a?zone=hunter2", "unknown option 'zone', expected endpoint_override, region"),
        ("s3://bucket/a?scheme=ftp", "expected http or https"),
        ("s3://bucket/a?endpoint_override=http://hunter2:9000", "expected host:port"),
        ("arch\nive", "cannot be printed"),
    ],
)
def test_bad_ones_say_what_is_expected_and_keep_secrets(text: str, expected: str) -> None:
    with pytest.raises(ValueError, match=r"expected|needs") as raised:
        parse(text)
    assert expected in str(raised.value)
    assert "hunter2" not in str(raised.value)
    assert "\n" not in str(raised.value)


def test_show_hides_on_any_text() -> None:
    assert show("s3://a:b@c@bucket/x?secret=1") == "s3://bucket/x"
    assert show("a:b@bucket") == "bucket"
