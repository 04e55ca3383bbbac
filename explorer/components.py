"""A script among our assets in; a component of Streamlit's second kind out.

Its files are served by the explorer itself, as its policy wants: scripts written out in Python would come as blobs,
which it refuses. No text of a visitor becomes markup in any of them.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import streamlit as st
from streamlit.components.v2.get_bidi_component_manager import get_bidi_component_manager
from streamlit.components.v2.manifest_scanner import ComponentConfig, ComponentManifest

HERE = Path(__file__).parent


def component(name: str, css: str | None = None) -> Callable[..., Any]:
    """The component of `assets/NAME.js`, told to the runtime of this script once. Its style is one of the assets, and
    in the page's own tree, not in a shadow: styles name their own class.
    """
    package = f"footfall_{name}"
    qualified = f"{package}.{name}"
    manager = get_bidi_component_manager()
    if manager.get_component_asset_root(qualified) is None:
        found = ComponentConfig(name=name, asset_dir="assets")
        manager.register_from_manifest(ComponentManifest(package, "1", [found]), HERE)
    made = st.components.v2.component(qualified, js=f"{name}.js", css=css, isolate_styles=False)
    return cast("Callable[..., Any]", made)
