"""The training rows' labels, which nothing reads but the oracle filter and a study's analysis."""

from collections.abc import Sequence

import pyarrow as pa

from eval_predict.errors import UserError
from iwsi import records
from iwsi.recipe import Task
from iwsi.tasks.answers import reader_of
from iwsi.tasks.answers.gold_columns import doubts
from iwsi.tasks.answers.golds import why_refused
from iwsi.tasks.dataset import read_rows
from iwsi.tasks.templates import render


def train_gold(task: Task, question_ids: Sequence[str]) -> pa.Table:
    """The canonical answer of each training question (records.GOLD), by `task.gold`.

    Args:
        task: The recipe's task.
        question_ids: As `prepare` named them.

    Raises:
        UserError: the rows have no label, or one that holds no answer.
    """
    rows = read_rows(task.train, "task.train")
    picked = [rows[int(question_id)] for question_id in question_ids]
    numbers = [int(question_id) + 1 for question_id in question_ids]
    where = task.train.path
    texts = render(task.gold, picked, field="task.gold", where=where, numbers=numbers)
    reader = reader_of(task.answer)
    gold = reader.golds(texts)
    if None in gold:
        faulty = gold.index(None)
        raise UserError(
            where=task.train.path,
            field=f"row {int(question_ids[faulty]) + 1}",
            got=f"no {reader.name} in {texts[faulty][-60:]!r}",
            expected=reader.fits,
            fix=doubts(texts, reader.name).get(faulty) or why_refused(texts[faulty], reader.name),
        )
    return pa.table({"question_id": list(question_ids), "gold": gold}, schema=records.GOLD)
