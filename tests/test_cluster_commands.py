"""Every command, and a served collector, on a real cluster with a site of four shards; and wrong URLs and counts."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import redis as redis_py
from clusters import ValkeyCluster
from collectors import CHROME, FIREFOX, ROOT, environ_of, serving, wait_for
from fleet import SITE, Fleet, note, requests

from common import keys, store
from common.calendars import calendar
from common.frames import Traffic
from common.settings import Settings
from common.shards import shards

TODAY = time.time_ns() // 1_000_000 // 86_400_000 + 719_163
FIRST, DAYS = TODAY - 6, 4


def run(settings: Settings, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    """A command in a process of its own."""
    command = [sys.executable, "-m", "collector", *words]
    environ = os.environ | environ_of(settings) | {"FOOTFALL_ACCEPT_LOSS": "1"} | more
    return subprocess.run(command, env=environ, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)


def filled(settings: Settings, folder: Path, count: int) -> None:
    """Some days that are over, through two collectors."""
    url = settings.redis_url or ""
    with store.connect(url) as client:
        note(client, "UTC", count)
        fleet = Fleet(lambda: store.connect(url), folder, 2)
        try:
            fleet.send(requests("UTC", FIRST, DAYS, 20, 3))
        finally:
            fleet.close()


def pageviews(settings: Settings) -> int:
    traffic = Traffic(settings.redis_url, site=SITE, settings=settings)
    try:
        return int(traffic.totals(keys.iso(FIRST), keys.iso(FIRST + DAYS))["pageviews"])
    finally:
        traffic.client.close()


def test_every_command_works_on_all_shards(clustered: Settings, tmp_path: Path) -> None:
    filled(clustered, tmp_path / "journal", 4)
    assert run(clustered, "rebuild").returncode == 0  # what late events marked
    before, out = pageviews(clustered), str(tmp_path / "out")
    for words in (
        ("rebuild", "--days", f"{keys.iso(FIRST)}:{keys.iso(FIRST + DAYS)}"),
        ("verify",),
        ("trim",),
        ("verify",),
        ("sites",),
        ("export", "--out", out),
        ("shards", "--site", SITE),
    ):
        done = run(clustered, *words)
        assert done.returncode == 0, (words, done.stdout, done.stderr)
    assert "4 shards" in done.stdout
    assert pageviews(clustered) == before
    with store.connect(clustered.redis_url) as client:
        folded = [sum(name[:2] == b"20" for name in client.hkeys(shard.dense())) for shard in shards(SITE, 4)]
        assert min(folded) >= DAYS - 1
        told = run(clustered, "doctor")
        assert "shards" not in told.stdout + told.stderr, told
        assert "Traceback" not in told.stderr, told.stderr
        gone = run(clustered, "delete", "--site", SITE, "--days", keys.iso(FIRST + 1), "--yes")
        assert gone.returncode == 0, gone.stderr
        assert pageviews(clustered) < before
        assert run(clustered, "verify").returncode == 0
        back = run(clustered, "import", out)
        assert back.returncode == 0, back.stderr
        assert pageviews(clustered) == before
        zoned = run(clustered, "rebuild", "--site", SITE, "--zone", "Asia/Tokyo", "--yes")
        assert zoned.returncode == 0, zoned.stderr
        assert pageviews(clustered) == before
        whole = run(clustered, "delete", "--site", SITE, "--yes")
        assert whole.returncode == 0, whole.stderr
        left = {keys.parse(name.decode()) for name in client.scan_iter("ff2:*")}
        assert {parsed.family for parsed in left if parsed and parsed.site == SITE} <= {"visits:state"}


def test_a_served_collector_counts_on_a_cluster(
    clustered: Settings, free_port: Callable[[], int], tmp_path: Path
) -> None:
    settings = replace(clustered, sites={SITE: "UTC"})
    environ = environ_of(settings) | {"FOOTFALL_SHARDS": "8", "FOOTFALL_ACCEPT_LOSS": "1"}
    with (
        serving(environ, free_port(), tmp_path / "log1") as one,
        serving(environ, free_port(), tmp_path / "log2") as two,
        store.connect(settings.redis_url) as client,
    ):
        bodies = {
            (n, m): {"site": SITE, "batch": f"b{n}.{m}", "events": [{"pathname": f"/{m}"}]}
            for n in range(30)
            for m in (0, 1)
        }
        for (number, again), body in bodies.items():  # a visitor's requests go anywhere
            answer = (one, two)[(number + again) % 2].post(body, **{"user-agent": f"{FIREFOX} v{number}"})
            assert answer.json() == {"accepted": 1, "dropped": {}}
        traffic = Traffic(site=SITE, client=client, settings=settings)

        def told() -> list[float]:
            totals = traffic.totals(traffic.today(), traffic.today())
            return [totals[name] for name in ("visitors", "visits", "pageviews")]

        try:
            wait_for(lambda: told() == [30, 30, 60])
        except AssertionError:
            raise AssertionError(told(), (tmp_path / "log1").read_text(), (tmp_path / "log2").read_text()) from None
        for (number, again), body in bodies.items():  # the same again, from what looks like another visitor
            (one, two)[(number * 3 + again) % 2].post(body, **{"user-agent": CHROME})
        wait_for(lambda: one.health()["backlog"] == two.health()["backlog"] == 0)
        time.sleep(0.5)
        assert told() == [30, 30, 60]
        assert traffic.live() == 30
        assert [shard.number for shard in traffic.reader.shards] == list(range(8))
        assert sum(bool(client.exists(shard.daily(TODAY))) for shard in traffic.reader.shards) > 4
        assert one.health()["redis"] == two.health()["redis"] == "ok"
        assert client.exists(shards(SITE, 1)[0].place())
        used = [shard for shard in shards(SITE, 8) if client.exists(shard.daily(TODAY))]
        assert {client.hget(shard.state(), keys.SHARDS) for shard in used} == {b"0:8"}


def test_wrong_urls_and_counts_are_errors_at_the_start(
    cluster: ValkeyCluster, redis_url: str, redis: redis_py.Redis, server_port: int, tmp_path: Path
) -> None:
    node = f"redis://127.0.0.1:{cluster.nodes[0].port}/0"
    for words in (("serve",), ("sites",), ("verify",)):
        told = run(Settings(redis_url=node, data=tmp_path), *words)
        assert told.returncode == 2
        assert f"is a node of a cluster: set FOOTFALL_REDIS_URL=redis+cluster://127.0.0.1:{cluster.nodes[0].port}" in (
            told.stderr
        )
        told = run(Settings(redis_url=f"redis+cluster://127.0.0.1:{server_port}", data=tmp_path), *words)
        assert told.returncode == 2
        assert f"no cluster: set FOOTFALL_REDIS_URL=redis://127.0.0.1:{server_port}" in told.stderr
    note(redis, "UTC", 4)
    fewer = run(Settings(redis_url=redis_url, data=tmp_path), "serve", FOOTFALL_SHARDS="2")
    assert fewer.returncode == 2
    assert f"FOOTFALL_SHARDS=2: {SITE} has 4 shards, and a site never gets fewer" in fewer.stderr
    fewer = run(Settings(redis_url=redis_url, data=tmp_path), "shards", "--site", SITE, "--count", "2")
    assert (fewer.returncode, "more than the 4 shards" in fewer.stderr) == (1, True)


@pytest.fixture
def server_port(tmp_path: Path, free_port: Callable[[], int]):  # type: ignore[no-untyped-def]
    """A server by itself, on a port."""
    from common.valkey import find_binary

    port = free_port()
    command = [find_binary(), "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
    process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL)
    with redis_py.Redis(port=port) as client:

        def answers() -> bool:
            try:
                return bool(client.ping())
            except redis_py.ConnectionError:
                return False

        wait_for(answers)
    yield port
    process.kill()
    process.wait()


assert calendar("UTC").day(0) == 719_163


def test_a_backup_of_a_cluster_is_restored_into_one_server(clustered: Settings, redis_url: str, tmp_path: Path) -> None:
    filled(clustered, tmp_path / "journal", 4)
    assert run(clustered, "rebuild").returncode == 0
    folder, one = str(tmp_path / "backup"), Settings(redis_url=redis_url, data=tmp_path / "one")
    done = run(clustered, "backup", folder)
    assert done.returncode == 0, done.stderr
    restored = run(one, "backup", folder, "--restore")
    assert restored.returncode == 0, restored.stderr
    assert pageviews(one) == pageviews(clustered) > 0
    assert "0 faults" in run(one, "verify").stdout
