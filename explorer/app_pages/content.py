"""The view in; what is read, where visits begin and end out."""

from __future__ import annotations

from explorer import content, welcome

if not welcome.shown():
    content.show()
