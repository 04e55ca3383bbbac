"""The import command: what it says, what it refuses, and how it ends."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
import redis as redis_py
from click.testing import CliRunner, Result

from collector import importing, pieces
from collector.importer import Tally
from common import keys
from common.keys import Shard
from common.known import Known, encode, one_site
from common.settings import Settings
from common.store import StoreError

BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
LINE = f'192.0.2.7 - - [17/May/2025:10:05:43 +0000] "GET /{{}} HTTP/1.1" 200 9 "-" "{BROWSER}"\n'


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    monkeypatch.setenv("FOOTFALL_REDIS_URL", str(settings.redis_url))
    for name in ("FOOTFALL_SITES", "FOOTFALL_GEOIP", "FOOTFALL_SALT_ROTATION"):
        monkeypatch.delenv(name, raising=False)


def run(*args: str | Path) -> Result:
    return CliRunner().invoke(importing.command, [str(arg) for arg in args])


def test_the_report(redis: redis_py.Redis, tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    lines = [LINE.format(n) for n in range(3)] + ["secret 192.0.2.9\n", LINE.format("a.css"), LINE.format("")]
    lines[5] = lines[5].replace(BROWSER, "Googlebot/2.1")
    path.write_text("".join(lines))
    out = run("--site", "www.A.example", path).output.splitlines()
    assert out[0].startswith("6 lines read in ")
    assert out[1:5] == [
        "counted: 3 human pageviews, 1 of bots, 0 of AI agents",
        "skipped: 1 static (a file that is no page: its extension is on the list, or it is robots.txt or favicon.ico)",
        "not understood: 1 line",
        f"    {path} line 4: it does not fit the format",
    ]
    assert out[5:] == ["1 day of a.example: 2025-05-17 to 2025-05-17", "rollups of 1 day made again"]
    again = run("--site", "a.example", path).output.splitlines()
    assert again[2:] == ["known already: 6 lines, 1 of 1 piece; nothing added", "no rollups to make again"]


def test_a_second_file_of_the_same_day_is_told_to_count_twice(redis: redis_py.Redis, tmp_path: Path) -> None:
    one, other = tmp_path / "one.log", tmp_path / "other.log"
    one.write_text(LINE.format(1) + LINE.format(2))
    other.write_text(LINE.format(2) + LINE.format(3))
    assert "count twice" not in run("--site", "a.example", one).output
    said = run("--site", "a.example", other).output
    assert "1 day of them held events before" in said
    assert "count twice" in said


@pytest.mark.parametrize(
    ("args", "text", "message"),
    [
        (["--site", "a.example"], "what is this\nnobody knows\n", "unknown format: no known format fits"),
        (["--site", "a.example", "--format", "common"], LINE.format(1), "--format combined fits 1 of them"),
        ([], LINE.format(1), "combined lines name no site; add --site example.com"),
        (["--site", "a b"], LINE.format(1), "--site 'a b': expected a host name"),
        (["--site", "a.example"], None, "No such file or directory. Nothing was counted"),
    ],
)
def test_what_is_refused_leaves_nothing(
    redis: redis_py.Redis, tmp_path: Path, args: list[str], text: str | None, message: str
) -> None:
    good, bad = tmp_path / "good.log", tmp_path / "bad.log"
    good.write_text(LINE.format(1))
    if text is not None:
        bad.write_text(text)
    result = run(*args, good, bad)
    assert result.exit_code == 1
    assert message in result.output
    assert redis.dbsize() == 0


def test_a_site_that_is_not_on_the_list(monkeypatch: pytest.MonkeyPatch, redis: redis_py.Redis, tmp_path: Path) -> None:
    monkeypatch.setenv("FOOTFALL_SITES", "b.example")
    result = run("--site", "a.example", tmp_path / "a.log")
    assert (result.exit_code, redis.dbsize()) == (1, 0)
    assert "not on the list in FOOTFALL_SITES" in result.output


def test_a_gzip_that_ends_early_counts_its_whole_pieces_once(
    monkeypatch: pytest.MonkeyPatch, redis: redis_py.Redis, tmp_path: Path
) -> None:
    monkeypatch.setattr(pieces, "PIECE", 4_000)
    path = tmp_path / "a.log.gz"
    packed = gzip.compress("".join(LINE.format(n * n) for n in range(100)).encode())
    path.write_bytes(packed[:-40])
    result = run("--site", "a.example", path)
    assert result.exit_code == 1
    counted = int(result.output.splitlines()[1].split()[1])
    assert 50 < counted < 100
    assert "the gzip data ends too early, in line" in result.output
    assert f"lines up to {counted} are counted, none after them" in result.output
    path.write_bytes(packed)
    assert f"counted: {100 - counted} human pageviews" in run("--site", "a.example", path).output


def test_without_redis_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_text(LINE.format(1))
    monkeypatch.setenv("FOOTFALL_REDIS_URL", f"unix://{tmp_path}/none.sock")
    result = run("--site", "a.example", path)
    assert isinstance(result.exception, StoreError)
    assert "cannot reach Redis" in str(result.exception)


def test_redis_that_goes_away_meanwhile(monkeypatch: pytest.MonkeyPatch, redis: redis_py.Redis, tmp_path: Path) -> None:
    def gone(*args: object, **named: object) -> int:
        raise redis_py.ConnectionError("gone")

    path = tmp_path / "a.log"
    path.write_text(LINE.format(1))
    monkeypatch.setattr(importing, "run", gone)
    result = run("--site", "a.example", path)
    assert isinstance(result.exception, StoreError)
    assert "import again: what is in already is not counted twice" in str(result.exception)


def test_malformed_lines_beyond_the_first_are_only_counted() -> None:
    tally = Tally(malformed=[("a.log", 1, "time")])
    tally.skipped["time"], tally.skipped["format"] = 3, 4
    assert importing.report(tally, 0, 1.0)[2:5] == [
        "not understood: 7 lines",
        "    a.log line 1: its time is none",
        "    and 6 more",
    ]


def test_a_zone_that_differs_is_told_and_stays(
    redis: redis_py.Redis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    redis.hset(keys.sites(), "a.example", encode(Known("Asia/Tokyo", 1_790_000_000_000)))
    monkeypatch.setenv("FOOTFALL_SITES", "a.example=Europe/Berlin")
    (tmp_path / "a.log").write_text(LINE.format(1))
    out = run("--site", "a.example", tmp_path / "a.log").output
    assert "to change them: python -m collector rebuild --site a.example --zone Europe/Berlin" in out
    known = one_site(redis, "a.example")
    assert known
    assert (known.zone, known.since < 1_790_000_000_000) == ("Asia/Tokyo", True)
    assert redis.hget(Shard("a.example").state(), keys.ZONE) == b"Asia/Tokyo"


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("--columns", "visitor=who", "--format", "combined"), "only events-csv has named columns, not combined"),
        (("--columns", "visitor=name"), "no column 'name'; the first line names who, at"),
        (("--columns", "visitor=who"), "no column holds timestamp"),
        (("--columns", "visitor=who,timestamp=at"), "lines name no site; add --site"),
    ],
)
def test_columns_that_cannot_be_are_named(
    redis: redis_py.Redis, tmp_path: Path, args: tuple[str, ...], message: str
) -> None:
    path = tmp_path / "a.csv"
    path.write_text("who,at\nu1,2024-03-28 08:45:18\n")
    result = run(*args, path)
    assert result.exit_code == 1
    assert message in result.output
    assert not redis.exists(keys.sites())
