"""One reader of rows for all commands: JSON, JSONL, CSV, TSV, Parquet, Arrow and their `.gz`."""

from iwsi.tasks.rows.folder import SUFFIXES, row_suffix
from iwsi.tasks.rows.read import read_rows, read_table
from iwsi.tasks.rows.source import Row, Source

__all__ = ["SUFFIXES", "Row", "Source", "read_rows", "read_table", "row_suffix"]
