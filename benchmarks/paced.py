"""Prepared requests and a rate in, latencies out: `python -m benchmarks.paced PORT POOL RATE SECONDS RUN`.

Requests are due by the clock, not when answers come, and latency counts from when one was due: what waits for a free
connection waits on the server's account. Without a rate (0), SECONDS is a number of requests, sent as fast as they are
answered. Between two requests the loop sleeps, with timers as fine as the kernel has them: a client that spins on its
core keeps the kernel's own threads from it for up to 4 ms, and without them no write to a disk ends.
"""

from __future__ import annotations

import ctypes
import gc
import json
import random
import select
import socket
import subprocess
import sys
import time
from collections import deque
from pathlib import Path
from typing import NamedTuple

from benchmarks.load import CLIENT_CORE, pinned, run_id
from benchmarks.traffic import ID, VISITORS

CONNECTIONS = 64
_SET_TIMER_SLACK = 29  #: prctl: in ns; a sleep otherwise ends up to 50 µs late


class Paced(NamedTuple):
    """What came of a run: seconds, requests that were answered with 2xx, and quantiles of their latency in ms."""

    seconds: float
    requests: int
    p50: float
    p99: float


def prepared(pool: Path, run: str, wanted: int) -> list[bytes]:
    """So many requests, each with a batch id of its own, from the visitors that stand behind the pool's lines."""
    parts = [_parts(line, run.encode()) for line in pool.read_bytes().splitlines()]
    draw, made = random.Random(run), []
    for number in range(wanted):
        head, middle, tail = draw.choice(parts)
        made.append(b"%s%d%s%08x%s" % (head, draw.randint(1, VISITORS), middle, number, tail))
    return made


def _parts(line: bytes, run: bytes) -> tuple[bytes, bytes, bytes]:
    agent, address, body = line.split(b"\t", 2)
    before, after = body.split(ID.encode(), 1)
    head = (
        b"POST /api/track HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: %s\r\nAccept-Language: en-GB\r\n"
        b"Content-Type: text/plain;charset=UTF-8\r\nContent-Length: %d\r\nX-Forwarded-For: %s"
    ) % (agent, len(body), address)
    return head, b"\r\n\r\n" + before + run, after


def whole(answer: bytes) -> bool:
    """Whether an answer is all here."""
    head, end, body = answer.partition(b"\r\n\r\n")
    length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
    return bool(end) and len(body) >= int(length or 0)


def connections(rate: float) -> int:
    """How many, so that none rests for longer than some 2 s: the server closes those that do."""
    return max(1, min(CONNECTIONS, int(2 * rate))) if rate else CONNECTIONS


def drive(port: int, requests: list[bytes], rate: float) -> tuple[list[float], int]:
    """Send them all; the latencies in s, and how many answers were no success."""
    clock = time.perf_counter
    ctypes.CDLL(None).prctl(_SET_TIMER_SLACK, 1, 0, 0, 0)
    sockets = [socket.create_connection(("127.0.0.1", port)) for _ in range(connections(rate))]
    for one in sockets:
        one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    by_number = {one.fileno(): one for one in sockets}
    idle, since, parts = deque(by_number), dict.fromkeys(by_number, 0.0), dict.fromkeys(by_number, b"")
    step, sent, bad, latencies = (1 / rate if rate else 0.0), 0, 0, list[float]()
    begun = due = clock()
    while len(latencies) < len(requests):
        while idle and sent < len(requests) and (now := clock()) >= due:
            number = idle.popleft()  # all take turns, else the server would close those at rest
            since[number] = due if rate else now
            by_number[number].sendall(requests[sent])
            sent += 1
            due = begun + sent * step
        rest = max(0.0, due - clock()) if idle and sent < len(requests) else None
        for number in select.select(by_number, (), (), rest)[0]:
            if not (data := by_number[number].recv(65_536)):
                raise ConnectionError("the server closed a connection")
            if not whole(answer := parts[number] + data):
                parts[number] = answer
                continue
            latencies.append(clock() - since[number])
            parts[number] = b""
            bad += not answer.startswith(b"HTTP/1.1 2")
            idle.append(number)
    for one in sockets:
        one.close()
    return latencies, bad


def send(port: int, pool: Path, rate: float, amount: float) -> Paced:
    """Run it as a process of its own, pinned to the client's core. Raises where an answer was no success."""
    command = [sys.executable, "-m", "benchmarks.paced", str(port), str(pool), str(rate), str(amount), run_id()]
    said = json.loads(subprocess.run([*pinned(CLIENT_CORE), *command], stdout=subprocess.PIPE, check=True).stdout)
    if said["bad"]:
        raise AssertionError(f"{said['bad']} of {said['requests']} requests were not answered well")
    return Paced(said["seconds"], said["requests"], said["p50"], said["p99"])


def main(port: str, pool: str, rate: str, amount: str, run: str) -> None:
    """Send and print what came of it."""
    wanted = int(float(rate) * float(amount) or float(amount))
    requests = prepared(Path(pool), run, wanted)
    gc.disable()  # its pauses would be taken for the server's
    begun = time.perf_counter()
    latencies, bad = drive(int(port), requests, float(rate))
    took = time.perf_counter() - begun
    latencies.sort()
    quantiles = {f"p{at}": 1_000 * latencies[len(latencies) * at // 100] for at in (50, 99)}
    print(json.dumps({"seconds": took, "requests": len(latencies), "bad": bad} | quantiles))


if __name__ == "__main__":
    main(*sys.argv[1:])
