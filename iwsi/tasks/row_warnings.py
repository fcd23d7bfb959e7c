"""Warnings about a task's rows, as data; none of them stops a run."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import pyarrow as pa

from iwsi.recipe import Task
from iwsi.tasks.answers import reader_of
from iwsi.tasks.likeness import NEAR, near_pairs, normal_form

Code = Literal[
    "near_duplicates",
    "duplicate_test_rows",
    "contradicting_test_rows",
    "empty_questions",
    "one_gold",
    "gold_in_prompt",
    "contradicting_rationales",
    "few_validation_rows",
    "short_max_tokens",
    "special_tokens",
]

FEW_ROWS = 20  # labelled rows below which a mean loss says little

_SHOWN = 5
_LONG_GOLD = 20  # characters of a gold text that no question holds by chance
_COMPARED = 10_000  # rows of a split that are compared with the test rows


@dataclass(frozen=True, slots=True)
class RowWarning:
    """One kind of warning about the rows of one split.

    Attributes:
        code: Which kind.
        split: The split whose rows they are.
        rows: Their numbers in the file, from 1.
        message: A sentence for the user.
    """

    code: Code
    split: str
    rows: tuple[int, ...]
    message: str

    def __str__(self) -> str:
        """The sentence."""
        return self.message


def numbered(rows: Sequence[int]) -> str:
    """Row numbers in words, the first few of them."""
    shown = ", ".join(map(str, rows[:_SHOWN]))
    more = f" and {len(rows) - _SHOWN} more" if len(rows) > _SHOWN else ""
    return f"row{'s' if len(rows) > 1 else ''} {shown}{more}"


def warnings_of_test(table: pa.Table) -> list[RowWarning]:
    """Test rows (records.TEST) that stand twice, contradict each other or have one gold."""
    rows = [int(name) + 1 for name in table["question_id"].to_pylist()]
    golds = table["gold"].to_pylist()
    groups: dict[str, list[int]] = defaultdict(list)
    for place, prompt in enumerate(table["prompt"].to_pylist()):
        groups[normal_form(prompt)].append(place)
    twice = [group for group in groups.values() if len(group) > 1]
    differ = [g for group in twice if len({golds[i] for i in group}) > 1 for g in group]
    same = [g for group in twice if len({golds[i] for i in group}) == 1 for g in group[1:]]
    found = []
    if same:
        numbers = tuple(rows[i] for i in same)
        found.append(
            RowWarning(
                "duplicate_test_rows",
                "test",
                numbers,
                f"{len(same)} test rows repeat an earlier one ({numbered(numbers)}): each counts"
                " again in the accuracy.",
            )
        )
    if differ:
        numbers = tuple(rows[i] for i in differ)
        found.append(
            RowWarning(
                "contradicting_test_rows",
                "test",
                numbers,
                f"{len(differ)} test rows ask the same question with different gold answers"
                f" ({numbered(numbers)}): at most one of them can be correct.",
            )
        )
    if len(golds) > 1 and len(set(golds)) == 1:
        found.append(
            RowWarning(
                "one_gold",
                "test",
                tuple(rows),
                f"All {len(golds)} test rows have the gold answer {golds[0]!r}: a model that"
                " always gives it scores 100%.",
            )
        )
    return found


def empty_questions(split: str, rows: Sequence[int]) -> list[RowWarning]:
    """Rows, numbered from 1, whose question is blank."""
    if not rows:
        return []
    message = f"{len(rows)} {split} rows have an empty question ({numbered(rows)})."
    return [RowWarning("empty_questions", split, tuple(rows), message)]


def golds_in_prompts(
    split: str, numbers: Sequence[int], prompts: Sequence[str], golds: Sequence[str]
) -> list[RowWarning]:
    """Rows whose prompt states its own gold: a long text of it, or one after "answer"."""
    rows = tuple(
        number
        for number, prompt, gold in zip(numbers, prompts, golds, strict=True)
        if _states(prompt, gold.strip())
    )
    if not rows:
        return []
    message = (
        f"{len(rows)} {split} prompts hold their own gold answer ({numbered(rows)}): the model can"
        " copy it. Does task.prompt render a column of answers?"
    )
    return [RowWarning("gold_in_prompt", split, rows, message)]


def _states(prompt: str, gold: str) -> bool:
    if not gold or gold not in prompt:
        return False
    if len(gold) >= _LONG_GOLD:
        return True
    stated = r"\b(?:answer|gold|label|target|antwort|respuesta|réponse)\b\W{0,3}(?:is\b)?\W{0,3}"
    return bool(re.search(rf"{stated}{re.escape(gold)}(?!\w)", prompt, re.IGNORECASE))


def validation_warnings(
    task: Task, numbers: Sequence[int], rationales: Sequence[str], golds: Sequence[str] | None
) -> list[RowWarning]:
    """Labelled rows that are few, or whose rationale ends in another answer than their gold."""
    found = []
    if len(numbers) < FEW_ROWS:
        found.append(
            RowWarning(
                "few_validation_rows",
                "validation",
                (),
                f"Only {len(numbers)} validation rows: the DS weight compares with their mean loss,"
                f" which is reliable from about {FEW_ROWS} rows on.",
            )
        )
    wrong = []
    reader = reader_of(task.answer)
    for number, rationale, gold in zip(numbers, rationales, golds or (), strict=False):
        expected, read = reader.gold(gold), reader.extract(rationale)
        if expected is not None and not reader.same(read, expected):
            wrong.append(number)
    if wrong:
        message = (
            f"{len(wrong)} of {len(numbers)} rationales end in another answer than their row's gold"
            f" ({numbered(wrong)})."
        )
        found.append(RowWarning("contradicting_rationales", "validation", tuple(wrong), message))
    return found


def near_duplicates_of_test(splits: Mapping[str, pa.Table], test: pa.Table) -> list[RowWarning]:
    """Rows that are nearly a test question: the same sets of character 5-grams, by Jaccard."""
    tests = test["prompt"].to_pylist()[:_COMPARED]
    prompts, rows = [], []
    for split, table in splits.items():
        prompts += table["prompt"].to_pylist()[:_COMPARED]
        rows += [(split, int(name) + 1) for name in table["question_id"].to_pylist()[:_COMPARED]]
    frame = _frame([*prompts, *tests])
    pairs = near_pairs([text[frame] for text in prompts], [text[frame] for text in tests])
    test_ids = test["question_id"].to_pylist()
    found = []
    for split, table in splits.items():
        of_split = [pair for pair in pairs if rows[pair.row][0] == split]
        if not of_split:
            continue
        best = max(of_split, key=lambda pair: pair.similarity)
        message = (
            f"At least {len(of_split)} of {table.num_rows} {split} questions are near-duplicates of"
            f" a test question (Jaccard index of 5-grams at least {NEAR:g}), such as row"
            f" {rows[best.row][1]} of test row {int(test_ids[best.other]) + 1}"
            f" ({best.similarity:.2f})."
        )
        numbers = tuple(rows[pair.row][1] for pair in of_split)
        found.append(RowWarning("near_duplicates", split, numbers, message))
    return found


def _frame(prompts: Sequence[str]) -> slice:
    """The text that all prompts share at both ends, up to a line's or a word's border."""
    first, last = min(prompts), max(prompts)
    begin = 0
    while begin < len(first) and first[begin] == last[begin]:
        begin += 1
    begin = max(first.rfind(" ", 0, begin), first.rfind("\n", 0, begin)) + 1
    turned = [prompt[::-1] for prompt in prompts]
    first, last = min(turned), max(turned)
    end = 0
    while end < len(first) and first[end] == last[end]:
        end += 1
    end = max(first.rfind(" ", 0, end), first.rfind("\n", 0, end)) + 1
    return slice(begin, -end or None)
