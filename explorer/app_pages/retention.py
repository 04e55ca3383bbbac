"""The view in; cohorts of visitors and who of them came again out."""

from __future__ import annotations

from explorer import retention, welcome

if not welcome.shown():
    retention.show()
