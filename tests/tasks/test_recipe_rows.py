"""The data path of every shipped recipe: rows, prompts, gold, canonical answers."""

import json
import os
import re
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import pytest
from conftest import ROOT, write_jsonl

from eval_predict.errors import UserError
from iwsi.recipe import Split, Task
from iwsi.recipe.load import load_recipe
from iwsi.tasks.answers import extract_answer
from iwsi.tasks.dataset import prepare, read_rows
from iwsi.tasks.templates import render

MINIATURES = Path(__file__).parent / "rows"
REAL = Path(os.environ.get("IWSI_SHARED_DATA", ROOT.parent / "shared" / "data")) / "tasks"

LETTERS = "ABC"
KINDS = ("abbreviation", "entity", "description", "person", "place", "number")


class Dataset(NamedTuple):
    """Where a recipe's rows lie, and its gold answer as one reads it by eye."""

    train: str  # labelled; where the hub's is not there, another split stands in
    test: str
    rows: int  # of all files
    by_hand: Callable[[dict], str]
    more: tuple[str, ...] = ()  # further labelled files


DATASETS = {
    "gsm8k": Dataset(
        "gsm8k/train", "gsm8k/test", 8_792, lambda r: r["answer"].split("#### ")[1].replace(",", "")
    ),
    "svamp": Dataset("svamp/train", "svamp/test", 1_000, lambda r: r["Answer"].removesuffix(".0")),
    "openbookqa": Dataset(
        "openbookqa/train",
        "openbookqa/test",
        5_957,
        lambda r: r["answerKey"].strip(),
        ("openbookqa/validation",),
    ),
    "strategyqa": Dataset(
        "strategyqa/train",
        "strategyqa/test",
        2_290,
        lambda r: "yes" if r["answer"] else "no",
    ),
    "anli_r1": Dataset("anli/dev_r1", "anli/test_r1", 2_000, lambda r: LETTERS[r["label"]]),
    "anli_r2": Dataset("anli/dev_r2", "anli/test_r2", 2_000, lambda r: LETTERS[r["label"]]),
    "smollm2_trec": Dataset("trec/train", "trec/test", 5_952, lambda r: KINDS[r["coarse_label"]]),
    "smollm2_sst2": Dataset(
        "sst2/train",
        "sst2/test",
        5_693,
        lambda r: ("negative", "positive")[r["label"]],
        ("sst2/validation",),
    ),
    "smollm2_mawps": Dataset(
        "mawps_asdiv/train",
        "mawps_asdiv/test",
        2_824,
        lambda r: r["result"] if "result" in r else r["answer"],
        ("mawps_asdiv/validation",),
    ),
    "aqua_rat": Dataset("aqua_rat/validation", "aqua_rat/test", 508, lambda r: r["correct"]),
}


# The small model is trained on labelled rows first, and needs no worked examples.
WITH_EXAMPLES = [name for name in DATASETS if not name.startswith("smollm2")]


class Rows(NamedTuple):
    """A recipe's task on local rows."""

    task: Task
    dataset: Dataset
    train: list[dict]
    test: list[dict]
    more: list[dict]
    validation_size: int


def _recipe_task(name: str) -> Task:
    return load_recipe(ROOT / "recipes" / f"{name}.yaml").task


def _miniature(name: str) -> list[dict]:
    text = (MINIATURES / f"{name}.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def _local(name: str, train: Path, test: Path, size: int, more: Sequence[Path] = ()) -> Rows:
    splits = {
        "train": Split(path=str(train)),
        "validation": Split(path=str(train), size=size),
        "test": Split(path=str(test)),
    }
    task = _recipe_task(name).model_copy(update=splits)
    train_rows, test_rows = (read_rows(splits[split], "task") for split in ("train", "test"))
    more_rows = [row for path in more for row in read_rows(Split(path=str(path)), "task")]
    return Rows(task, DATASETS[name], train_rows, test_rows, more_rows, size)


@pytest.fixture(params=DATASETS)
def miniature(request, tmp_path) -> Rows:
    """Four labelled rows and two test rows, written by hand in the shape of the hub's."""
    text = (
        MINIATURES / f"{request.param.removesuffix('_r1').removesuffix('_r2')}.jsonl"
    ).read_text(encoding="utf-8")
    rows = [json.loads(line) for line in text.splitlines()]
    train = write_jsonl(tmp_path / "train.jsonl", rows[:4])
    return _local(request.param, train, write_jsonl(tmp_path / "test.jsonl", rows[4:]), 2)


@pytest.fixture(params=DATASETS)
def real(request) -> Rows:
    dataset = DATASETS[request.param]
    names = (dataset.train, dataset.test, *dataset.more)
    train, test, *more = (REAL / f"{name}.jsonl" for name in names)
    if not train.is_file():
        pytest.skip(f"no real rows: {train} is not there (IWSI_SHARED_DATA names another place)")
    return _local(request.param, train, test, 100, more)


def _check(rows: Rows) -> None:
    prepared = prepare(rows.task, seed=0)
    train, validation, test = (set(table["prompt"].to_pylist()) for table in prepared[:3])
    assert not train & validation
    assert not train & test
    assert not validation & test

    assert prepared.validation.num_rows == rows.validation_size
    assert prepared.test.num_rows == len(rows.test)
    assert prepared.test["gold"].to_pylist() == [rows.dataset.by_hand(row) for row in rows.test]
    left_out = sum(prepared.dropped.get("train", {}).values())
    assert prepared.train.num_rows + left_out == len(rows.train)
    assert left_out >= rows.validation_size


def _check_labels(rows: Rows) -> None:
    """The gold of every labelled row, and the answer that its rationale ends in, are its label."""
    task = rows.task
    for split in filter(None, (rows.train, rows.test, rows.more)):
        by_hand = [rows.dataset.by_hand(row) for row in split]
        gold = render(task.gold, split, field="task.gold", where="")
        assert [extract_answer(text, task.answer) for text in gold] == by_hand
    rationales = render(task.rationale, rows.train, field="task.rationale", where="")
    read = [extract_answer(text, task.answer) for text in rationales]
    assert read == [rows.dataset.by_hand(row) for row in rows.train]
    assert not any(mark in text for text in rationales for mark in ("<<", "####", "{{"))


def test_a_recipes_rows_in_small_become_prompts_and_gold(miniature):
    _check(miniature)
    _check_labels(miniature)


def test_all_real_rows_become_prompts_and_gold(real):
    assert len(real.train) + len(real.test) + len(real.more) == real.dataset.rows
    _check(real)
    _check_labels(real)


def test_every_real_file_belongs_to_a_recipe():
    if not REAL.is_dir():
        pytest.skip(f"no real rows: {REAL} is not there (IWSI_SHARED_DATA names another place)")
    files = {str(file.relative_to(REAL).with_suffix("")) for file in REAL.glob("*/*.jsonl")}
    assert files == {n for d in DATASETS.values() for n in (d.train, d.test, *d.more)}


def test_no_worked_example_is_a_row_of_its_dataset(real):
    if not real.task.few_shot:
        return
    prompts = render(
        real.task.prompt, [*real.train, *real.test, *real.more], field="task.prompt", where=""
    )
    for example in _examples(real.task):
        question = example.partition("\nAnswer:")[0]
        assert not any(prompt.startswith(question) for prompt in prompts)


def _examples(task: Task) -> list[str]:
    return task.few_shot.removesuffix("\n\n").split("\n\n")


@pytest.mark.parametrize("name", [*WITH_EXAMPLES, "custom"])
def test_a_prefix_is_three_worked_examples_in_the_form_of_the_prompt(name):
    task = _recipe_task(name)
    assert task.few_shot.endswith("\n\n")
    assert not task.few_shot.endswith("\n\n\n")
    assert len(_examples(task)) == 3
    answers = []
    for example in _examples(task):
        question, found, answer = example.partition("\nAnswer: ")
        assert found
        assert question.startswith(task.prompt[:8])
        assert "The answer is " in answer
        answers.append(extract_answer(answer, task.answer))
    assert None not in answers
    assert len(set(answers)) > 1  # or the prefix would tell which to choose


@pytest.mark.parametrize("name", ["gsm8k", "svamp", "aqua_rat", "custom"])
def test_the_sums_in_a_prefix_are_right(name):
    equation = re.compile(r"([0-9.]+) ([-+*/]) ([0-9.]+) = ([0-9.]*[0-9])")
    sums = equation.findall(_recipe_task(name).few_shot)
    assert len(sums) >= 3
    for left, sign, right, result in sums:
        a, b = Fraction(left), Fraction(right)
        value = {"+": a + b, "-": a - b, "*": a * b, "/": a / b}[sign]
        assert value == Fraction(result), (left, sign, right, result)


def test_options_of_a_choice_stand_in_the_prompt_with_their_letters():
    row = _miniature("openbookqa")[0]
    [prompt] = render(_recipe_task("openbookqa").prompt, [row], field="task.prompt", where="")
    assert prompt == (
        "Question: A snowman in the sun will\n(A) grow\n(B) melt\n(C) sing\n(D) freeze\nAnswer:"
    )


def test_a_fact_joins_the_rationale_where_the_rows_have_one():
    task = _recipe_task("openbookqa")
    row = _miniature("openbookqa")[0]
    bare = {key: value for key, value in row.items() if key != "fact1"}
    shown = [render(task.rationale, [r], field="task.rationale", where="")[0] for r in (row, bare)]
    assert shown == [
        'Ice melts when it takes in heat. What fits is "melt". The answer is (B).',
        'What fits is "melt". The answer is (B).',
    ]


def test_a_label_without_a_name_is_refused():
    row = {"label": -1}
    with pytest.raises(UserError, match=r"task.gold"):
        render(_recipe_task("anli_r1").gold, [row], field="task.gold", where="f")


@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_a_recipe_has_the_papers_settings(name):
    """Source: arXiv:2408.09849, experiments; LoRA modules: its released code's trainLM.py."""
    recipe = load_recipe(ROOT / "recipes" / f"{name}.yaml")
    assert (recipe.sample.n, recipe.sample.temperature, recipe.filter.keep) == (15, 1.1, 0.8)
    assert recipe.task.validation.size == 100
    modules = {"q_proj", "v_proj", "gate_proj", "up_proj", "down_proj"}
    assert set(recipe.train.lora.target_modules) == modules
