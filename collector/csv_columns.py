"""`FIELD=COLUMN,...` and a CSV's header in, what each of its columns holds out, whatever they are called. Pure.

Fields may be called as people call them (`visitor`, `event`, `page`) or as an events-csv calls them (`user_id`, `name`,
`pathname`).
"""

from __future__ import annotations

from collections.abc import Sequence

#: Field as `--columns` calls it -> the column of an events-csv that holds it.
FIELDS = {
    "timestamp": "timestamp",
    "visitor": "user_id",
    "event": "name",
    "page": "pathname",
    "hostname": "hostname",
    "referrer": "referrer",
    "source": "referrer_source",
    "channel": "channel",
    "country": "country_code",
    "region": "subdivision1_code",
    "city": "city",
    "language": "language",
    "device": "screen_size",
    "browser": "browser",
    "os": "operating_system",
    **{name: name for name in ("utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term")},
    "revenue": "revenue_source_amount",
    "currency": "revenue_source_currency",
}
_KNOWN = {**FIELDS, **{column: column for column in FIELDS.values()}}
#: What no line can do without.
_NEEDED = ("timestamp", "visitor")


def named(text: str, header: Sequence[str]) -> list[str]:
    """For each column of the header what it holds: a column of an events-csv, `prop:KEY`, or "" for nothing.

    Columns that have such a name already hold what it says, unless the field is named otherwise. Raises ValueError.
    """
    chosen = {_place(column, header): field for field, column in _pairs(text, header)}
    taken = set(chosen.values())
    held = [
        chosen.get(place, _KNOWN[name] if name in _KNOWN and _KNOWN[name] not in taken else "")
        for place, name in enumerate(header)
    ]
    for field in _NEEDED:
        if FIELDS[field] not in held:
            raise ValueError(f"no column holds {field}; add {field}=COLUMN, one of {', '.join(header)}")
    doubled = [name for name in dict.fromkeys(held) if name and held.count(name) > 1]
    if doubled:
        raise ValueError(f"{doubled[0]} is held by two columns")
    return held


def _pairs(text: str, header: Sequence[str]) -> list[tuple[str, str]]:
    """Fields and columns. `name=event` is read as `event=name` where only that names a field and a column."""
    pairs: list[tuple[str, str]] = []
    for each in filter(None, (part.strip() for part in text.split(","))):
        left, sign, right = (part.strip() for part in each.partition("="))
        if not sign or not left or not right:
            raise ValueError(f"{each!r}: expected FIELD=COLUMN")
        if right not in header and left in header and _field(right):
            left, right = right, left
        field = _field(left)
        if field is None:
            raise ValueError(f"unknown field {left!r}: expected one of {', '.join(FIELDS)} or prop:KEY")
        if field in {known for known, _ in pairs}:
            raise ValueError(f"{left} is named twice")
        pairs.append((field, right))
    return pairs


def _field(name: str) -> str | None:
    return _KNOWN.get(name) or (name if name.startswith("prop:") and len(name) > len("prop:") else None)


def _place(column: str, header: Sequence[str]) -> int:
    if column not in header:
        raise ValueError(f"no column {column!r}; the first line names {', '.join(header)}")
    return list(header).index(column)
