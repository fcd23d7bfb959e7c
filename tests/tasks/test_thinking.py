"""Rationales behind a prompt that has opened a think block."""

import pytest
from conftest import write_jsonl

from eval_predict.errors import UserError
from iwsi.recipe import Task
from iwsi.tasks.dataset import prepare
from iwsi.tasks.thinking import after_opened_thinking, opens_thinking


def test_a_prompt_opens_a_block_only_where_it_ends_in_one():
    assert opens_thinking("Question\n<|assistant|>\n<think>\n")
    assert not opens_thinking("Question\n<|assistant|>\n<think>\n\n</think>\n\n")
    assert not opens_thinking("What does <think> mean?")


@pytest.mark.parametrize(
    ("rationale", "whole"),
    [
        (
            "2 + 2 = 4. The answer is 4.",
            "2 + 2 = 4. The answer is 4.\n</think>\n\nThe answer is 4.",
        ),
        ("<think>\n2 + 2\n</think>\n\nIt is 4.", "2 + 2\n</think>\n\nIt is 4."),
        ("2 + 2 = 4\n</think>", "2 + 2 = 4\n</think>\n\nThe answer is 4."),
    ],
)
def test_a_rationale_closes_the_block_and_states_its_answer_behind_it(rationale, whole):
    assert after_opened_thinking(rationale, "4") == whole


def _task(tmp_path, answer, prompt):
    rows = {
        "train": [{"question": "t?"}],
        "validation": [{"question": "v?", "answer": answer}],
        "test": [{"question": "w?", "answer": "4"}],
    }
    paths = {
        name: {"path": str(write_jsonl(tmp_path / f"{name}.jsonl", split_rows))}
        for name, split_rows in rows.items()
    }
    return Task.model_validate({"name": "t", "prompt": prompt, **paths})


def test_a_rationale_that_only_opens_the_block_again_is_closed(tmp_path):
    task = _task(tmp_path, "<think>\n2 + 2 = 4. The answer is 4.", "{{ question }}\n<think>\n")
    [completion] = prepare(task, 0).validation["completion"].to_pylist()
    assert completion == "2 + 2 = 4. The answer is 4.\n</think>\n\nThe answer is 4."


def test_validation_rows_are_put_right_where_the_prompt_opens_a_block(tmp_path):
    task = _task(tmp_path, "2 + 2 = 4. The answer is 4.", "{{ question }}\n<think>\n")
    completion = prepare(task, 0).validation["completion"][0].as_py()
    assert completion.endswith("\n</think>\n\nThe answer is 4.")


def test_a_block_that_a_rationale_leaves_open_is_refused(tmp_path):
    task = _task(tmp_path, "<think>2 + 2 = 4. The answer is 4.", "{{ question }}")
    with pytest.raises(UserError, match="row 1: a rationale whose <think> block is not closed"):
        prepare(task, 0)
