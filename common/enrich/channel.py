"""Category of the source, source, medium and campaign in; the name of the marketing channel out."""

from __future__ import annotations

import re
from typing import NamedTuple

from common.enrich.lists import rows


class _Rule(NamedTuple):
    channel: str
    category: str  #: "" fits any, like None below
    source: re.Pattern[str] | None
    medium: re.Pattern[str] | None
    campaign: re.Pattern[str] | None


def _pattern(cell: str) -> re.Pattern[str] | None:
    return re.compile(cell) if cell else None


_RULES = tuple(
    _Rule(row["channel"], row["category"], *(_pattern(row[name]) for name in ("source", "medium", "campaign")))
    for row in rows("channels")
)


def channel(category: str, source: str, medium: str, campaign: str) -> str:
    """The channel of the first rule that fits, and the last fits all; `source` is "" for a direct visit."""
    source, medium, campaign = source.lower(), medium.lower(), campaign.lower()
    return next(
        rule.channel
        for rule in _RULES
        if (not rule.category or rule.category == category)
        and (rule.source is None or rule.source.fullmatch(source))
        and (rule.medium is None or rule.medium.fullmatch(medium))
        and (rule.campaign is None or rule.campaign.fullmatch(campaign))
    )
