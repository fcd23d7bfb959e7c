"""`iwsi answers`: the canonical answers in a user's own file of texts."""

from pathlib import Path

import pyarrow as pa

from iwsi.recipe.load import load_recipe
from iwsi.recipe.shipped import find_recipe
from iwsi.tables.files import (
    BY_CONTENT,
    Reading,
    check_out,
    read_rows_file,
    text_column,
    write_rows_file,
)
from iwsi.tasks.answers import extract_answers


def answer_rows(
    task: str, file: Path, text: str, out: Path | None = None, reading: Reading = BY_CONTENT
) -> pa.Table:
    """Columns `row` (from 0) and `answer` of every row; null where a text holds none.

    Args:
        task: A shipped recipe's name or a recipe file: its `task.answer` says what an answer is.
        file: Rows.
        text: The column of model outputs; `a.b` reaches into a nested one. A gap is no answer.
        out: Where the table is written as well.
        reading: How the file is read.

    Raises:
        UserError: no such recipe, file or column, or `out` cannot be written.
    """
    if out is not None:
        check_out(out, [file])
    kind = load_recipe(find_recipe(task)).task.answer
    table = read_rows_file(file, reading).flatten()
    texts = text_column(table, (text,), file, gaps=True).to_pylist()
    answers = pa.table(
        {
            "row": pa.array(range(len(texts)), pa.int64()),
            "answer": pa.array(extract_answers(texts, kind), pa.string()),
        }
    )
    if out is not None:
        write_rows_file(out, answers)
    return answers
