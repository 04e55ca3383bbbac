"""The view in; its visits out, each with its timeline."""

from __future__ import annotations

from explorer import visits, welcome

if not welcome.shown():
    visits.show()
