"""A site and days in; its page as file or e-mail, or a word on an unusual hour out: `report`, `snapshot`, `alerts`."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import date
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from pathlib import Path

import click
import pandas as pd

from common.frames import Traffic
from common.saved import ALERT, Saved
from common.settings import load, site_name
from explorer import alerting, report, snapshot
from explorer.endpoints import Refused, where
from explorer.mail import MailError, Post
from explorer.summary import Summary, last_whole, summary
from explorer.view import CUSTOM, PERIODS, View, days_of, decode_filter

_SITE = click.option("--site", required=True, help="The site.")
_FILTER = click.option("--filter", "filters", multiple=True, help="DIMENSION:VALUE, as in addresses; several hold all.")
_TO = click.option("--to", default="", help="Addresses to mail it to, with commas between.")
_FLOOR = click.option("--floor", default=0, show_default=True, help="Leave out groups of fewer visitors.")
_PERIODS = [name for name in PERIODS if name != CUSTOM]


def viewed(site: str, start: date, end: date, filters: Sequence[str], period: str = CUSTOM) -> View:
    """The view that options name; raises click's error naming a bad filter."""
    try:
        where(filters)
    except Refused as error:
        raise click.UsageError(f"--filter: {error}") from None
    chosen = tuple(found for found in map(decode_filter, filters) if found)
    return View(site, period, start, end, chosen)


@click.command(name="report")
@_SITE
@click.option(
    "--every",
    type=click.Choice(["day", "week", "month"]),
    default="week",
    show_default=True,
    help="The last whole day, week (from Monday) or month.",
)
@_FILTER
@_TO
@_FLOOR
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="A file, .md or .html; without: printed.")
def report_command(site: str, every: str, filters: tuple[str, ...], to: str, floor: int, out: Path | None) -> None:
    """Tell what the last week was like: by e-mail, to a file, or here. For cron or a systemd timer."""
    traffic = Traffic(site=site_name(site), settings=load())
    post = Post.load() if to else None  # a bad setting is told before anything is counted
    start, end = last_whole(every, traffic.today())
    made = summary(traffic, viewed(traffic.site, start, end, filters), time.time(), floor)
    if post is not None:
        _send(post, report.message(made, post.sender, _addresses(to)))
        click.echo(f"sent to {to}", err=True)
    if out is not None:
        write(made, out)
    elif post is None:
        click.echo(report.markdown(made))


@click.command(name="snapshot")
@_SITE
@click.option("--period", type=click.Choice(_PERIODS), default="28d", show_default=True)
@click.option("--from", "start", type=click.DateTime(["%Y-%m-%d"]), help="First day, in place of a period.")
@click.option("--until", "end", type=click.DateTime(["%Y-%m-%d"]), help="Last day.")
@_FILTER
@_FLOOR
@click.argument("out", type=click.Path(path_type=Path, dir_okay=False))
def snapshot_command(
    site: str, period: str, start: pd.Timestamp | None, end: pd.Timestamp | None, filters: tuple[str, ...],
    floor: int, out: Path,
) -> None:  # fmt: skip
    """Write one HTML (or Markdown) file of a view that needs nothing else, to send around."""
    traffic = Traffic(site=site_name(site), settings=load())
    first, last = days_of(period, traffic.today())
    if start is not None:
        first, last, period = start.date(), (end or start).date(), CUSTOM
    if first > last:
        raise click.UsageError(f"--from={first} lies after --until={last}")
    write(summary(traffic, viewed(traffic.site, first, last, filters, period), time.time(), floor), out)


@click.command(name="alerts")
@_SITE
@click.option(
    "--metric", type=click.Choice(["visitors", "visits", "pageviews", "events"]), default="visitors", show_default=True
)
@_FILTER
@click.option("--spike", default=100.0, show_default=True, help="Per cent above what is usual.")
@click.option("--drop", default=50.0, show_default=True, help="Per cent below what is usual.")
@click.option("--least", default=alerting.LEAST, show_default=True, help="Hours with fewer wake nobody.")
@_TO
def alerts_command(
    site: str, metric: str, filters: tuple[str, ...], spike: float, drop: float, least: float, to: str
) -> None:  # fmt: skip
    """Compare the last whole hour with the same hour of the weekday in the eight weeks before. To run every hour.

    What was told is not told again until it is over.
    """
    traffic = Traffic(site=site_name(site), settings=load())
    post = Post.load() if to else None
    now = pd.Timestamp(time.time(), unit="s", tz="UTC").tz_convert(traffic.zone)
    view = viewed(traffic.site, (now - pd.Timedelta(weeks=alerting.WEEKS)).date(), now.date(), filters)
    hours = traffic.series(view.start, view.end, grain="hour", where=view.where)
    first = traffic.first_day()
    if first is not None:  # hours before there was anything to count are not what is usual
        hours = hours[hours["time"] >= pd.Timestamp(first, tz=traffic.zone)]
    finding = alerting.find(hours, metric, now, spike, drop, least)
    text = alerting.told(traffic.site, metric, finding)
    click.echo(text)
    if post is not None and news(Saved(traffic.client, traffic.site), metric, filters, finding):
        _send(post, _mail(text, post.sender, _addresses(to)))
        click.echo(f"sent to {to}", err=True)


def news(saved: Saved, metric: str, filters: Sequence[str], finding: alerting.Finding) -> bool:
    """Whether a finding is another than the last one that was told; remembers it."""
    name = f"{metric} {' '.join(filters)}"[:100].strip()
    last = saved.all(ALERT).get(name, {}).get("kind", "usual")
    if finding.kind in ("unknown", last):
        return False
    saved.put(ALERT, name, {"metric": metric, "kind": finding.kind, "hour": finding.hour.isoformat()})
    return True


def write(made: Summary, out: Path) -> None:
    """By the file's ending: Markdown, else HTML."""
    text = report.markdown(made) if out.suffix == ".md" else snapshot.html(made)
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise click.ClickException(f"{out}: {error.strerror}") from error
    click.echo(f"written to {out}", err=True)


def _addresses(text: str) -> list[str]:
    found = [part.strip() for part in text.split(",") if part.strip()]
    if bad := [address for address in found if "@" not in address or " " in address]:
        raise click.UsageError(f"--to: {bad[0]!r} is no address, expected ann@example.com")
    return found


def _mail(text: str, sender: str, to: Sequence[str]) -> EmailMessage:
    mail = EmailMessage()
    mail["Subject"], mail["From"], mail["To"] = text[:150], sender, ", ".join(to)
    mail["Date"], mail["Message-ID"] = formatdate(), make_msgid(domain="footfall.invalid")
    mail.set_content(f"{text}\n")
    return mail


def _send(post: Post, mail: EmailMessage) -> None:
    try:
        post.send(mail)
    except MailError as error:
        raise click.ClickException(str(error)) from error
