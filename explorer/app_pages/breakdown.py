"""The view in; one dimension with all its metrics out, to sort and to take along as CSV."""

from __future__ import annotations

from explorer import breakdowns, welcome

if not welcome.shown():
    breakdowns.show()
