"""The view in; tiles, the series and cards of tables out. Also what a new site sees until its first event."""

from __future__ import annotations

from explorer import overview, welcome

if not welcome.shown():
    overview.show()
