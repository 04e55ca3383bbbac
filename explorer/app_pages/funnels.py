"""The view and steps in; how many visitors reach each of them out."""

from __future__ import annotations

from explorer import funnels, welcome

if not welcome.shown():
    funnels.show()
