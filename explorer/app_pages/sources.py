"""The view in; where visits come from out."""

from __future__ import annotations

from explorer import sources, welcome

if not welcome.shown():
    sources.show()
