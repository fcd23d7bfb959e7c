"""What is suspicious about rows is told, and stops nothing."""

import pytest
from conftest import write_jsonl

from iwsi.recipe import Task
from iwsi.tasks.dataset import prepare
from iwsi.tasks.row_warnings import RowWarning

WORDS = [
    "alpha",
    "bravo",
    "carbon",
    "delta",
    "echo",
    "forest",
    "garden",
    "hotel",
    "island",
    "jungle",
    "kettle",
    "lemon",
]
VALIDATION = [
    {"question": f"{WORDS[i % 9]} {i}?", "answer": f"It is {i}. The answer is {i}."}
    for i in range(20)
]
TEST = [
    {"question": f"How much is the {word} that Ann bought in the town of {i} bridges?", "answer": i}
    for i, word in enumerate(WORDS)
]
TRAIN = [{"question": f"Train on {i} {word}s, please?"} for i, word in enumerate(WORDS)]


@pytest.fixture
def warnings(tmp_path):
    def of(changes=None, **keys) -> dict[str, RowWarning]:
        rows = {"train": TRAIN, "validation": VALIDATION, "test": TEST} | (changes or {})
        values = {"name": "t", **keys}
        for name, split_rows in rows.items():
            values[name] = {"path": str(write_jsonl(tmp_path / f"{name}.jsonl", split_rows))}
        prepared = prepare(Task.model_validate(values), 0, ("<|end|>",))
        return {warning.code: warning for warning in prepared.warnings}

    return of


def test_sound_rows_bring_no_warning(warnings):
    assert warnings() == {}


def test_a_training_question_that_nearly_is_a_test_question_is_named(warnings):
    near = {"question": "How much is the garden that Ann bought in the town of 6 old bridges?"}
    found = warnings({"train": [*TRAIN, near]})["near_duplicates"]
    assert found.rows == (13,)
    assert "row 13 of test row 7" in found.message


def test_one_that_differs_in_case_and_marks_alone_is_left_out(tmp_path, warnings):
    same = {"question": "how much is the GARDEN that Ann bought in the town of 6 bridges ?!"}
    assert warnings({"train": [*TRAIN, same]}) == {}


def test_test_rows_that_stand_twice_or_contradict_each_other(warnings):
    rows = [*TEST, TEST[0], {"question": TEST[1]["question"].lower(), "answer": 7}]
    found = warnings({"test": rows})
    assert found["duplicate_test_rows"].rows == (13,)
    assert found["contradicting_test_rows"].rows == (2, 14)


def test_one_gold_for_all_test_rows(warnings):
    assert "'5'" in str(warnings({"test": [row | {"answer": 5} for row in TEST]})["one_gold"])


def test_an_empty_question(warnings):
    rows = [*TRAIN, {"question": " "}]
    assert warnings({"train": rows}, prompt="Q: {{ question }}\nA:")["empty_questions"].rows == (
        13,
    )


def test_a_gold_inside_its_prompt(warnings):
    found = warnings(
        prompt="{{ question }}{% if answer is defined %} Answer: {{ answer }}{% endif %}"
    )
    assert found["gold_in_prompt"].split == "test"
    assert len(found["gold_in_prompt"].rows) == len(TEST)


def test_rationales_that_contradict_their_gold(warnings):
    rows = [row | {"why": "All is no. The answer is 99."} for row in VALIDATION]
    found = warnings({"validation": rows}, rationale="{{ why }}", gold="{{ answer }}")
    assert len(found["contradicting_rationales"].rows) == 20


def test_few_validation_rows(warnings):
    assert "Only 19" in str(warnings({"validation": VALIDATION[:19]})["few_validation_rows"])


def test_special_tokens_in_a_row_stay_text(warnings, tmp_path):
    rows = [*TRAIN, {"question": "What does <|end|> mean?"}]
    assert warnings({"train": rows})["special_tokens"].split == "train"
