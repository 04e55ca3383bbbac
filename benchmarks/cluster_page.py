"""Lines and the name of a table in, the same between its marks in docs/scaling.md out."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

PAGE = Path(__file__).parent.parent / "docs" / "scaling.md"


def replaced(page: str, name: str, lines: Iterable[str]) -> str:
    """The page with these lines in place of its own. Raises ValueError where it has no such marks."""
    head, begin, rest = page.partition(f"<!-- {name} -->\n")
    _, end, tail = rest.partition(f"<!-- end of {name} -->")
    if not end:
        raise ValueError(f"no table {name}")
    return "".join([head, begin, *(f"{line}\n" for line in lines), end, tail])


def put(name: str, lines: Iterable[str]) -> None:
    """Write it."""
    PAGE.write_text(replaced(PAGE.read_text(), name, lines))
