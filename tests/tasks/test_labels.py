import pytest
from conftest import write_jsonl

from eval_predict.errors import UserError
from iwsi.recipe import Split, Task
from iwsi.tasks.dataset import prepare
from iwsi.tasks.labels import train_gold

ROWS = [{"question": f"What is {i} + 1?", "answer": f"It is #### {i + 1}"} for i in range(9)]


def _task(tmp_path, train):
    others = {
        name: Split(path=str(write_jsonl(tmp_path / f"{name}.jsonl", rows)))
        for name, rows in (
            ("validation", [{"question": "v", "answer": "one and one make 2"}]),
            ("test", [{"question": "t", "answer": "2"}]),
        )
    }
    path = str(write_jsonl(tmp_path / "train.jsonl", train))
    return Task(name="t", train=Split(path=path, size=4), **others)


def test_each_question_gets_the_canonical_answer_of_its_own_row(tmp_path):
    task = _task(tmp_path, ROWS)
    train = prepare(task, seed=3).train
    gold = train_gold(task, train["question_id"].to_pylist()).to_pylist()
    assert len(gold) == 4
    for row, labelled in zip(train.to_pylist(), gold, strict=True):
        number = int(row["prompt"].split()[2])
        assert labelled == {"question_id": row["question_id"], "gold": str(number + 1)}


def test_rows_without_labels_are_refused_by_the_template_that_asks_for_them(tmp_path):
    task = _task(tmp_path, [{"question": row["question"]} for row in ROWS])
    with pytest.raises(UserError, match=r'task.gold: no column "answer"'):
        train_gold(task, ["0"])


def test_a_label_without_an_answer_is_named_by_its_row(tmp_path):
    task = _task(tmp_path, [*ROWS[:3], {"question": "?", "answer": "who knows"}])
    with pytest.raises(UserError, match="row 4: no number in 'who knows'"):
        train_gold(task, ["0", "3"])


def test_a_label_that_only_looks_plain_is_refused_with_what_to_do(tmp_path):
    task = _task(tmp_path, [*ROWS[:3], {"question": "?", "answer": "2.5 years"}])
    with pytest.raises(UserError, match="name the unit in the prompt"):
        train_gold(task, ["0", "3"])
