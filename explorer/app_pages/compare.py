"""The view in; two segments side by side out."""

from __future__ import annotations

from explorer import compare, welcome

if not welcome.shown():
    compare.show()
