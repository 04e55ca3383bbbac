"""Tokens from the command line: made, listed, taken back."""

from __future__ import annotations

import explorer_site as site
import pytest
import redis as redis_py
from click.testing import CliRunner

from common import tokens
from explorer.__main__ import main


def test_a_token_s_life(redis: redis_py.Redis, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOOTFALL_REDIS_URL", redis_url)

    def run(*words: str) -> tuple[int, str]:
        done = CliRunner().invoke(main, ["tokens", *words])
        return done.exit_code, done.stdout

    assert run("list", "--site", site.SITE) == (0, "")
    code, made = run("add", "--site", f"www.{site.SITE.upper()}", "notebook")
    assert code == 0
    assert tokens.check(redis, site.SITE, made.strip(), tokens.READ) is not None
    code, address = run("add", "--site", site.SITE, "--share", "period=7d&f=country:DE", "--floor", "9", "public")
    held = tokens.check(redis, site.SITE, address.strip().removeprefix(f"/share/{site.SITE}/"), tokens.SHARE)
    assert held is not None
    assert (held.contents["view"], held.contents["floor"]) == ("period=7d&f=country:DE", 9)
    code, listed = run("list", "--site", site.SITE)
    assert [line.split()[0] + " " + line.split()[-1] for line in listed.splitlines()] == [
        "read notebook",
        "share public",
    ]
    assert run("remove", "--site", site.SITE, "notebook")[0] == 0
    assert run("remove", "--site", site.SITE, "notebook")[0] == 1
    assert tokens.check(redis, site.SITE, made.strip(), tokens.READ) is None
    assert run("add", "--site", site.SITE, "--share", "colour=red", "x")[0] == 1
