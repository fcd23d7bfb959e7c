from dataclasses import dataclass
from pathlib import Path

import pytest

from eval_predict.data.csv_rows import write_csv
from eval_predict.errors import UserError


@dataclass(frozen=True)
class Row:
    item: str
    score: float | None


def test_records_are_rows_and_none_is_an_empty_cell(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    assert write_csv(Row, iter([Row("a,b", 0.5), Row("c", None)]), path) == 2
    assert path.read_text().splitlines() == ["item,score", '"a,b",0.5', "c,"]


def test_no_records_give_the_header_alone(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    assert write_csv(Row, [], path) == 0
    assert path.read_text().splitlines() == ["item,score"]


def test_a_file_that_cannot_be_written_is_a_users_error(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="a file that can be written"):
        write_csv(Row, [], tmp_path / "missing" / "rows.csv")
