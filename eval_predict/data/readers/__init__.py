"""Readers of evaluation logs and tables: one module a format, one entry point for all."""

from eval_predict.data.readers.reading import (
    Reading,
    ReadOptions,
    Repeats,
    Row,
    Runs,
    Scale,
)
from eval_predict.data.readers.registry import read

__all__ = ["ReadOptions", "Reading", "Repeats", "Row", "Runs", "Scale", "read"]
