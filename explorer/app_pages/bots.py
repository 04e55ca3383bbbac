"""The view in; humans, bots and AI agents apart, and a rule tried, out."""

from __future__ import annotations

from explorer import bots, welcome

if not welcome.shown():
    bots.show()
