import pytest
from conftest import write_jsonl

from eval_predict.errors import UserError
from iwsi import records
from iwsi.recipe import Split, Task
from iwsi.tasks.dataset import prepare, read_rows
from iwsi.tasks.templates import render

TRAIN = [{"question": f"train {i}?"} for i in range(30)]
VALIDATION = [
    {"question": f"val {i}?", "answer": f"It is {i}. The answer is {i}."} for i in range(8)
]
TEST = [{"question": f"test {i}?", "answer": f"So {i}.00 #### {i}.00"} for i in range(10)]


@pytest.fixture
def task(tmp_path):
    def make(*, rows=None, **changes) -> Task:
        values = {"name": "t"}
        for split, split_rows in (("train", TRAIN), ("validation", VALIDATION), ("test", TEST)):
            path = write_jsonl(tmp_path / f"{split}.jsonl", (rows or {}).get(split, split_rows))
            values[split] = {"path": str(path)}
        for key, change in changes.items():
            values[key] = values[key] | change if key in values else change
        return Task.model_validate(values)

    return make


def test_rows_become_prompts_rationales_and_canonical_gold(task):
    prepared = prepare(task(prompt="Q: {{ question }}\nA:"), seed=0)
    assert prepared.train.num_rows == 30
    assert prepared.validation["completion"][1].as_py() == "It is 1. The answer is 1."
    assert prepared.test.slice(3, 1).to_pylist() == [
        {"question_id": "3", "prompt": "Q: test 3?\nA:", "gold": "3"}
    ]
    assert prepared.dropped == {}


def test_a_training_question_has_no_place_for_a_label(task):
    labelled = [row | {"answer": "The answer is 99."} for row in TRAIN]
    prepared = prepare(task(rows={"train": labelled}), seed=0)
    assert prepared.train.schema == records.QUESTIONS
    assert not any("99" in str(row) for row in prepared.train.to_pylist())


def test_what_is_in_two_splits_stays_where_it_judges(task):
    train = [*TRAIN, {"question": "test 1?"}, {"question": "val 2?"}]
    validation = [*VALIDATION, {"question": "test 4?", "answer": "2 + 2. The answer is 4."}]
    prepared = prepare(task(rows={"train": train, "validation": validation}), seed=0)
    assert prepared.dropped == {
        "train": {"in_test": 1, "in_validation": 1},
        "validation": {"in_test": 1},
    }
    assert prepared.test.num_rows == 10
    held_out = {*prepared.test["prompt"].to_pylist(), *prepared.validation["prompt"].to_pylist()}
    assert not held_out & set(prepared.train["prompt"].to_pylist())


def test_the_seed_draws_train_and_validation_but_never_the_test_rows(task):
    small = task(train={"size": 5}, validation={"size": 4}, test={"size": 5})
    first, again, other = prepare(small, 0), prepare(small, 0), prepare(small, 1)
    assert first.train == again.train
    assert first.validation == again.validation
    assert first.train != other.train
    assert first.test == other.test
    assert first.test.num_rows == 5


def _fault(call, *parts):
    with pytest.raises(UserError) as caught:
        call()
    message = str(caught.value)
    assert "\n" not in message
    for part in parts:
        assert part in message
    return caught.value


def test_a_prompt_that_is_the_same_for_all_rows_is_refused(task):
    _fault(lambda: prepare(task(prompt="Hello"), 0), "task.prompt: the same prompt", "'Hello'")


def test_the_test_file_given_as_training_file_is_reported_as_that(task):
    _fault(
        lambda: prepare(task(rows={"train": TEST}), 0), "also in another split", "different files"
    )


def test_a_misnamed_column_names_file_template_and_the_nearest_column(task):
    _fault(
        lambda: prepare(task(gold="{{ answr }}"), 0),
        "test.jsonl: task.gold",
        'no column "answr"',
        "question, answer",
        'Did you mean "answer"?',
    )


def test_empty_data_is_refused(task, tmp_path):
    (tmp_path / "empty.jsonl").write_text("")
    _fault(lambda: prepare(task(test={"path": str(tmp_path / "empty.jsonl")}), 0), "empty.jsonl")


def test_a_missing_file_is_refused_by_its_key(task, tmp_path):
    missing = str(tmp_path / "none.jsonl")
    _fault(lambda: prepare(task(train={"path": missing}), 0), "task.train.path", "no file", missing)


def test_a_broken_line_names_the_file(task, tmp_path):
    (tmp_path / "bad.jsonl").write_text('{"question": "a"}\n{"question": \n')
    _fault(lambda: prepare(task(train={"path": str(tmp_path / "bad.jsonl")}), 0), "bad.jsonl")


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ("", "an empty answer"),
        ("7", "the bare answer '7'"),
        ("#### 1,200.50", "the bare answer '#### 1,200.50'"),
        ("$7.", "the bare answer '$7.'"),
        ("who knows", "no number in"),
    ],
)
def test_a_validation_row_without_rationale_is_refused(task, answer, found):
    rows = [*VALIDATION, {"question": "v?", "answer": answer}]
    _fault(lambda: prepare(task(rows={"validation": rows}), 0), "validation.jsonl: row 9", found)


@pytest.mark.parametrize(("kind", "bare"), [("choice", "(B)"), ("yes_no", "Yes.")])
def test_a_bare_choice_or_yes_is_no_rationale_either(task, kind, bare):
    rows = {"validation": [{"question": "v?", "answer": bare}]}
    gold = {"choice": "B", "yes_no": "no"}[kind]
    rows["test"] = [{"question": "t?", "answer": gold}]
    _fault(lambda: prepare(task(rows=rows, answer=kind), 0), "row 1", "the bare answer")
    rows["validation"][0]["answer"] = f"The second one fits. The answer is {gold}."
    assert prepare(task(rows=rows, answer=kind), 0).validation.num_rows == 1


def test_keys_of_hub_datasets_are_refused_beside_a_file(task):
    _fault(lambda: prepare(task(train={"split": "train[:10%]"}), 0), "task.train.split", "hub")


def test_a_gold_answer_that_cannot_be_read_names_its_row(task):
    rows = [*TEST, {"question": "t?", "answer": "#### unknown"}]
    _fault(
        lambda: prepare(task(rows={"test": rows}), 0),
        "test.jsonl: row 11",
        "no number",
        "Correct the row",
    )


def test_an_empty_cell_names_its_row_and_column(task):
    rows = [*TEST, {"question": None, "answer": "#### 1"}]
    _fault(lambda: prepare(task(rows={"test": rows}), 0), "row 11, column question: nothing")


def test_more_rows_asked_for_than_there_are_is_refused(task):
    _fault(
        lambda: prepare(task(test={"size": 11}), 0),
        "task.test.size: 11 rows asked for, 10 found",
        "expected at most 10",
    )


def test_rows_are_read_from_csv_and_parquet_too(tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    (tmp_path / "rows.csv").write_text("question,answer\na?,1\n")
    pq.write_table(pa.table({"question": ["a?"], "answer": [1]}), tmp_path / "rows.parquet")
    for name in ("rows.csv", "rows.parquet"):
        rows = read_rows(Split(path=str(tmp_path / name)), "task.test")
        assert rows == [{"question": "a?", "answer": 1}]


def test_a_template_reaches_into_lists_and_maps_of_a_row():
    row = {"choices": {"text": ["x", "y"], "label": ["A", "B"]}, "label": 1}
    template = "{% for t in choices.text %}{{ choices.label[loop.index0] }}) {{ t }} {% endfor %}"
    assert render(template, [row], field="task.prompt", where="f") == ["A) x B) y "]
    assert render("{{ ['A', 'B'][label] }}", [row], field="task.gold", where="f") == ["B"]


def test_the_path_of_records_holds_for_every_split_without_its_own(tmp_path):
    import json

    (tmp_path / "nested.json").write_text(json.dumps({"examples": [{"question": "a?"}]}))
    path = str(tmp_path / "nested.json")
    flat = {"path": path, "records": "flat"}
    values = {"name": "t", "records": "examples", "train": {"path": path}, "validation": flat}
    task = Task.model_validate({**values, "test": {"path": path}})
    assert (task.test.records, task.validation.records) == ("examples", "flat")
    assert read_rows(task.test, "task.test") == [{"question": "a?"}]


@pytest.mark.parametrize(
    "template",
    ["{{ question.__class__.__mro__ }}", "{% if %}", "{{ question | nofilter }}", "{{ 1 / 0 }}"],
)
def test_a_template_that_is_wrong_or_reaches_out_is_refused(template):
    _fault(lambda: render(template, [{"question": "q"}], field="task.prompt", where="f"), "task.pr")
