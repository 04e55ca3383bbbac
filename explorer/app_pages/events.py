"""The view in; custom events, goals and their conversion out."""

from __future__ import annotations

from explorer import events, welcome

if not welcome.shown():
    events.show()
