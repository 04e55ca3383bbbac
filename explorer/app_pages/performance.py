"""The view in; web vitals and errors out."""

from __future__ import annotations

from explorer import performance, welcome

if not welcome.shown():
    performance.show()
