"""Derived rows in, answers for any filter out: SQL over Parquet files and Arrow tables."""
