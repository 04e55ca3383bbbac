"""Rows of a table in, a list with bars out whose rows can be chosen: drawn in a tenth of the time a grid takes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

import streamlit as st

from explorer.components import component


class Row(NamedTuple):
    """One row: its name as shown and whole, its share of the widest bar in per cent, and the other cells."""

    name: str
    full: str
    share: float
    cells: Sequence[str]


def show(
    columns: Sequence[str], rows: Sequence[Row], label: str, key: str, chosen: Callable[[int], None], hint: str = ""
) -> None:
    """Draw the rows. `chosen` is called with the number of one, before the script runs again."""
    data = {"columns": list(columns), "rows": [row._asdict() for row in rows], "label": label, "hint": hint}
    component("rows", "lists.css")(key=key, data=data, on_chosen_change=partial(_chosen, key, chosen))


def _chosen(key: str, chosen: Callable[[int], None]) -> None:
    number = getattr(st.session_state.get(key), "chosen", None)
    if isinstance(number, int) and number >= 0:
        chosen(number)
