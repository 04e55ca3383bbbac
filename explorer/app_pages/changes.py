"""The view and what it is compared with in; what moved a metric out."""

from __future__ import annotations

from explorer import changes, welcome

if not welcome.shown():
    changes.show()
