"""The view and a definition of a bounce in; its rate over time out."""

from __future__ import annotations

from explorer import engagement, welcome

if not welcome.shown():
    engagement.show()
