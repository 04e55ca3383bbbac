"""One visitor's requests spread at random over four collectors behind a real proxy: figures equal one collector's.

The same traffic goes to one collector for one site and through the proxy for another; every event says when it
happened, so that both tell the same story, in the order in which it happened, apart from what the spread does to it.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pandas as pd
import pytest
import redis as redis_py
from collectors import FIREFOX, ROOT, Served, environ_of, serving, wait_for
from proxies import haproxy_file, nginx_command, nginx_files, program, running

from common.frames import Traffic
from common.settings import Settings

FreePort = Callable[[], int]
ONE, MANY = "one.example", "many.example"
VISITORS = 40
MINUTE = timedelta(minutes=1)


def story(seed: int) -> list[tuple[str, dict[str, object]]]:
    """Visitors' addresses and what they did, in its order: visits with pauses shorter and longer than 30 minutes."""
    draw = random.Random(seed)
    noon = (datetime.now(UTC) - timedelta(days=1)).replace(hour=6, minute=0, second=0, microsecond=0)
    told = []
    for visitor in range(VISITORS):
        at = noon + draw.random() * 240 * MINUTE
        for step in range(draw.randint(1, 9)):
            kind = "Signup" if draw.random() < 0.15 else "pageview"
            event = {"type": kind, "pathname": f"/{draw.randint(1, 6)}", "timestamp": at.isoformat()}
            if step == 0:
                event["referrer"] = draw.choice(["https://news.example/", "https://duckduckgo.com/", ""])
            told.append((at, f"127.0.7.{visitor + 1}", event))
            at += draw.choice([0.5, 2, 8, 29.9, 31, 75]) * MINUTE
    return [(address, event) for at, address, event in sorted(told, key=lambda item: item[0])]


def tell(url: str, site: str, host: str) -> None:
    """Send the story: each visitor from an address of its own."""
    with contextlib.ExitStack() as stack:
        clients: dict[str, httpx2.Client] = {}
        for number, (address, event) in enumerate(story(7)):
            if address not in clients:
                transport = httpx2.HTTPTransport(local_address=address)
                clients[address] = stack.enter_context(httpx2.Client(transport=transport, base_url=url, timeout=20))
            body = {"site": site, "batch": f"{site}-{number}", "events": [event | {"hostname": site}]}
            path = "/api/f7c3" if host else "/api/track"
            answer = clients[address].post(
                path, content=json.dumps(body), headers={"user-agent": FIREFOX} | ({"host": host} if host else {})
            )
            assert (answer.status_code, answer.json()["accepted"]) == (202, 1), answer.text


def settle(served: list[Served], environ: dict[str, str]) -> None:
    """Wait until all is applied, and make again at once what a collector does within a minute: days that were reached
    by an event of an earlier visit than the one that is open, since the four flush at their own pace.
    """
    wait_for(lambda: all(one.health()["backlog"] == 0 for one in served), 30)
    again = [sys.executable, "-m", "collector", "rebuild", "--marked"]
    subprocess.run(again, env=os.environ | environ, cwd=ROOT, check=True, capture_output=True, timeout=60)


def figures(client: redis_py.Redis, settings: Settings, site: str, day: str) -> dict[str, pd.DataFrame]:
    """Everything that the overview shows of a day."""
    traffic = Traffic(site=site, client=client, settings=settings)
    found = {"totals": traffic.totals(day, day).to_frame().T, "series": traffic.series(day, day, grain="hour")}
    for name in ("page", "entry_page", "exit_page", "source", "event", "browser"):
        found[name] = traffic.breakdown(name, day, day).sort_values(name).reset_index(drop=True)
    return found


@pytest.mark.parametrize("kind", ["nginx", "haproxy"])
def test_visits_are_those_of_one_collector(
    kind: str, settings: Settings, redis: redis_py.Redis, tmp_path: Path, free_port: FreePort
) -> None:
    ports, port = [free_port() for _ in range(5)], free_port()
    if kind == "nginx":
        arguments = nginx_command(nginx_files(tmp_path / kind, ports[1:], port))
    else:
        arguments = [program(kind), "-db", "-f", str(haproxy_file(tmp_path / kind, ports[1:], port))]
    environ = environ_of(settings) | {
        "FOOTFALL_SITES": f"{ONE},{MANY}",
        "FOOTFALL_TRUSTED_PROXIES": "127.0.0.1/32",
        "FOOTFALL_METRICS_TOKEN": "t",
    }
    day = (datetime.now(UTC) - timedelta(days=1)).date().isoformat()
    with contextlib.ExitStack() as stack:
        # A folder each, as on machines of their own: they share Redis and nothing else.
        served = [
            stack.enter_context(
                serving(environ | {"FOOTFALL_DATA": str(tmp_path / str(one))}, one, tmp_path / f"{one}.log")
            )
            for one in ports
        ]
        stack.enter_context(running(arguments, tmp_path / kind, port))
        tell(served[0].url, ONE, "")
        tell(f"http://127.0.0.1:{port}", MANY, MANY)
        events = len(story(7))
        settle(served, environ)
        shares = Counter(share(one) for one in served[1:])
        assert min(shares) > events / 10, f"not spread: {shares}"
        one, many = (figures(redis, settings, site, day) for site in (ONE, MANY))
    assert (one["totals"]["visitors"].item(), one["totals"]["events"].item()) == (VISITORS, events)
    assert one["totals"]["visits"].item() > VISITORS
    for name, frame in one.items():
        pd.testing.assert_frame_equal(frame, many[name], check_exact=True, obj=name)


def share(served: Served) -> int:
    """Events that a collector accepted."""
    text = served.http.get("/metrics", headers={"authorization": "Bearer t"}).text
    (line,) = [line for line in text.splitlines() if line.startswith("footfall_events_accepted_total ")]
    return int(float(line.split()[1]))
