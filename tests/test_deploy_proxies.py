"""The snippets of deploy/ in the real nginx, HAProxy and Caddy: paths, addresses, bodies, and no log of anybody.

Each proxy stands before a real collector; clients come from loopback addresses of their own, so that they can be told
from the proxy, which comes from 127.0.0.1.
"""

from __future__ import annotations

import ipaddress
import json
import re
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import httpx2
import pytest
from collectors import FIREFOX, Served, environ_of, serving, wait_for
from proxies import DEPLOY, caddy_file, haproxy_file, nginx_command, nginx_files, program, running

from collector.accept import COUNTRY_HEADERS
from collector.proxied import ask, judge
from common.settings import Settings

FreePort = Callable[[], int]
CLIENT = "127.0.9.9"
TOKEN = "proxy-token"
KINDS = ("nginx", "haproxy", "caddy")
EVENT = {"site": "example.com", "events": [{"pathname": "/pricing", "hostname": "example.com"}]}


class Fronted(NamedTuple):
    """A collector behind a proxy."""

    served: Served
    http: httpx2.Client  #: a client of the proxy's
    url: str
    folder: Path  #: all that the proxy wrote


def command(kind: str, folder: Path, collectors: list[int], port: int) -> list[str]:
    if kind == "nginx":
        return nginx_command(nginx_files(folder, collectors, port))
    if kind == "haproxy":
        return [program("haproxy"), "-db", "-f", str(haproxy_file(folder, collectors, port))]
    config = caddy_file(folder, collectors, port)
    return [program("caddy"), "run", "--adapter", "caddyfile", "--config", str(config)]


@contextmanager
def fronted(kind: str, settings: Settings, tmp_path: Path, free_port: FreePort, trusted: str) -> Iterator[Fronted]:
    port, collector = free_port(), free_port()
    arguments = command(kind, tmp_path / kind, [collector], port)
    chosen = replace(
        settings, sites={"example.com": "UTC"}, trusted_proxies=tuple(map(ipaddress.ip_network, trusted.split()))
    )
    environ = environ_of(chosen) | {"FOOTFALL_METRICS_TOKEN": TOKEN}
    transport = httpx2.HTTPTransport(local_address=CLIENT)
    with (
        serving(environ, collector, tmp_path / "collector.log") as served,
        running(arguments, tmp_path / kind, port),
        httpx2.Client(
            transport=transport,
            base_url=f"http://127.0.0.1:{port}",
            headers={"host": f"example.com:{port}" if kind == "caddy" else "example.com", "user-agent": FIREFOX},
            timeout=15,
        ) as http,
    ):
        yield Fronted(served, http, f"http://127.0.0.1:{port}", tmp_path / kind)


@pytest.fixture(params=KINDS)
def front(request: pytest.FixtureRequest, settings: Settings, tmp_path: Path, free_port: FreePort) -> Iterator[Fronted]:
    with fronted(request.param, settings, tmp_path, free_port, "127.0.0.1/32") as made:
        yield made


def seen(front: Fronted, **headers: str) -> dict[str, object]:
    """What the collector sees of a request through the site's own path."""
    answer = front.http.get("/api/f7c3", headers={"authorization": f"Bearer {TOKEN}"} | headers)
    assert answer.status_code == 200, answer.text
    found: dict[str, object] = answer.json()
    return found


def written(folder: Path) -> str:
    """All that the proxy wrote, but for its configuration."""
    files = [one for one in folder.rglob("*") if one.is_file() and one.suffix not in (".conf", ".cfg")]
    return "\n".join(one.read_text(errors="replace") for one in files if one.name != "Caddyfile")


def test_a_snippet_carries_events_under_the_sites_own_name(front: Fronted) -> None:
    script = front.http.get("/js/f7c3.js")
    assert script.status_code == 200
    assert "javascript" in script.headers["content-type"]
    assert front.http.get("/js/f7c3.js", headers={"if-none-match": script.headers["etag"]}).status_code == 304
    answer = front.http.post("/api/f7c3", content=json.dumps(EVENT))
    assert (answer.status_code, answer.json()) == (202, {"accepted": 1, "dropped": {}})
    pixel = front.http.get("/img/f7c3.gif", params={"site": "example.com", "pathname": "/plain"})
    assert (pixel.status_code, pixel.headers["content-type"]) == (200, "image/gif")
    for closed in ("/metrics", "/healthz", "/api/f7c3/more", "/demo"):
        assert "footfall" not in front.http.get(closed).text

    # The whole way: a forged header is passed by, and so are a country of the client's own and the site's cookie.
    plain = seen(front)
    assert (plain["address"], plain["peer"], plain["trusted"]) == (CLIENT, "127.0.0.1", True)
    forged = {name.decode(): "AQ" for name in COUNTRY_HEADERS}
    told = seen(front, **{"x-forwarded-for": "192.0.2.7, 192.0.2.8"}, **forged)
    assert (told["address"], told["country"]) == (CLIENT, "")

    # Bodies: the largest one gets through, a larger one does not.
    filler = {"props": {"filler": "x" * 400}}
    rows = [{"pathname": f"/{n}", "hostname": "example.com"} | filler for n in range(100)]
    large = json.dumps({"site": "example.com", "events": rows})
    assert 40_000 < len(large) < 65_536
    assert front.http.post("/api/f7c3", content=large).json()["accepted"] == 100
    assert front.http.post("/api/f7c3", content="x" * 70_000).status_code == 413

    # Nobody is written down: neither in a log of what went well, nor in one of what did not.
    front.served.process.terminate()
    front.served.process.wait(15)
    assert front.http.post("/api/f7c3", content=json.dumps(EVENT)).status_code in (502, 503, 504)
    time.sleep(0.5)  # logs are written after the answer
    said = written(front.folder)
    assert CLIENT not in said
    assert "/pricing" not in said
    assert "filler" not in said


def test_the_check_of_proxies_finds_nothing_here(front: Fronted) -> None:
    host = {"host": str(front.http.headers["host"])}
    import httpx

    transport = httpx.HTTPTransport(local_address=CLIENT)
    asked = ask(f"{front.url}/api/f7c3", TOKEN, httpx.Client(transport=transport, headers=host))
    assert [told for told in judge(asked, CLIENT) if not told.note] == []
    assert [told.cure for told in judge(asked, "192.0.2.1") if not told.note] != []


@pytest.mark.parametrize(
    ("trusted", "problem"),
    [("10.0.0.0/8", "all its visitors share 127.0.0.1"), ("0.0.0.0/0", "any client can choose its address")],
)
def test_the_check_of_proxies_finds_wrong_settings(
    settings: Settings, tmp_path: Path, free_port: FreePort, trusted: str, problem: str
) -> None:
    with fronted("nginx", settings, tmp_path, free_port, trusted) as front:
        asked = ask(f"{front.url}/api/f7c3", TOKEN)
        assert problem in next(told for told in judge(asked) if not told.note).problem


def test_nginx_control_without_the_snippets_lines_the_client_is_written_down(
    settings: Settings, tmp_path: Path, free_port: FreePort
) -> None:
    """Else the search above could not fail."""
    port, folder = free_port(), tmp_path / "nginx"
    config = nginx_files(folder, [free_port()], port)
    text = (folder / "pass.conf").read_text()
    (folder / "pass.conf").write_text(re.sub(r"^(access_log off|error_log /dev/null);", "", text, flags=re.M))
    transport = httpx2.HTTPTransport(local_address=CLIENT)
    with running(nginx_command(config), folder, port), httpx2.Client(transport=transport) as http:
        answer = http.post(f"http://127.0.0.1:{port}/api/f7c3", content="{}", headers={"host": "example.com"})
        assert answer.status_code == 502
        for name in ("access.log", "error.log"):
            wait_for(lambda name=name: CLIENT in (folder / name).read_text())


def test_nginx_over_tls(settings: Settings, tmp_path: Path, free_port: FreePort) -> None:
    """stats.conf: names of their own, HTTP sent on to HTTPS, events over TLS and HTTP/1.1."""
    plain, tls, collector, site, folder = free_port(), free_port(), free_port(), free_port(), tmp_path / "nginx"
    config = nginx_files(folder, [collector], site)
    subject = ["-subj", "/CN=stats.example.com", "-addext", "subjectAltName=DNS:stats.example.com,DNS:look.example.com"]
    files = ["-keyout", str(folder / "privkey.pem"), "-out", str(folder / "fullchain.pem")]
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *subject, *files],
        check=True,
        capture_output=True,
    )
    text = re.sub(r"/etc/letsencrypt/live/[a-z.]+", str(folder), (folder / "stats.conf").read_text())
    text = text.replace("listen 80;", f"listen 127.0.0.1:{plain};").replace("listen 443", f"listen 127.0.0.1:{tls}")
    (folder / "stats.conf").write_text(text)
    config.write_text(config.read_text().rstrip()[:-1] + f"include {folder}/stats.conf; }}")
    environ = environ_of(replace(settings, sites={"example.com": "UTC"}))
    trust = ssl.create_default_context(cafile=str(folder / "fullchain.pem"))
    names = {"sni_hostname": "stats.example.com"}
    with (
        serving(environ, collector, tmp_path / "collector.log"),
        running(nginx_command(config), folder, tls),
        httpx2.Client(verify=trust, headers={"host": "stats.example.com", "user-agent": FIREFOX}) as http,
    ):
        sent_on = http.get(f"http://127.0.0.1:{plain}/tracker.js")
        assert (sent_on.status_code, sent_on.headers["location"]) == (301, "https://stats.example.com/tracker.js")
        answer = http.post(f"https://127.0.0.1:{tls}/api/track", content=json.dumps(EVENT), extensions=names)
        assert answer.json() == {"accepted": 1, "dropped": {}}


@pytest.mark.parametrize("kind", KINDS)
def test_a_request_finds_the_collector_that_lives(
    kind: str, settings: Settings, tmp_path: Path, free_port: FreePort
) -> None:
    """One of two is away: no post fails, and it is used again when it is back."""
    port, living, away = free_port(), free_port(), free_port()
    arguments = command(kind, tmp_path / kind, [living, away], port)
    environ = environ_of(replace(settings, sites={"example.com": "UTC"}))
    host = f"example.com:{port}" if kind == "caddy" else "example.com"
    with (
        serving(environ, living, tmp_path / "one.log"),
        running(arguments, tmp_path / kind, port),
        httpx2.Client(base_url=f"http://127.0.0.1:{port}", headers={"host": host, "user-agent": FIREFOX}) as http,
    ):
        assert {http.post("/api/f7c3", content=json.dumps(EVENT)).status_code for _ in range(20)} == {202}
        with serving(environ | {"FOOTFALL_METRICS_TOKEN": TOKEN}, away, tmp_path / "two.log") as second:

            def used() -> bool:
                http.post("/api/f7c3", content=json.dumps(EVENT))
                text = second.http.get("/metrics", headers={"authorization": f"Bearer {TOKEN}"}).text
                return 'footfall_answers_total{status="202"}' in text

            wait_for(used, 20)


def test_every_snippet_takes_a_clients_word_on_its_country_away() -> None:
    for name in ("nginx/pass.conf", "Caddyfile", "haproxy.cfg"):
        text = (DEPLOY / name).read_text().lower()
        for header in COUNTRY_HEADERS:
            assert re.search(rf"(-|del-header |proxy_set_header ){header.decode()}\b", text), (name, header)
