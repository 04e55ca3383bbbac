"""A summary in, one HTML file out that needs nothing else: to send, to keep, to print, to show to the public. Pure."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from explorer import labels
from explorer.summary import Summary, bars, filters_told, span
from explorer.tiles import TILES, change

_WIDTH, _HEIGHT, _TICKS = 900.0, 180.0, 6


class Told(NamedTuple):
    """One tile."""

    title: str
    value: str
    change: str
    way: str  #: up for better, down for worse, "" for neither


def html(summary: Summary) -> str:
    """The page. All texts are escaped; it holds no script and asks nobody for anything."""
    compared = summary.view.compared if summary.before is not None else None
    return _template().render(
        site=labels.plain(summary.view.site),
        span=span(summary.view),
        zone=summary.zone,
        filters=[labels.plain(text, 200) for text in filters_told(summary.view)],
        tiles=tiles(summary),
        compared=labels.span(*compared) if compared else "",
        chart=_chart(summary),
        tables=summary.tables,
        rest=summary.rest,
        notes=summary.notes,
        made=f"{summary.made:%-d %b %Y, %H:%M} {summary.zone}",
    )


def tiles(summary: Summary) -> list[Told]:
    """The figures of the whole, with their change."""
    if not summary.told(float(summary.totals["visitors"])):
        return [Told("Visitors", f"fewer than {summary.floor}", "", "")]
    found = []
    for tile in TILES:
        now = float(summary.totals[tile.metric])
        before = None if summary.before is None else float(summary.before[tile.metric])
        text = change(tile, now, before) if before is not None and summary.told(before) else None
        better = (text or "").startswith("+") == (tile.better == "normal")
        found.append(Told(tile.title, tile.show(now), text or "", ("up" if better else "down") if text else ""))
    return found


def _chart(summary: Summary) -> dict[str, Any]:
    """Places of the bars in a drawing of 900 by 180."""
    told = bars(summary)
    most = max([visitors or 0.0 for _, visitors in told], default=0.0) or 1.0
    step = _WIDTH / max(len(told), 1)
    running = len(told) - 1 if summary.view.end >= summary.made.date() else -1
    drawn = []
    for place, (title, visitors) in enumerate(told):
        height = round((visitors if visitors is not None else most * 0.02) / most * (_HEIGHT - 16), 1)
        said = (
            f"{visitors:,.0f} visitors{' so far' if place == running else ''}"
            if visitors is not None
            else f"fewer than {summary.floor} visitors"
        )
        drawn.append(
            {
                "x": round(place * step + step * 0.12, 1),
                "y": round(_HEIGHT - height, 1),
                "width": round(step * 0.76, 1),
                "height": height,
                "title": f"{title}: {said}",
                "cut": visitors is None or place == running,
            }
        )
    every = -(-len(told) // _TICKS) or 1
    ticks = [{"x": round(place * step, 1), "text": told[place][0]} for place in range(0, len(told), every)]
    return {"width": _WIDTH, "height": _HEIGHT, "bars": drawn, "ticks": ticks, "most": f"{most:,.0f}"}


@cache
def _template() -> Template:
    loader = FileSystemLoader(Path(__file__).parent / "templates")
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True).get_template(
        "snapshot.html"
    )
