"""`where` in, checked lists of values by dimension out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from common.events import CLASSES, EVENT_DIMENSIONS, PATH_DIMENSIONS, VISIT_DIMENSIONS

Where = Mapping[str, str | Sequence[str]]
_KNOWN = {*EVENT_DIMENSIONS, *PATH_DIMENSIONS, *VISIT_DIMENSIONS, "class"}


def normalise(where: Where | None) -> dict[str, list[str]]:
    """Every filter as a list of values, `class` always named; raises ValueError naming an unknown dimension."""
    chosen: dict[str, list[str]] = {}
    for dimension, values in (where or {}).items():
        if dimension not in _KNOWN and not dimension.startswith("prop:"):
            raise ValueError(f"where: unknown dimension {dimension!r}, expected one of {', '.join(sorted(_KNOWN))}")
        chosen[dimension] = _texts(dimension, values)
    for name in chosen.setdefault("class", ["human"]):
        if name not in CLASSES:
            raise ValueError(f"where: class={name!r}, expected one of {', '.join(CLASSES)}")
    return chosen


def _texts(dimension: str, values: object) -> list[str]:
    texts = []
    for value in [values] if isinstance(values, str) or not isinstance(values, Iterable) else values:
        if not isinstance(value, str):
            raise ValueError(f"where: {dimension}={value!r}, expected text or a list of texts")
        texts.append(value)
    return texts


def is_plain(where: Mapping[str, list[str]]) -> list[str] | None:
    """The classes, when nothing else is filtered: rollups answer that; else None."""
    return where["class"] if len(where) == 1 else None


def chooses_events(dimension: str) -> bool:
    """Whether a filter on this dimension chooses events; the others choose visits."""
    return dimension in EVENT_DIMENSIONS or dimension.startswith("prop:")
