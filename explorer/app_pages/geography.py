"""The view in; the map of countries and tables from country to city out."""

from __future__ import annotations

from explorer import geography, welcome

if not welcome.shown():
    geography.show()
