"""A recipe over a file of rows, as `iwsi init` writes it."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from eval_predict.errors import UserError
from iwsi.files import write_text
from iwsi.recipe import Split, Task
from iwsi.recipe.answer import kind_of
from iwsi.tasks.proposal.propose import Given, propose

_CHARACTERS_PER_TOKEN = 3  # a careful guess: sample.max_tokens only has to be long enough
_FORECAST_ROWS = 50  # test rows from which on a tenth of them is enough for a forecast
_FEWEST_TOKENS, _MOST_TOKENS = 64, 2048


@dataclass(frozen=True, slots=True)
class NewRecipe:
    """The recipe that `iwsi init` wrote.

    Attributes:
        out: The recipe's file.
        prompt, gold, rationale: The templates.
        answer: The kind of the answers.
        notes: Sentences on what was chosen.
    """

    out: str
    prompt: str
    gold: str
    rationale: str
    answer: str
    notes: tuple[str, ...]


def init_recipe(file: Path, out: Path, model: str, given: Given, *, force: bool) -> NewRecipe:
    """Write a recipe over a file of rows, whose task has been tried on them.

    Args:
        file: The rows; all three splits are drawn from them.
        out: The recipe's file.
        model: A folder or hub id.
        given: What the user says of the columns.
        force: Write over a file that is there.

    Raises:
        UserError: `out` is there or cannot be written, the file cannot be read, or something is
            missing in it.
    """
    if out.is_dir():
        raise UserError(
            where="--out",
            got=f"{out}, a folder",
            expected="a file",
            fix=f"Name a file in it, such as {out / 'recipe.yaml'}.",
        )
    if out.exists() and not force:
        raise UserError(
            where="--out", got=f"{out}, which is there", expected="a new file", fix="Add --force."
        )
    if not out.parent.is_dir() or not os.access(out.parent, os.W_OK):
        raise UserError(
            where="--out", got=f"no folder {out.parent} to write to", expected="one that is there"
        )
    proposal = propose(file, given)
    tokens = proposal.longest // _CHARACTERS_PER_TOKEN + 16
    text = recipe_text(
        proposal.task,
        _from(out, file),
        model,
        max_tokens=min(max(tokens, _FEWEST_TOKENS), _MOST_TOKENS),
        name=out.name,
    )
    write_text(out, text)
    task = proposal.task
    return NewRecipe(
        str(out), task.prompt, task.gold, task.rationale, kind_of(task.answer), proposal.notes
    )


def recipe_text(task: Task, path: str, model: str, *, max_tokens: int, name: str) -> str:
    """A recipe as a person would write it, with comments."""
    answer = task.answer if isinstance(task.answer, str) else task.answer.model_dump(mode="json")
    return f"""\
# Launch:    iwsi run {name}
# Check:     iwsi validate {name}
#
# Written by `iwsi init`. All three splits are drawn from one file: a row that is in two of them
# stays in the test rows first, then in the validation rows.

task:
  name: {json.dumps(task.name)}
  train: {_split(task.train, path)}
  validation: {_split(task.validation, path)}
  test: {_split(task.test, path)}
  prompt: {_quoted(task.prompt)}
  rationale: {_quoted(task.rationale)}
  gold: {_quoted(task.gold)}
  answer: {_inline(answer)}

model:
  name: {json.dumps(model)}

sample:
  max_tokens: {max_tokens}   # room for the longest rationale; answers that are cut off are dropped
{_without_forecast(task)}"""


def _without_forecast(task: Task) -> str:
    """Keys that switch forecasts off where there are too few test rows for one."""
    if task.test.size is None or task.test.size >= _FORECAST_ROWS:
        return ""
    return f"""
# {task.test.size} test rows are too few to forecast a round from a part of them.
forecast: null
gate: null
"""


def _split(split: Split, path: str) -> str:
    keys = {k: v for k, v in split.model_dump(exclude_none=True).items() if k != "path"}
    return _inline({"path": path, **keys})


def _inline(value: Any) -> str:
    text = yaml.safe_dump(
        value, default_flow_style=True, sort_keys=False, allow_unicode=True, width=10**9
    )
    return text.removesuffix("...\n").strip()


def _quoted(text: str) -> str:
    """A text in double quotes, whose escapes YAML reads as JSON does."""
    return json.dumps(text, ensure_ascii=False)


def _from(out: Path, file: Path) -> str:
    """The rows' path as the recipe gives it: from the recipe's own folder where that is short."""
    relative = os.path.relpath(file.resolve(), out.resolve().parent)
    if relative.startswith(".."):
        return str(file.resolve())
    return f"./{relative}"
