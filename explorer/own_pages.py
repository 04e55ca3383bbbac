"""A folder in, its `.py` files as pages of the explorer out: `FOOTFALL_PAGES`, else `pages` in the data folder.

A page has the same filters, address and frames as the built-in ones:

    '''How readers of the blog go on.'''
    from explorer.page import page
    with page("Readers") as answers:
        st.dataframe(answers.ask("breakdown", dimension="exit_page"))
"""

from __future__ import annotations

import ast
import os
import re
import runpy
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from common.settings import SettingError, Settings
from explorer import welcome

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,40}", re.IGNORECASE)
MOST = 40


class Own(NamedTuple):
    """One page of one's own."""

    path: Path
    title: str
    url: str

    def run(self) -> None:
        """The file, where there is something to show. Its errors are shown as any page's."""
        if not welcome.shown():
            runpy.run_path(str(self.path), run_name="__main__")

    def callable(self) -> Callable[[], None]:
        """`run` under a name of its own, as pages need."""

        def page() -> None:
            self.run()

        page.__name__ = f"own_{self.url}"
        return page


def folder(settings: Settings, environ: Mapping[str, str] = os.environ) -> Path:
    """Where they lie; raises `SettingError` where FOOTFALL_PAGES is no folder."""
    chosen = environ.get("FOOTFALL_PAGES")
    if chosen and not Path(chosen).is_dir():
        raise SettingError(f"FOOTFALL_PAGES={chosen}: no such folder")
    return Path(chosen) if chosen else settings.data / "pages"


def found(where: Path) -> list[Own]:
    """The pages of a folder by file name; files that begin with _ are none."""
    paths = sorted(where.glob("*.py")) if where.is_dir() else []
    fitting = [path for path in paths if _NAME.fullmatch(path.stem)]
    return [Own(path.resolve(), title(path), f"own_{path.stem.lower()}") for path in fitting[:MOST]]


def title(path: Path) -> str:
    """What the menu calls a page: its first line where that is a short text, else the file's name."""
    try:
        told = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    except (OSError, SyntaxError, ValueError):
        told = ""
    line = told.partition("\n")[0].strip().rstrip(".")
    return line if 0 < len(line) <= 40 else path.stem.replace("_", " ").replace("-", " ").capitalize()
