"""The view in; what was dropped, who is no human, what waits to be rebuilt and how the collector is out."""

from __future__ import annotations

from explorer import health, welcome

if not welcome.shown():
    health.show()
