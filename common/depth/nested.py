"""Derived rows, days, filters and dimensions of visits in, sums by all their values together out, as METRICS."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import pyarrow as pa

from common.depth import where as sql
from common.depth.sums import Sums
from common.rollups import METRICS


class Nested(Sums):
    """Sums of every combination of values that occurs: those of a value's parts add up to its own."""

    def by_values(self, dimensions: Sequence[str]) -> pd.DataFrame:
        """One row a combination that counts anything, indexed by its values."""
        self._names = [f"value{number}" for number in range(len(dimensions))]
        columns = zip(self._names, map(sql.column_of, dimensions), strict=True)
        found = self._sums("{{{}}}".format(", ".join(f"'{name}': {column}" for name, column in columns)), {})
        return found.rename_axis(list(dimensions))

    def _ask(self, statement: str, params: sql.Params, **tables: pa.Table) -> pd.DataFrame:
        given = {**self._chosen.params, **sql.span(self._days), **params}
        parted = ", ".join(f"key.{name} AS {name}" for name in self._names)
        found = self.relation.ask(f"SELECT {parted}, * EXCLUDE (key) FROM ({statement})", given, **tables)
        sums = found.groupby(self._names).sum().reindex(columns=list(METRICS)).fillna(0).astype("int64")
        return sums[(sums != 0).any(axis=1)]
