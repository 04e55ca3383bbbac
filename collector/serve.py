"""Settings in, a serving collector until it is told to stop."""

from __future__ import annotations

import contextlib
import logging
import socket

import click
import redis
import uvicorn

from collector.app import create_app
from collector.direct import protocol
from collector.garbage import look_seldom
from collector.sharding import refuse_fewer
from common import durability, store
from common.cluster import NoCluster
from common.known import all_sites
from common.priority import answer_first
from common.settings import Settings, load
from common.zones import Differing, differing

_log = logging.getLogger("footfall")


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
def command(host: str) -> None:
    """Accept events over HTTP and write them to Redis."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    settings = load()
    try:
        with socket.create_server((host, settings.collector_port)):
            pass
    except OSError as error:
        raise click.ClickException(
            f"port {settings.collector_port} cannot be opened ({error.strerror}): "
            "stop what uses it or set FOOTFALL_COLLECTOR_PORT to a free one"
        ) from error
    try:
        (settings.data / "journal").mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise click.ClickException(
            f"FOOTFALL_DATA={settings.data}: {error.strerror}; expected a folder that can be written to"
        ) from error
    _check_redis(settings)
    app = create_app(settings)
    look_seldom()
    answer_first()
    uvicorn.run(
        app,
        http=protocol(settings.trusted_proxies, app.track),
        host=host,
        port=settings.collector_port,
        access_log=False,  # it would hold addresses
        server_header=False,
        proxy_headers=False,  # forwarded addresses are judged by FOOTFALL_TRUSTED_PROXIES
        timeout_graceful_shutdown=2,  # the flusher then gets its DRAIN: together less than 5 s
        limit_concurrency=4_000,
        log_level="warning",
        ws="none",
    )


def _check_redis(settings: Settings) -> None:
    """Refuse a Redis that would lose figures without an error, say which zones differ from settings; without Redis the
    journal collects until it is back.
    """
    client, differs = store.connect(settings=settings, check=settings.redis_url is None), list[Differing]()
    fewer = list[str]()
    try:
        store.refuse_part(client, settings.redis_url or "")
        store.refuse_older(client)
        findings = durability.findings(client)
        with contextlib.suppress(redis.ResponseError):  # of a wrong type: its sites go on by settings
            differs = differing(settings, all_sites(client))
            fewer = refuse_fewer(client, settings)
    except store.OlderSchema:
        raise
    except NoCluster as error:
        raise store.explain(error, settings.redis_url or "") from error
    except redis.RedisError:
        _log.warning("Redis does not answer yet: events wait in the journal, visitors are over-counted meanwhile")
        return
    finally:
        client.close()
    for line in [*map(str, differs), *fewer]:
        _log.warning("%s", line)
    for finding in findings:
        if finding.fatal:
            raise click.ClickException(f"this Redis would lose data: {finding.problem}. Mend it: {finding.cure}")
        if not settings.accept_loss:
            _log.warning("this Redis can lose data: %s. Mend it: %s", finding.problem, finding.cure)
