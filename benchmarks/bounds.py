"""Every key that is promised, with its bound and the part that measures it; a table of figures against them out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

#: Modules that measure, in the order in which they run; each has `measure(quick)`.
PARTS = ("ingest", "workers", "latency", "commands", "importing", "dashboard", "life", "tracker", "explorer", "curves")


class Bound(NamedTuple):
    """What a figure has to be: at least so much, or at most."""

    part: str
    value: float
    at_most: bool = False

    def holds(self, figure: float) -> bool:
        """Whether a figure is within it."""
        return figure <= self.value if self.at_most else figure >= self.value

    def __str__(self) -> str:
        return f"{'≤' if self.at_most else '≥'} {self.value:,g}"


BOUNDS = {
    "ingest_batch_vs_bare": Bound("ingest", 0.55),
    "ingest_single_vs_bare": Bound("ingest", 0.65),
    "ingest_vs_naive": Bound("ingest", 8),
    "ingest_workers_2_vs_1": Bound("workers", 0.9),
    "ack_p99_vs_bare": Bound("latency", 5, at_most=True),
    "commands_per_event_1m_h": Bound("commands", 0.002, at_most=True),
    "commands_idle_hour": Bound("commands", 10, at_most=True),
    "commands_month_busy": Bound("commands", 480_000, at_most=True),
    "import_vs_goaccess": Bound("importing", 2),
    "year_1m_vs_duckdb": Bound("dashboard", 5),
    "year_5m_vs_duckdb": Bound("dashboard", 25),
    "year_growth_1m_5m": Bound("dashboard", 1.3, at_most=True),
    "where3_vs_duckdb": Bound("life", 1.5, at_most=True),
    "redis_bytes_per_raw_event": Bound("life", 50, at_most=True),
    "parquet_bytes_per_event": Bound("life", 15, at_most=True),
    "rollup_mb_year": Bound("life", 6, at_most=True),
    "collector_rss_mb": Bound("ingest", 150, at_most=True),
    "tracker_core_gzip": Bound("tracker", 1_000, at_most=True),
    "tracker_full_gzip": Bound("tracker", 2_200, at_most=True),
    "explorer_rerun_vs_plain": Bound("explorer", 2, at_most=True),
    "explorer_first_page_vs_plain": Bound("explorer", 1.5, at_most=True),
    "explorer_year_cold_s": Bound("explorer", 2, at_most=True),
}


class Row(NamedTuple):
    """A line of the table."""

    key: str
    figure: str
    bound: str
    holds: str


def rows(figures: Mapping[str, float]) -> list[Row]:
    """The promised keys in their order, those that were not measured said so; then the others."""
    told = []
    for key, bound in BOUNDS.items():
        if key in figures:
            told.append(Row(key, text(figures[key]), str(bound), "yes" if bound.holds(figures[key]) else "NO"))
        else:
            told.append(Row(key, "-", str(bound), "not measured"))
    return told + [Row(key, text(value), "", "") for key, value in figures.items() if key not in BOUNDS]


def text(figure: float) -> str:
    """Three digits, or all of a large number's."""
    return f"{figure:,.0f}" if abs(figure) >= 100 else f"{figure:.3g}"


def markdown(table: list[Row]) -> str:
    """The table as the README has it."""
    lines = ["| key | figure | bound | holds |", "| --- | --- | --- | --- |"]
    return "\n".join([*lines, *(f"| `{row.key}` | {row.figure} | {row.bound} | {row.holds} |" for row in table)])
