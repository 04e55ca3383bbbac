"""A number of lines in, an access log of 30 days out, and how many human pageviews stand in it.

Visits of people with pages, pictures and scripts; bots with and without names; errors, redirects, posts; a daily
rhythm. Written in order of time, in the combined format. The same lines whenever it is called on the same day.
"""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from pathlib import Path

from benchmarks.traffic import AGENTS

DAYS = 30
_BOTS = (
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    "Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)",
    "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)",
    "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; ClaudeBot/1.0; +claudebot@anthropic.com)",
    "curl/8.5.0",
    "python-requests/2.32.3",
)
_REFERRERS = (
    "-", "-", "https://www.google.com/", "https://www.bing.com/", "https://duckduckgo.com/", "https://t.co/abc",
    "https://news.ycombinator.com/item?id=42", *(f"https://blog{n}.example/post" for n in range(60)),
)  # fmt: skip
_ASSETS = ("/static/site.css", "/static/app.js", "/favicon.ico", "/img/logo.svg", "/img/photo-{}.webp")
_PAGES = 2_000


def write(path: Path, lines: int, last: date) -> int:
    """Write a log that ends with the day `last`; how many pageviews of people are in it."""
    draw = random.Random(11)
    weights = list(accumulate(1 / (n + 1) for n in range(_PAGES)))
    midnight = datetime.combine(last - timedelta(DAYS - 1), datetime.min.time(), UTC)
    made: list[tuple[int, str]] = []
    views = 0
    while len(made) < lines:
        if draw.random() < 0.15:
            made.append(_bot(draw, weights))
        else:
            views += _visit(draw, weights, made, lines - len(made))
    made.sort(key=lambda line: line[0])
    stamps: dict[int, str] = {}
    with path.open("w") as file:
        for second, line in made:
            minute = stamps.get(second // 60)
            if minute is None:
                when = midnight + timedelta(minutes=second // 60)
                minute = stamps[second // 60] = f"{when:%d/%b/%Y:%H:%M}"
            file.write(line.replace("TIME", f"{minute}:{second % 60:02d} +0000", 1))
    return views


def _visit(draw: random.Random, weights: list[float], made: list[tuple[int, str]], room: int) -> int:
    """A visit: each page with some of what it loads. Pageviews that stood in it."""
    second, views = _begin(draw), 0
    host = f"{draw.choice((81, 95, 178))}.{draw.randrange(256)}.{draw.randrange(256)}.{draw.randrange(1, 255)}"
    agent, referrer = draw.choice(AGENTS), draw.choice(_REFERRERS)
    for page in draw.choices(range(_PAGES), cum_weights=weights, k=min(12, int(draw.expovariate(0.45)) + 1)):
        path, status = f"/docs/page-{page}", 200
        if draw.random() < 0.04:
            status = draw.choice((301, 404, 500))
        for asset in ("", *draw.choices(_ASSETS, k=draw.randrange(4))):
            if not room or second >= DAYS * 86_400:
                return views
            wanted, code = (asset.format(page % 50), 200) if asset else (path, status)
            made.append((second, _line(host, wanted, code, draw.randrange(300, 60_000), referrer, agent)))
            room -= 1
            views += not asset and code == 200
        referrer = f"https://bench.example{path}"
        second += 1 + int(draw.expovariate(1 / 40))
    return views


def _bot(draw: random.Random, weights: list[float]) -> tuple[int, str]:
    page = draw.choices(range(_PAGES), cum_weights=weights)[0]
    host = f"66.249.{draw.randrange(64, 96)}.{draw.randrange(1, 255)}"
    return _begin(draw), _line(host, f"/docs/page-{page}", 200, draw.randrange(300, 60_000), "-", draw.choice(_BOTS))


def _begin(draw: random.Random) -> int:
    clock = min(86_300, max(0, int(draw.gauss(14 * 3_600, 4.5 * 3_600))))
    return draw.randrange(DAYS) * 86_400 + clock


def _line(host: str, path: str, status: int, size: int, referrer: str, agent: str) -> str:
    return f'{host} - - [TIME] "GET {path} HTTP/1.1" {status} {size} "{referrer}" "{agent}"\n'
