"""What a client counts equals what the server saw, to the command; scripts answer as they do uncounted."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis as redis_py
from made import SITE, apply, event, ms

from collector.batches import Batch
from collector.flush import Flusher, Numbered
from common import counted, keys, store
from common.budget import month_of
from common.counted import Counted, CountedAsync
from common.ledger import read_months, read_server

ROOT = Path(__file__).resolve().parent.parent


def now() -> int:
    return time.time_ns() // 1_000_000


def seen(redis: redis_py.Redis, work: Callable[[], object]) -> int:
    """Commands the server saw while `work` was done."""
    before = read_server(redis, 0)
    work()
    after = read_server(redis, 0)
    assert before
    assert after
    return after.total - before.total - 1


@pytest.fixture
def client(redis: redis_py.Redis, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Counted]:
    monkeypatch.setattr(counted, "_tallies", {})
    opened = store.connect(redis_url, check=False, purpose="read")
    assert isinstance(opened, Counted)
    yield opened
    opened.close()


def pipelined(client: Counted) -> None:
    for transaction in (True, False):
        pipe = client.pipeline(transaction=transaction)
        pipe.set("a", 1)
        pipe.get("a")
        pipe.execute()


def scripted(client: Counted) -> None:
    script = client.register_script("for i = 1, tonumber(ARGV[1]) do redis.pcall('GET', KEYS[1]) end return {'ok'}")
    assert script(keys=["a"], args=[3]) == [b"ok"]
    assert script(keys=["a"], args=[700]) == [b"ok"]


WORK: list[tuple[Callable[[Counted], object], int]] = [
    (lambda c: c.ping(), 2),  # and CLIENT SETNAME
    (lambda c: [c.ping() for _ in range(40)], 41),
    (pipelined, 1 + 4 + 2),  # MULTI and EXEC
    (lambda c: list(c.scan_iter("*")), 2),
    (scripted, 1 + 3 + 700 + 2 + 2),  # EVALSHA that finds no script, SCRIPT LOAD
    (lambda c: c.pubsub().subscribe("x"), 2),
]


@pytest.mark.parametrize(("work", "commands"), WORK, ids=range(len(WORK)))
def test_a_tally_is_what_the_server_saw(
    redis: redis_py.Redis, client: Counted, work: Callable[[Counted], object], commands: int
) -> None:
    redis.script_flush()
    assert seen(redis, lambda: work(client)) == commands
    assert client.tally.waiting == commands


def test_flushes_are_counted_whole(redis: redis_py.Redis, client: Counted) -> None:
    noon = ms("2026-05-05 12:00")
    events = [event(1 + n % 500, noon + n, f"/{n % 90}") for n in range(9_000)]

    def work() -> None:
        flusher = Flusher(client, "c")
        for number, some in enumerate((events[:1], events[1:2_000], events[2_000:]), 1):
            flusher.apply(SITE, [Numbered(number, Batch(SITE.site, "UTC", noon, number, some))], noon)

    found = seen(redis, work)
    assert found > 30
    assert client.tally.waiting == found
    apply(redis, [event(1, noon)])  # the same script uncounted: the stored states are what it expects


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("return 5", 5),
        ("return nil", None),
        ("return false", None),
        ("return 'x'", b"x"),
        ("return redis.status_reply('fine')", b"fine"),
        ("return {1, 'two', {3}}", [1, b"two", [3]]),
        ("local function f(...) return select('#', ...) end return f(unpack({1, 2, 3}))", 3),
        ("return redis.call('INCR', KEYS[1])", 1),
        ("-- a comment first\nreturn redis.sha1hex('')", b"da39a3ee5e6b4b0d3255bfef95601890afd80709"),
    ],
)
def test_scripts_answer_as_without(redis: redis_py.Redis, client: Counted, text: str, answer: Any) -> None:
    assert client.register_script(text)(keys=["n"]) == answer
    redis.delete("n")
    assert redis.register_script(text)(keys=["n"]) == answer


@pytest.mark.parametrize(
    "text", ["return redis.call('LPUSH', KEYS[1], 1)", "return redis.error_reply('WRONGTYPE x')", "error('WRONGTYPE')"]
)
def test_scripts_fail_as_without(redis: redis_py.Redis, client: Counted, text: str) -> None:
    redis.set("n", 1)
    for one in (redis, client):
        with pytest.raises(redis_py.ResponseError, match="WRONGTYPE"):
            one.register_script(text)(keys=["n"])


def test_a_script_in_a_pipeline_answers_as_without(client: Counted) -> None:
    pipe = client.pipeline()
    client.register_script("return 'x'")(client=pipe)
    assert pipe.execute() == [b"x"]


def test_closing_keeps_the_count_with_its_cost(redis: redis_py.Redis, client: Counted) -> None:
    client.ping()
    assert seen(redis, client.close) == 2
    month = keys.commands(month_of(now()))
    assert [value for name, value in redis.hgetall(month).items() if name.endswith(b":read")] == [b"4"]
    assert client.tally.waiting == 0
    assert seen(redis, client.close) == 0


def test_a_flusher_also_notes_what_the_server_counted(redis: redis_py.Redis, redis_url: str) -> None:
    redis.config_resetstat()
    with store.connect(redis_url, check=False, purpose="flush") as client:
        client.ping()
        first = client.tally.waiting  # type: ignore[attr-defined]
    redis.echo("somebody else")
    this = read_months(redis, now())[-1]
    total = read_server(redis, now())
    assert total
    counts = this.purposes()
    assert counts["flush"] == first + 3 + 2  # INFO, HSET and HSETNX; HINCRBY and EXPIREAT
    assert counts["flush"] + counts["other"] == total.total - 1  # the INFO of the reading before


@pytest.mark.parametrize(
    ("waiting", "idle", "kept"),
    [(0, 4_000, False), (5, 3_500, False), (5, 3_700, True), (1_500, 30, False), (1_500, 70, True)],
)
def test_when_it_is_kept(
    redis: redis_py.Redis, client: Counted, monkeypatch: pytest.MonkeyPatch, waiting: int, idle: float, kept: bool
) -> None:
    client.tally.take()
    client.tally.add(waiting)
    later = time.monotonic() + idle
    monkeypatch.setattr(time, "monotonic", lambda: later)
    if waiting:
        client.ping()
    else:
        assert not client.tally.is_due()
    assert bool(redis.exists(keys.commands(month_of(now())))) == kept


def test_a_young_process_is_seen_soon(redis: redis_py.Redis, client: Counted, monkeypatch: pytest.MonkeyPatch) -> None:
    client.ping()
    assert not client.tally.is_due()
    later = time.monotonic() + 70
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert client.tally.is_due()


def test_a_refused_count_waits(redis: redis_py.Redis, redis_url: str) -> None:
    redis.execute_command("ACL", "SETUSER", "reader", "on", "nopass", "~*", "+@read", "+ping", "+client|setname")
    try:
        parts = redis_url.replace("://", "://reader:x@", 1)
        client = store.connect(parts, check=False, purpose="read")
        assert isinstance(client, Counted)
        client.ping()
        before = client.tally.waiting
        client.keep()
        assert client.tally.waiting == before + 2  # what was tried was sent as well
        assert client.tally.refused
        client.close()
    finally:
        redis.acl_deluser("reader")


def test_away_nobody_waits(redis_url: str) -> None:
    client = store.connect("redis://127.0.0.1:1/0", check=False, purpose="read")
    with pytest.raises(redis_py.ConnectionError):
        client.ping()
    begun = time.monotonic()
    client.close()
    assert time.monotonic() - begun < 0.5


async def test_asyncio_counts_alike(redis: redis_py.Redis, redis_url: str) -> None:
    client = store.connect_async(redis_url, purpose="salts")
    assert isinstance(client, CountedAsync)
    before = read_server(redis, 0)
    await client.ping()
    pipe = client.pipeline()
    pipe.set("a", 1)
    await pipe.execute()
    waiting = client.tally.waiting
    await client.aclose()
    after = read_server(redis, 0)
    assert before
    assert after
    assert waiting == 2 + 1 + 3  # redis-py says its name twice
    assert after.total - before.total - 1 == waiting + 2
    assert read_months(redis, now())[-1].purposes()["salts"] == waiting + 2


def test_what_a_process_forgot_to_close_is_kept(redis: redis_py.Redis, redis_url: str) -> None:
    script = (
        "import sys; from common import store\ndef f(): store.connect(sys.argv[1], purpose='import').ping()\nf(); f()"
    )
    done = subprocess.run([sys.executable, "-c", script, redis_url], cwd=ROOT, check=True, capture_output=True)
    assert done.stderr == b""
    month = redis.hgetall(keys.commands(month_of(now())))
    # Twice SETNAME, INFO, four looks for older schemas, and PING; and what keeping costs.
    assert [int(value) for name, value in month.items() if name.endswith(b":import")] == [16]
