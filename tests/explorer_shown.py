"""An opened page in; what it shows out: figures' traces, tables, tiles, lists, by the keys of their elements."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import explorer_site as site
import numpy as np
import pandas as pd
from streamlit.testing.v1 import AppTest

Trace = dict[str, Any]


class Shown:
    """What one run of a page shows."""

    def __init__(self, app: AppTest) -> None:
        assert not app.exception, app.exception
        assert not app.error, app.error
        self.app = app
        self.lists = site.lists(app)
        self.text = "\n".join(str(item.value) for item in (*app.markdown, *app.caption, *app.info, *app.subheader))
        self.text += "".join(f"\n{card['title']}\n{card['note']}" for card in site.cards(app))
        self.text += "".join(
            f"\n{data[name]}" for data in site.data_of(app) for name in ("told", "note") if name in data
        )
        self.tiles = site.tiles(app)

    def table(self, key: str) -> pd.DataFrame | None:
        """The table whose key begins so; one whose rows cannot be chosen tells no key: then its first column."""
        keyed = [item for item in self.app.dataframe if f"-{key}" in item.proto.id]
        found = keyed or [item for item in self.app.dataframe if not item.proto.id and item.value.columns[0] == key]
        assert len(found) < 2, key
        return found[0].value if found else None

    def figure(self, key: str) -> list[Trace]:
        """Traces of the chart with this key; none where there is no such chart."""
        found = site.figures(self.app).get(key, {"data": []})
        return [decoded(trace) for trace in found["data"]]

    def labels(self, kind: str) -> list[str]:
        """Labels of all elements of a kind."""
        return [item.label for item in self.app.get(kind)]

    def choice(self, key: str) -> Any:
        """What a list to choose from is set to."""
        return self.app.selectbox(key=key).value


def decoded(value: Any) -> Any:
    """Plotly's JSON with its packed numbers unpacked."""
    if isinstance(value, dict):
        if "bdata" in value:
            numbers = np.frombuffer(base64.b64decode(value["bdata"]), dtype=value["dtype"])
            shape = [int(size) for size in str(value.get("shape", len(numbers))).split(",")]
            return numbers.reshape(shape).tolist()
        return {name: decoded(each) for name, each in value.items()}
    return [decoded(each) for each in value] if isinstance(value, list) else value


def drawn(traces: list[Trace], name: str) -> dict[int, float]:
    """What a series shows by the number of its bar: whole bars, and those apart that are not."""
    found: dict[int, float] = {}
    for trace in _of(traces, name):
        found |= {int(x): y for x, y in zip(trace["x"], trace["y"], strict=True) if y is not None}
    return found


def _of(traces: list[Trace], name: str) -> Iterator[Trace]:
    """The series, and the traces without a legend that follow it."""
    held = False
    for trace in traces:
        if trace.get("showlegend") is not False:
            held = trace.get("name") == name
        if held:
            yield trace
