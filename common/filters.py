"""`where` in, checked lists of values by dimension and operator out; and what an operator says of a value."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from common.events import CLASSES, EVENT_DIMENSIONS, PATH_DIMENSIONS, VISIT_DIMENSIONS

Where = Mapping[str, str | Sequence[str]]
#: What may stand behind a dimension, as in `page__contains`; without one a value is one of those given.
OPERATORS = ("not", "contains", "not_contains", "matches", "not_matches")
_KNOWN = {*EVENT_DIMENSIONS, *PATH_DIMENSIONS, *VISIT_DIMENSIONS, "class"}
#: What RE2, in which databases match, has not.
_NOT_RE2 = re.compile(r"\(\?(?:=|!|<=|<!|\()|\\[1-9]|\(\?P=")


def split(key: str) -> tuple[str, str]:
    """`page__contains` as ("page", "contains"); ("page", "") where there is no operator."""
    dimension, _, operator = key.rpartition("__")
    return (dimension, operator) if dimension and operator in OPERATORS else (key, "")


def normalise(where: Where | None) -> dict[str, list[str]]:
    """Every filter as a list of values, `class` always named; raises ValueError naming what is wrong."""
    chosen: dict[str, list[str]] = {}
    for key, values in (where or {}).items():
        dimension, operator = split(key)
        if dimension not in _KNOWN and not dimension.startswith("prop:"):
            raise ValueError(f"where: unknown dimension {key!r}, expected one of {', '.join(sorted(_KNOWN))}")
        if dimension == "class" and operator:
            raise ValueError(f"where: {key}: a class is named as it is, class='bot' or a list")
        chosen[key] = _texts(key, values)
        if operator.endswith("matches"):
            for pattern in chosen[key]:
                _check_pattern(key, pattern)
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


def _check_pattern(key: str, pattern: str) -> None:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"where: {key}={pattern!r} is no regular expression: {error}") from error
    if _NOT_RE2.search(pattern):
        raise ValueError(f"where: {key}={pattern!r}: look-around and back-references are not known here")


def is_plain(where: Mapping[str, list[str]]) -> list[str] | None:
    """The classes, when nothing else is filtered: rollups answer that; else None."""
    return where["class"] if len(where) == 1 else None


def chooses_events(key: str) -> bool:
    """Whether a filter on this dimension chooses events; the others choose visits."""
    dimension, _ = split(key)
    return dimension in EVENT_DIMENSIONS or dimension.startswith("prop:")


def holds_of(key: str, values: Sequence[str]) -> Callable[[str], bool]:
    """What a filter says of a value as it is shown: any of `values` for is, contains, matches; none for the others.

    `contains` does not mind case. A regular expression may match anywhere in the value.
    """
    _, operator = split(key)
    positive = operator.removeprefix("not").removeprefix("_")
    if positive == "contains":
        lowered = [value.lower() for value in values]
        found: Callable[[str], bool] = lambda text: any(part in text.lower() for part in lowered)  # noqa: E731
    elif positive == "matches":
        patterns = [re.compile(value) for value in values]
        found = lambda text: any(pattern.search(text) for pattern in patterns)  # noqa: E731
    else:
        among = frozenset(values)
        found = among.__contains__
    return (lambda text: not found(text)) if operator.startswith("not") else found
