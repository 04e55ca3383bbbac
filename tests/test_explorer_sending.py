"""`python -m explorer report`, `snapshot` and `alerts` as people run them."""

from __future__ import annotations

from pathlib import Path

import explorer_site as site
import pandas as pd
import pytest
import redis as redis_py
from aiosmtpd.controller import Controller
from click.testing import CliRunner, Result
from test_explorer_mail import Kept

from common.saved import Saved
from common.valkey import free_port
from explorer.__main__ import main
from explorer.alerting import Finding
from explorer.sending import news


@pytest.fixture
def run(redis: redis_py.Redis, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> object:
    site.ordinary(redis)
    monkeypatch.setenv("FOOTFALL_REDIS_URL", redis_url)
    return lambda *words: CliRunner().invoke(main, list(words))


def test_report_here_and_in_files(run: object, tmp_path: Path) -> None:
    done: Result = run("report", "--site", site.SITE, "--every", "day")  # type: ignore[operator]
    assert done.exit_code == 0, done.output
    assert "| Visitors | 3 |" in done.stdout
    for name, begin in (("r.md", "# shop.example"), ("r.html", "<!doctype html>")):
        out = tmp_path / name
        assert run("report", "--site", site.SITE, "--every", "day", "--out", str(out)).exit_code == 0  # type: ignore[operator]
        assert out.read_text().startswith(begin)


def test_report_by_mail(run: object, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Kept()
    server = Controller(kept, hostname="127.0.0.1", port=free_port())
    server.start()
    try:
        monkeypatch.setenv("FOOTFALL_SMTP", f"smtp://127.0.0.1:{server.port}")
        monkeypatch.setenv("FOOTFALL_MAIL_FROM", "stats@example.com")
        done = run("report", "--site", site.SITE, "--every", "day", "--to", "ann@example.com")  # type: ignore[operator]
    finally:
        server.stop()
    assert done.exit_code == 0, done.output
    assert [envelope.rcpt_tos for envelope in kept.envelopes] == [["ann@example.com"]]
    assert b"shop.example" in kept.envelopes[0].content


def test_snapshot(run: object, tmp_path: Path) -> None:
    out = tmp_path / "page.html"
    words = ["snapshot", "--site", site.SITE, "--period", "7d", "--filter", "country:FR", "--floor", "1", str(out)]
    assert run(*words).exit_code == 0  # type: ignore[operator]
    page = out.read_text()
    assert "Country: France" in page
    assert "Germany" not in page


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["report", "--site", site.SITE, "--filter", "planet:Mars"],
            "--filter: f=planet:Mars: expected DIMENSION:VALUE",
        ),
        (["report", "--site", site.SITE, "--to", "ann"], "FOOTFALL_SMTP is not set"),
        (["snapshot", "--site", site.SITE, "/no/where/x.html"], "/no/where/x.html: No such file or directory"),
        (["snapshot", "--site", site.SITE, "--from", "2026-11-02", "--until", "2026-11-01", "x"], "lies after --until"),
    ],
)
def test_errors_are_one_line(run: object, words: list[str], message: str) -> None:
    done: Result = run(*words)  # type: ignore[operator]
    assert done.exit_code != 0
    assert message in done.output + str(done.exception)


def test_alerts(run: object) -> None:
    done: Result = run("alerts", "--site", site.SITE)  # type: ignore[operator]
    assert done.exit_code == 0, done.output
    assert "fewer than 3 weeks to compare with" in done.stdout


def test_what_was_told_is_told_again_only_when_it_is_over(redis: redis_py.Redis) -> None:
    saved, hour = Saved(redis, site.SITE), pd.Timestamp("2026-11-26 13:00", tz="UTC")
    kinds = ["usual", "spike", "spike", "unknown", "usual", "usual", "drop"]
    told = [news(saved, "visitors", (), Finding(hour, 1.0, 1.0, kind)) for kind in kinds]  # type: ignore[arg-type]
    assert told == [False, True, False, False, True, False, True]
    assert news(saved, "visitors", ("country:DE",), Finding(hour, 1.0, 1.0, "drop"))
