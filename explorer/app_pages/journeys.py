"""The view in; where visits go from page to page out."""

from __future__ import annotations

from explorer import journeys, welcome

if not welcome.shown():
    journeys.show()
