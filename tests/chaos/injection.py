"""Hostile strings in, through collector, every page of the explorer and every export; what came alive of them out."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from itertools import islice
from urllib.parse import quote, urlencode

import httpx2

from common import valkey
from common.enrich.text import clean
from common.frames import DIMENSIONS, Traffic
from common.settings import Settings
from explorer import exports
from tests.chaos.hostile import REFUSED_SITES, SITES, strings
from tests.chaos.onlooker import Findings, Onlooker, live_formulas, onlooker
from tests.chaos.rig import MARK, ROOT, Process, Rig, wait_for
from tests.chaos.scenario import Outcome, RigFactory
from tests.chaos.sender import AGENT

#: Filters that one URL holds at most.
_AT_ONCE = 20
_FILTERED = ("page", "referrer", "source", "event", "prop:plan", "hostname", "utm_campaign", "exit_page", "city")
_PAGES = ("", "breakdown", "health", "sites")
_PAGE = """
import json, sys
from pathlib import Path
import plotly.graph_objects as go, streamlit as st
texts = json.loads(Path(sys.argv[1]).read_text())
st.plotly_chart(go.Figure(go.Bar(x=[1] * 5, y=texts[:5]), {"title": {"text": "<br>".join(texts[:40])}}))
for text in texts:
    st.markdown(text)
    st.html(f"<div>{text}</div>", unsafe_allow_javascript=True)
"""


def run(rig_factory: RigFactory, quick: bool) -> Outcome:
    """The explorer makes text of every string; the control is a page and a CSV made as one might at first."""
    texts = strings(40 if quick else 300)
    with rig_factory() as rig:
        kept = _post(rig, texts, SITES[: 2 if quick else 4])
        with _explorer(rig) as address, onlooker(address, _collector(rig)) as looking:
            files = _tour(looking, address, SITES[: 2 if quick else 4], texts, quick)
            found = looking.findings
        formulas, exported = _exports(rig, files)
        shown = _control(rig, texts)
    plain = set[str]().union(*(live_formulas(f"name,visitors\n{text},1\n".encode(errors="ignore")) for text in texts))
    return Outcome(
        f"{len(texts)} strings, {kept:,} events kept, {found.pages} page views, {found.shown} with such text: "
        f"{found}; {exported} exports: "
        f"{formulas} live formulas",
        f"rendered as markdown and HTML: {shown}; written as they are: {len(plain)} live formulas",
        kept > len(texts) and found.none and exported > 20 and not formulas and all(shown) and len(plain) > 0,
    )


def _post(rig: Rig, texts: Sequence[str], sites: Sequence[str]) -> int:
    """Every string in every field, each string by a visitor of its own; how many events the collector took."""
    collector = rig.collector(environ={"FOOTFALL_SITES": "", "FOOTFALL_TRUSTED_PROXIES": "127.0.0.0/8"})
    url, kept = f"http://{collector.target.host}:{collector.target.port}/api/track", 0
    with httpx2.Client(headers={"user-agent": AGENT}, timeout=30) as http:
        for number, text in enumerate(texts):
            for turn, event in enumerate(_events(text)):
                # JSON in ASCII: it can hold a lone surrogate, UTF-8 cannot.
                body = json.dumps({"site": sites[number % len(sites)], "events": [event]})
                visitor = f"203.{turn}.{number // 250}.{number % 250}"
                answer = http.post(url, content=body, headers={"x-forwarded-for": visitor})
                if answer.status_code >= 500:
                    raise RuntimeError(f"{answer.status_code} for {event!a}")
                kept += answer.json().get("accepted", 0)
        for site in [*SITES, *REFUSED_SITES]:
            http.post(url, content=json.dumps({"site": site, "events": [{"pathname": "/"}]}))
    rig.settle()
    return kept


def _events(text: str) -> Iterator[dict[str, object]]:
    names = ("source", "medium", "campaign", "content", "term")
    tags = urlencode({f"utm_{name}": text for name in names}, errors="replace")
    path = text if text.startswith("/") else f"/{text}"
    yield {"pathname": path, "hostname": text, "title": text, "referrer": text, "language": text}
    yield {"pathname": f"/{quote(text, errors='replace')}?{tags}", "referrer": f"https://{text}/", "timezone": text}
    yield {
        "pathname": f"/{text}",
        "type": text,
        "props": {text: text, "plan": text},
        "referrer": f"https://x.test/{text}",
    }
    yield {"pathname": text, "type": "click", "target": text, "site": text}


def _collector(rig: Rig) -> str:
    """The collector's address: the explorer links to its demo page."""
    return "http://{}:{}".format(*rig.collectors[0].target)


def _explorer(rig: Rig) -> AbstractContextManager[str]:
    collector = rig.collectors[0]
    environ = collector.environ | {"FOOTFALL_COLLECTOR_PORT": str(collector.target.port)}
    return _served(rig, ["explorer/server.py"], environ)


@contextmanager
def _served(rig: Rig, script: list[str], environ: dict[str, str]) -> Iterator[str]:
    """Streamlit on a port of its own; its address."""
    port = valkey.free_port()
    command = [sys.executable, "-m", "streamlit", "run", *script[:1], "--server.port", str(port), "--", *script[1:]]
    process = Process(command, ROOT, rig.folder / f"streamlit-{port}.log", environ | {MARK: str(rig.folder)})
    process.spawn()
    try:
        wait_for(lambda: _answers(port) or not process.alive, 30, "Streamlit does not answer")
        assert process.alive, process.log.read_text()[-500:]
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()


def _answers(port: int) -> bool:
    try:
        return httpx2.get(f"http://127.0.0.1:{port}/_stcore/health", timeout=2).status_code == 200
    except httpx2.HTTPError:
        return False


def _tour(looking: Onlooker, address: str, sites: Sequence[str], texts: Sequence[str], quick: bool) -> list[bytes]:
    """Every page of every site, every dimension, and every string as a filter; the CSV files that were downloaded."""
    files: list[bytes] = []
    for site in sites[:1] if quick else sites:
        here = quote(site, safe="")
        for page in _PAGES:
            looking.visit(f"{address}/{page}?site={here}&period=7d")
            files += looking.download()
            if page == "":
                _tabs(looking, quick)
            if page == "breakdown":
                files += _dimensions(looking, quick)
    here = quote(sites[0], safe="")
    for number in range(0, len(texts), _AT_ONCE):
        chosen = texts[number : number + _AT_ONCE]
        mixed = [f"{_FILTERED[(number // _AT_ONCE + n) % len(_FILTERED)]}:{text}" for n, text in enumerate(chosen[:-2])]
        mixed += [f"prop:{quote(text, safe=' /', errors='replace')}:{text}" for text in chosen[-2:]]
        # Values of one dimension mean either: these find their pages, so that all the rest is drawn as well.
        pages = [f"page:/{clean(text, 500)}" for text in chosen]
        views = (("", mixed), ("", pages), ("breakdown", mixed), ("breakdown", pages))
        for page, filters in views[: 2 if quick else 4]:
            query = urlencode([("f", text) for text in filters], errors="replace")
            looking.visit(f"{address}/{page}?site={here}&period=7d&{query}")
        if quick and number:
            continue
        odd = quote(chosen[0], safe="", errors="replace")
        looking.visit(f"{address}/?site={odd}&period={odd}&grain={odd}&from={odd}&to={odd}&f={odd}")
    return files


def _tabs(looking: Onlooker, quick: bool) -> None:
    """Every tab of every card."""
    tabs = looking.page.get_by_role("tab")
    for number in range(0, tabs.count(), 4 if quick else 1):
        tabs.nth(number).click()
        looking.look()


def _dimensions(looking: Onlooker, quick: bool) -> Iterator[bytes]:
    """Every dimension after the first in turn, of hostile properties a dozen; its CSV."""
    for _ in range(1, 6 if quick else len(DIMENSIONS) + 12):
        looking.page.get_by_test_id("stMain").get_by_role("combobox").first.click()
        looking.page.keyboard.press("ArrowDown")
        looking.page.keyboard.press("Enter")
        looking.look()
        yield from looking.download()


def _exports(rig: Rig, files: list[bytes]) -> tuple[int, int]:
    """Live formulas in these files and in every dimension's export of every site; how many were looked at."""
    found: set[str] = set().union(*map(live_formulas, files))
    count = len(files)
    with rig.valkey().client() as client:
        for site in SITES:
            traffic = Traffic(site=site, client=client, settings=Settings())
            today = traffic.today()
            for dimension in [*DIMENSIONS, *traffic.properties(today, today)]:
                found |= live_formulas(exports.csv(traffic.breakdown(dimension, today, today)))
                count += 1
    return len(found), count


def _control(rig: Rig, texts: Sequence[str]) -> Findings:
    """The same look at a page that renders the strings."""
    page, given = rig.folder / "page.py", rig.folder / "texts.json"
    page.write_text(_PAGE)
    given.write_text(json.dumps([text.encode(errors="ignore").decode() for text in islice(texts, 120)]))
    with _served(rig, [str(page), str(given)], {}) as address, onlooker(address) as looking:
        return looking.visit(address).findings
