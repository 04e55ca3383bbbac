"""The view in; devices, browsers, systems, screens and languages out."""

from __future__ import annotations

from explorer import parts
from explorer.page import page

_NAME = "technology"
TABS = {"device": "Devices", "browser": "Browsers", "os": "Systems", "screen": "Screens", "language": "Languages"}


def show() -> None:
    """One of the tabs: chart and table."""
    with page("Technology", "What visitors see the site with.") as answers:
        parts.explored(answers, parts.switch(_NAME, TABS, "device", "Technology"), _NAME)
