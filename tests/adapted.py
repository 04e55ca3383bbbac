"""Settings in; a collector that answers other products' clients, and what it counted, out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import redis as redis_py
from collectors import FIREFOX, wait_for
from starlette.testclient import TestClient

from collector.app import create_app
from common.frames import Traffic
from common.settings import Settings

#: A key that speaks for example.com, and one for two other sites.
KEY, OTHER_KEY = "k" * 16, "o" * 16
KEYS = {"example.com": frozenset({KEY}), "a.example": frozenset({OTHER_KEY}), "b.example": frozenset({OTHER_KEY})}


class Adapted:
    """An HTTP client to a collector in this process, and the frames of what it counted."""

    def __init__(self, http: TestClient, redis: redis_py.Redis, settings: Settings) -> None:
        self.http, self._redis, self._settings = http, redis, settings

    def traffic(self, site: str = "example.com") -> Traffic:
        return Traffic(site=site, client=self._redis, settings=self._settings)

    def table(
        self, dimension: str, metric: str = "events", site: str = "example.com", class_: str = "human"
    ) -> dict[str, int]:
        """Figures of today by a dimension; {} before anything is counted."""
        traffic = self.traffic(site)
        today = traffic.today()
        frame = traffic.breakdown(dimension, today, today, where={"class": class_})
        return {name: int(figure) for name, figure in zip(frame[dimension], frame[metric], strict=True) if figure}

    def dropped(self, site: str = "example.com") -> dict[str, int]:
        traffic = self.traffic(site)
        frame = traffic.dropped(traffic.today(), traffic.today())
        return dict(zip(frame["reason"], frame["events"].tolist(), strict=True))

    def counted(self, events: int, site: str = "example.com", class_: str = "human") -> None:
        """Wait until so many events have come through, and no more."""
        wait_for(lambda: sum(self.table("event", "events", site, class_).values()) >= events)
        assert sum(self.table("event", "events", site, class_).values()) == events


@contextmanager
def adapted(settings: Settings, redis: redis_py.Redis) -> Iterator[Adapted]:
    """A collector for one test."""
    with TestClient(create_app(settings), headers={"user-agent": FIREFOX}, client=("192.0.2.1", 5)) as http:
        yield Adapted(http, redis, settings)
