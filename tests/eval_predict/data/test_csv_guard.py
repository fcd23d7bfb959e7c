"""Cells of CSV files that a spreadsheet would take for formulas, and the way back."""

import csv
from dataclasses import dataclass

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval_predict.data.csv_rows import guarded, unguarded, write_csv
from iwsi.tables.files import write_rows_file
from iwsi.tasks.rows import Source, read_table

FORMULAS = [
    "=1+1",
    "+A1",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    '=HYPERLINK("http://x?"&A1)',
    "'=1",
    "''=1",
    "-",
]


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_becomes_text_and_comes_back(text):
    assert guarded(text) == f"'{text}"
    assert unguarded(guarded(text)) == text


@pytest.mark.parametrize(
    "text", ["-5", "+3.2", "-1,200.50", "-3/4", "-1e-5", "5%", "", "a=b", "'a'"]
)
def test_numbers_and_other_texts_stay_as_they_are(text):
    assert guarded(text) == text
    assert unguarded(text) == text


@given(st.text(max_size=20))
def test_every_text_comes_back(text):
    assert unguarded(guarded(text)) == text


def test_rows_that_are_written_hold_no_formula_and_are_read_as_they_were(tmp_path):
    table = pa.table({"question": [*FORMULAS[:4], "-5"], "=x": ["a", "b", None, "@c", "d"]})
    write_rows_file(tmp_path / "rows.csv", table)
    with (tmp_path / "rows.csv").open(newline="") as file:
        header, *rows = list(csv.reader(file))
    assert header == ["question", "'=x"]
    assert [row[0] for row in rows] == [*(f"'{text}" for text in FORMULAS[:4]), "-5"]
    assert read_table(Source(tmp_path / "rows.csv")).to_pylist() == table.to_pylist()


def test_records_are_guarded_too(tmp_path):
    @dataclass
    class Row:
        name: str
        value: float

    write_csv(Row, [Row("=1+1", -1.5)], tmp_path / "rows.csv")
    assert (tmp_path / "rows.csv").read_text().splitlines() == ["name,value", "'=1+1,-1.5"]
