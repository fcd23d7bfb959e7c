from pathlib import Path
from typing import Any

import pytest

from eval_predict.data.readers.content import load
from eval_predict.data.readers.table_rows import load_rows
from eval_predict.data.readers.wide import read_wide
from eval_predict.errors import UserError


def _read(folder: Path, text: str) -> Any:
    (folder / "wide.csv").write_text(text)
    content = load(folder / "wide.csv")
    return read_wide(content, load_rows(content))


def _scores(draft: Any) -> dict[tuple[str, str], float]:
    return {(row.model, row.item): row.metrics["score"] for row in draft.rows}


def test_the_first_column_says_whether_rows_are_models_or_items(tmp_path):
    expected = {("m", "q1"): 1.0, ("m", "q2"): 0.0}
    assert _scores(_read(tmp_path, "question,m\nq1,1\nq2,0\n")) == expected
    assert _scores(_read(tmp_path, "model,q1,q2\nm,1,0\n")) == expected


def test_without_a_known_name_the_longer_side_has_the_items_and_a_note_says_so(tmp_path):
    tall = _read(tmp_path, "who,a,b\nx,1,0\ny,0,1\nz,1,1\n")
    assert {row.model for row in tall.rows} == {"a", "b"}
    assert tall.notes == (
        "wide.csv: rows are taken as items, since there are 3 of them and 2 columns",
    )
    broad = _read(tmp_path, "who,a,b,c\nx,1,0,1\n")
    assert {row.model for row in broad.rows} == {"x"}


def test_columns_that_are_no_scores_are_left_out_and_named(tmp_path):
    draft = _read(tmp_path, "question,text,m,mean\nq1,hello,1,1\nq2,well,0,0.5\n")
    assert {row.model for row in draft.rows} == {"m"}
    assert draft.notes == ("wide.csv: columns that are no scores: text, mean",)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("a,b\n1,0\n0,1\n", "2 columns of numbers and no ids (a, b)"),
        ("question,a\nq1,1\nq1,0\n", "question: 1 names repeat"),
        ("question,text\nq1,hello there\n", "no column of scores"),
        ("question,a,b\nq1,1,900\nq2,0,700\n", "on one scale"),
    ],
)
def test_what_is_no_matrix_is_refused(tmp_path, text, fault):
    with pytest.raises(UserError) as caught:
        _read(tmp_path, text)
    assert fault in str(caught.value)
