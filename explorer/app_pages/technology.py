"""The view in; what visitors see the site with out."""

from __future__ import annotations

from explorer import technology, welcome

if not welcome.shown():
    technology.show()
