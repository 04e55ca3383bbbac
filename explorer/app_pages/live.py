"""The view's filters in; who is there now, where from, and the events as they come in out."""

from __future__ import annotations

from explorer import live_page, welcome

if not welcome.shown():
    live_page.show()
