"""Known sites in; their list, script tags and a form for one more out."""

from __future__ import annotations

from explorer import sites

sites.show()
