"""The view in; clicks, scroll depths and hours of the week as heat maps out."""

from __future__ import annotations

from explorer import heatmaps, welcome

if not welcome.shown():
    heatmaps.show()
