"""A question in; its answer over the days that are compared with, where these are wholly there, and changes, out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import pandas as pd

from explorer import labels, table_rows
from explorer.data import Answers
from explorer.view import View


def asked(answers: Answers, name: str, **options: Any) -> pd.DataFrame | None:
    """The answer; None where nothing is compared, or where some of those days have no data (any more)."""
    if not covers(answers.first_day(), answers.view):
        return None
    found: pd.DataFrame | None = answers.compared(name, **options)
    return found if found is not None and found.attrs.get("complete", True) else None


def changes(frame: pd.DataFrame, before: pd.DataFrame, keys: Sequence[str], metric: str) -> list[str]:
    """For each row how a count has changed since the row of the same keys: `+12.3%`, `new`."""
    old = before.set_index(list(keys))[metric].to_dict()
    names = frame[list(keys)].itertuples(index=False, name=None)
    return [
        table_rows.change(float(now), float(old.get(name if len(keys) > 1 else name[0], 0)), "visitors")
        for now, name in zip(frame[metric], names, strict=True)
    ]


def told(view: View) -> list[str]:
    """Which days changes are against."""
    return [f"Changes are against {labels.span(*view.compared)}."] if view.compared else []


def covers(first: date | None, view: View) -> bool:
    """Whether what is compared with lies wholly in days that can answer."""
    return first is not None and view.compared is not None and first <= view.compared[0]
