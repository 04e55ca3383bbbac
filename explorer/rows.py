"""Rows of a table in, a list with bars out whose rows can be chosen: drawn in a tenth of the time a grid takes.

A component of Streamlit's second kind. Its files are served by the explorer itself, as its policy wants; no text of
a visitor becomes markup.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, cast

import streamlit as st
from streamlit.components.v2.get_bidi_component_manager import get_bidi_component_manager
from streamlit.components.v2.manifest_scanner import ComponentConfig, ComponentManifest

HERE = Path(__file__).parent
_PACKAGE, _NAME = "footfall", "rows"
_QUALIFIED = f"{_PACKAGE}.{_NAME}"
#: In the page's own tree and not in a shadow: styles name their own class.
_FILES: dict[str, Any] = {"js": "rows.js", "css": "rows.css", "isolate_styles": False}


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
    _component()(key=key, data=data, on_chosen_change=partial(_chosen, key, chosen))


def _chosen(key: str, chosen: Callable[[int], None]) -> None:
    number = getattr(st.session_state.get(key), "chosen", None)
    if isinstance(number, int) and number >= 0:
        chosen(number)


def _component() -> Callable[..., Any]:
    """The component, told to the runtime of this script once; a test makes a new one for each of its own."""
    manager = get_bidi_component_manager()
    if manager.get_component_asset_root(_QUALIFIED) is None:
        component = ComponentConfig(name=_NAME, asset_dir="assets")
        manager.register_from_manifest(ComponentManifest(_PACKAGE, "1", [component]), HERE)
    return cast("Callable[..., Any]", st.components.v2.component(_QUALIFIED, **_FILES))
