"""What one writes first: the body decoded, twelve commands in one pipeline to Redis, the answer after it.

Durable as ours is, since the server fsyncs before it replies. It takes a batch as one: its ten events are added to the
rows of the first one's page, so that twelve commands do for a whole request. With PER_EVENT=1 each event sends its own.
"""

from __future__ import annotations

import os
import sys
import time
from datetime import UTC, datetime
from typing import Any

import msgspec
import redis.asyncio
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route


class Event(msgspec.Struct):
    """What of an event is counted."""

    type: str
    pathname: str
    hostname: str = ""
    referrer: str = ""
    timezone: str = ""
    language: str = ""


class Body(msgspec.Struct):
    """A batch."""

    site: str
    batch: str
    events: list[Event]


decode = msgspec.json.Decoder(Body).decode
client = redis.asyncio.Redis.from_url(os.environ["NAIVE_REDIS_URL"])


async def track(request: Request) -> Response:
    """Decode, send, answer."""
    body = decode(await request.body())
    agent = request.headers.get("user-agent", "")
    visitor = f"{request.headers.get('x-forwarded-for', '')} {agent}"
    pipe = client.pipeline(transaction=False)
    if os.environ.get("PER_EVENT"):
        for event in body.events:
            count(pipe, body.site, event, 1, agent, visitor, msgspec.json.encode(event))
    else:
        count(pipe, body.site, body.events[0], len(body.events), agent, visitor, msgspec.json.encode(body.events))
    await pipe.execute()
    return JSONResponse({"accepted": len(body.events)}, 202)


def count(pipe: Any, site: str, event: Event, events: int, agent: str, visitor: str, raw: bytes) -> None:
    """Twelve commands."""
    now = datetime.now(UTC)
    day = f"naive:{site}:{now:%Y-%m-%d}"
    pipe.hincrby(day, "events", events)
    pipe.hincrby(day, f"pageviews:{event.hostname}", events)
    pipe.hincrby(f"{day}:hours", str(now.hour), events)
    pipe.hincrby(f"{day}:pages", event.pathname.partition("?")[0], events)
    pipe.hincrby(f"{day}:referrers", event.referrer, events)
    pipe.hincrby(f"{day}:agents", agent, events)
    pipe.hincrby(f"{day}:zones", event.timezone, events)
    pipe.hincrby(f"{day}:languages", event.language, events)
    pipe.pfadd(f"{day}:visitors", visitor)
    pipe.zadd(f"naive:{site}:live", {visitor: time.time()})
    pipe.rpush(f"{day}:raw", raw)
    pipe.expire(day, 90 * 86_400)


app = Starlette(routes=[Route("/api/track", track, methods=["POST"])])

if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), access_log=False, log_level="warning", ws="none")
