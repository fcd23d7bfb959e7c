"""Checks that a row's rationale and gold hold an answer that can be read."""

import re
from collections.abc import Sequence

from eval_predict.errors import UserError
from iwsi.recipe import Task
from iwsi.tasks.answers import reader_of
from iwsi.tasks.answers.gold_columns import doubts
from iwsi.tasks.answers.golds import why_refused
from iwsi.tasks.sample_text import trimmed
from iwsi.tasks.thinking import OPEN, after_opened_thinking, is_left_open, opens_thinking

_WORD = re.compile(r"[\w.,]*\w[\w.,]*")


def checked_rationale(text: str, prompt: str, task: Task, where: str, row: str) -> str:
    """A rationale as it is trained on.

    Args:
        text: As the row has it.
        prompt: The row's prompt.
        task: Says what an answer is.
        where: The file.
        row: Its name in errors.

    Raises:
        UserError: it holds no answer, or nothing else.
    """
    continues = opens_thinking(prompt)
    if is_left_open(text) and not continues:
        raise UserError(
            where=where,
            field=row,
            got="a rationale whose <think> block is not closed",
            expected="</think> before its answer",
            fix="Close the <think> block in the row, or in task.rationale.",
        )
    read = text.replace(OPEN, "") if is_left_open(text) else text
    answer = _found(reader_of(task.answer).extract(read), text, task, where, row)
    if len(_WORD.findall(text)) < 2:  # also of "#### 1,200" or "(B)" nothing else is left
        raise UserError(
            where=where,
            field=row,
            got=f"the bare answer {trimmed(text)!r}",
            expected="a rationale that ends in the answer: the DS weight compares with it",
            fix="Let task.rationale render the worked solution.",
        )
    return after_opened_thinking(text, answer) if continues else trimmed(text)


def checked_gold(text: str, prompt: str, task: Task, where: str, row: str) -> str:
    """A gold in canonical form; arguments as those of `checked_rationale`.

    Raises:
        UserError: it holds no answer.
    """
    return _found(reader_of(task.answer).gold(text), text, task, where, row)


def refuse_doubtful(task: Task, where: str, numbers: Sequence[int], texts: Sequence[str]) -> None:
    """Refuse the first gold that the others of its column make doubtful."""
    reader = reader_of(task.answer)
    for i, why in doubts(texts, reader.name).items():
        raise UserError(
            where=where,
            field=f"row {numbers[i]}",
            got=f"{texts[i].strip()[-60:]!r}",
            expected=f"{reader.fits}, beyond doubt",
            fix=why,
        )


def _found(answer: str | None, text: str, task: Task, where: str, row: str) -> str:
    reader = reader_of(task.answer)
    if answer is None:
        raise UserError(
            where=where,
            field=row,
            got=f"no {reader.name} in {text[-60:]!r}" if trimmed(text) else "an empty answer",
            expected=reader.fits,
            fix=why_refused(text, reader.name)
            or "Correct the row, task.answer or the template that reads it.",
        )
    return answer
