"""A summary in, the same in Markdown out; and both in one e-mail. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from email.message import EmailMessage
from email.utils import formatdate, make_msgid

from explorer import labels, snapshot
from explorer.summary import Summary, filters_told, span

#: What makes more of a text than a text, in Markdown and in its tables.
_MARKS = re.compile(r"([\\`*_\[\]<>|#!~$&])")


def safe(text: str) -> str:
    """Anybody's text for Markdown, still to be read as it is by who reads the source."""
    return _MARKS.sub(r"\\\1", labels.plain(text, 200))


def markdown(summary: Summary) -> str:
    """Tiles, tables and notes as Markdown that shows visitors' texts and nothing more."""
    lines = [f"# {safe(summary.view.site)}", "", f"{span(summary.view)}, days of {summary.zone}", ""]
    lines += [f"- {safe(text)}" for text in filters_told(summary.view)]
    compared = summary.before is not None and summary.view.compared
    lines += [f"Change against {labels.span(*compared)}.", ""] if compared else [""]
    lines += ["| | | |", "| --- | ---: | ---: |"]
    lines += [f"| {tile.title} | {tile.value} | {tile.change} |" for tile in snapshot.tiles(summary)]
    for title, table in summary.tables.items():
        lines += ["", f"## {title}", "", f"| {title} | Visitors | Share |", "| --- | ---: | ---: |"]
        lines += [f"| {safe(each.name)} | {each.visitors:,} | {each.share * 100:.1f}% |" for each in table]
        if (left := summary.rest[title][0]) > 0:
            lines += ["", f"and {left:,} more"]
    lines += ["", *summary.notes, "", f"Made on {summary.made:%-d %b %Y, %H:%M} by Footfall."]
    return "\n".join(lines) + "\n"


def message(summary: Summary, sender: str, to: Sequence[str]) -> EmailMessage:
    """An e-mail with Markdown as its text and the page as its HTML."""
    mail = EmailMessage()
    visitors = next(tile.value for tile in snapshot.tiles(summary))
    mail["Subject"] = f"{labels.plain(summary.view.site)}: {visitors} visitors, {span(summary.view)}"
    mail["From"], mail["To"] = sender, ", ".join(to)
    mail["Date"], mail["Message-ID"] = formatdate(summary.made.timestamp()), make_msgid(domain="footfall.invalid")
    mail.set_content(markdown(summary))
    mail.add_alternative(snapshot.html(summary), subtype="html")
    return mail
