"""Changes of rows against other days."""

from __future__ import annotations

from datetime import date

import pandas as pd

from explorer import earlier
from explorer.view import decode


def test_changes_go_by_keys() -> None:
    frame = pd.DataFrame({"from": ["/", "/a", "/b"], "to": ["/a", "/b", "/c"], "count": [20, 5, 3]})
    before = pd.DataFrame({"from": ["/a", "/"], "to": ["/b", "/a"], "count": [10, 16]})
    assert earlier.changes(frame, before, ["from", "to"], "count") == ["+25.0%", "−50.0%", "new"]
    assert earlier.changes(frame.head(1), before, ["to"], "count") == ["+25.0%"]


def test_told() -> None:
    view = decode({"period": ["7d"]}, "a.com", date(2026, 11, 25))
    assert earlier.told(view) == ["Changes are against 12–18 Nov 2026."]
    assert earlier.told(decode({"compare": ["none"]}, "a.com", date(2026, 11, 25))) == []
