"""Steps to choose from: events and pages of the days, whatever filters hold."""

from __future__ import annotations

import explorer_site as site
import pytest
import redis as redis_py


def test_filters_do_not_narrow_what_can_be_chosen(
    redis: redis_py.Redis, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOOTFALL_REDIS_URL", redis_url)
    site.forget()
    site.ordinary(redis)
    app = site.opened("funnels", site=site.SITE, period="7d", f="page:/docs", steps="page:/x*>event:Signup")
    assert not app.exception
    first, second = app.selectbox(key="step_0"), app.selectbox(key="step_1")
    assert second.options == ["Signup · event", "/pricing", "/", "/docs"]
    assert first.value == "page:/x*"
    assert first.options == ["/x*", *second.options]
