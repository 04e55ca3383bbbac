"""Traffic and a view in, the figures of a page to send around out. With a floor, small groups are not told."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pandas as pd

from common.events import PAGEVIEW
from common.frames import Traffic
from explorer import labels
from explorer.filters import reads
from explorer.view import View

#: What a page shows: title -> dimension.
TABLES = {
    "Pages": "page",
    "Sources": "source",
    "Channels": "channel",
    "Countries": "country",
    "Devices": "device",
    "Browsers": "browser",
    "Events": "event",
}
ROWS = 10
#: Metrics of the tiles, as `Traffic.totals` names them.
TILES = ("visitors", "visits", "pageviews", "views_per_visit", "bounce_rate", "visit_duration")


class Line(NamedTuple):
    """A row of a table as it is told."""

    name: str
    visitors: int
    share: float  #: of all visitors, 0-1
    width: float  #: of the widest bar, 0-1


class Summary(NamedTuple):
    """Everything a page to send around says."""

    view: View
    zone: str
    made: datetime
    totals: pd.Series
    before: pd.Series | None
    series: pd.DataFrame
    tables: dict[str, list[Line]]
    floor: int
    rest: dict[str, tuple[int, int]]  #: by table, rows and visitors that are not listed
    notes: list[str]

    def told(self, visitors: float) -> bool:
        """Whether a group is large enough to be told."""
        return visitors >= self.floor


def summary(traffic: Traffic, view: View, now: float, floor: int = 0, rows: int = ROWS) -> Summary:
    """Ask for all of it. Raises as `Traffic` does."""
    start, end = view.start, view.end
    totals = traffic.totals(start, end, where=view.where)
    before = traffic.totals(*view.compared, where=view.where) if view.compared and _covered(traffic, view) else None
    series = traffic.series(start, end, grain=view.bars, where=view.where)
    tables, rest = {}, {}
    for title, dimension in TABLES.items():
        frame = traffic.breakdown(dimension, start, end, where=view.where)
        if dimension == "event":
            frame = frame[frame["event"] != PAGEVIEW]
        lines, left = _lines(frame, dimension, float(totals["visitors"]), floor, rows)
        if lines:
            tables[title], rest[title] = lines, left
    moment = datetime.fromtimestamp(now, ZoneInfo(traffic.zone))
    return Summary(
        view, traffic.zone, moment, totals, before, series, tables, floor, rest, _notes(totals.attrs, view, floor)
    )


def _covered(traffic: Traffic, view: View) -> bool:
    first = traffic.first_day()
    return first is not None and view.compared is not None and first <= view.compared[0]


def _lines(
    frame: pd.DataFrame, dimension: str, everyone: float, floor: int, rows: int
) -> tuple[list[Line], tuple[int, int]]:
    """The first rows that may be told, and how many rows and visitors are left."""
    large = frame[frame["visitors"] >= floor] if floor else frame
    shown = large.head(rows)
    widest = max(float(shown["visitors"].max()), 1.0) if len(shown) else 1.0
    lines = [
        Line(
            labels.plain(labels.value(dimension, str(text)), 120),
            int(visitors),
            float(visitors) / max(everyone, 1.0),
            float(visitors) / widest,
        )
        for text, visitors in zip(shown[dimension], shown["visitors"], strict=True)
    ]
    return lines, (len(frame) - len(shown), int(frame["visitors"].sum() - shown["visitors"].sum()))


def _notes(attrs: Any, view: View, floor: int) -> list[str]:
    told = ["Visitors are distinct within a day; several days are summed, since nothing links two of them."]
    if view.filters:
        told.append("Under the filters above.")
    if attrs.get("missing"):
        told.append(f"Not complete: raw events of {len(attrs['missing'])} days are gone.")
    if floor:
        told.append(f"Groups of fewer than {floor} visitors are not told.")
    return told


def filters_told(view: View) -> list[str]:
    """The view's filters in words."""
    return [f"{title}{f' {words} ' if words else ': '}{shown}" for title, words, shown in map(reads, view.filters)]


def span(view: View) -> str:
    """The days in words."""
    return labels.span(view.start, view.end)


def bars(summary: Summary) -> list[tuple[str, float | None]]:
    """Label and visitors of each bar; None for one that may not be told."""
    form = {"15min": "%-d %b %H:%M", "hour": "%-d %b %H:%M", "month": "%b %Y"}.get(summary.view.bars, "%-d %b %Y")
    return [
        (time.strftime(form), float(visitors) if visitors == 0 or summary.told(visitors) else None)
        for time, visitors in zip(summary.series["time"], summary.series["visitors"], strict=True)
    ]


def last_whole(every: str, today: date) -> tuple[date, date]:
    """First and last day of the day, week (Monday to Sunday) or month before today's."""
    one = pd.Timestamp(today)
    if every == "day":
        first = last = one - pd.Timedelta(days=1)
    elif every == "week":
        last = one - pd.Timedelta(days=one.weekday() + 1)
        first = last - pd.Timedelta(days=6)
    elif every == "month":
        last = one.replace(day=1) - pd.Timedelta(days=1)
        first = last.replace(day=1)
    else:
        raise ValueError(f"every={every!r}: expected day, week or month")
    return first.date(), last.date()
