"""What cannot be kept is said, and nothing is stored."""

from __future__ import annotations

import explorer_site as site
import pytest
import redis as redis_py

from common.saved import FUNNEL, Saved
from explorer import keep


def test_put_and_drop(redis: redis_py.Redis, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOOTFALL_REDIS_URL", redis_url)
    site.forget()
    assert keep.put(FUNNEL, site.SITE, " Shop ", {"steps": ["page:/"]})
    assert Saved(redis, site.SITE).all(FUNNEL) == {"Shop": {"steps": ["page:/"]}}
    assert not keep.put(FUNNEL, site.SITE, "  ", {"steps": []})
    keep.drop(FUNNEL, site.SITE, "Shop")
    assert Saved(redis, site.SITE).all(FUNNEL) == {}


def test_a_user_who_may_only_read_is_told(
    redis: redis_py.Redis, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOOTFALL_REDIS_URL", redis_url)
    site.forget()
    told: list[str] = []

    class Refusing(Saved):
        def put(self, kind: str, name: str, contents: dict) -> None:
            raise redis_py.exceptions.NoPermissionError("this user has no permissions to run the 'hset' command")

    monkeypatch.setattr(keep, "Saved", Refusing)
    monkeypatch.setattr(keep.st, "toast", lambda text, icon: told.append(text))
    assert not keep.put(FUNNEL, site.SITE, "Shop", {})
    assert "no permissions" in told[0]
