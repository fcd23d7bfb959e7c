"""Which columns are question, options, gold and rationale, over the shapes that people have."""

import csv
import json
import os
from pathlib import Path

import pytest
from conftest import ROOT, write_jsonl

from eval_predict.errors import UserError
from iwsi.recipe.answer import kind_of
from iwsi.tasks.dataset import prepare
from iwsi.tasks.proposal import Given, propose

REAL = Path(os.environ.get("IWSI_SHARED_DATA", ROOT.parent / "shared" / "data")) / "rows"

WORDS = ["oak", "pine", "elm", "ash", "fir", "yew"]


def _rows(make):
    return [make(i, word) for i, word in enumerate(WORDS)]


# Shapes of public sets, filled by hand: name of the file, its rows, and what is to be proposed:
# the kind, a part of the prompt, the first row's gold.
SHAPES = {
    "gsm8k": (
        _rows(
            lambda i, w: {
                "question": f"How many {w}s?",
                "answer": f"1 + {i} = {i + 1}\n#### {i + 1}",
            }
        ),
        ("number", "{{ question }}", "{{ answer }}"),
    ),
    "alpaca": (
        _rows(lambda i, w: {"instruction": f"Name tree {i}.", "input": "", "output": w.title()}),
        ("text", "{{ instruction }}", "{{ output }}"),
    ),
    "mmlu": (
        _rows(
            lambda i, w: {
                "question": f"Which is number {i}?",
                "subject": "trees",
                "choices": WORDS[:4],
                "answer": i % 4,
            }
        ),
        ("choice", "{% for option in choices %}", "{{ 'ABCDEFGHIJ'[answer] }}"),
    ),
    "arc": (
        _rows(
            lambda i, w: {
                "id": f"M_{i}",
                "question": f"Which is number {i}?",
                "choices": {"text": WORDS[:3], "label": ["A", "B", "C"]},
                "answerKey": "ABC"[i % 3],
            }
        ),
        ("choice", "choices.label[loop.index0]", "{{ answerKey }}"),
    ),
    "aqua": (
        _rows(
            lambda i, w: {
                "question": f"Tree {i}?",
                "options": ["A)1", "B)2", "C)3"],
                "rationale": f"There is {i}.",
                "correct": "ABC"[i % 3],
            }
        ),
        ("choice", "{{ option }}", "{{ correct }}"),
    ),
    "one_based": (
        _rows(
            lambda i, w: {
                "Question": f"Tree {i}?",
                "option1": "x",
                "option2": "y",
                "answer": i % 2 + 1,
            }
        ),
        ("choice", "(B) {{ option2 }}", "{{ 'ABCDEFGHIJ'[answer - 1] }}"),
    ),
    "option_text": (
        _rows(
            lambda i, w: {"question": f"Tree {i}?", "choices": WORDS[:5], "answer": WORDS[i % 5]}
        ),
        ("choice", "{{ question }}", "{{ 'ABCDEFGHIJ'[choices.index(answer)] }}"),
    ),
    "boolq": (
        _rows(lambda i, w: {"question": f"Is it {w}?", "passage": f"It is {w}.", "answer": i > 2}),
        ("yes_no", "{{ passage }}", "{{ answer }}"),
    ),
    "sharegpt": (
        _rows(
            lambda i, w: {
                "conversations": [
                    {"from": "human", "value": f"Tree {i}?"},
                    {"from": "gpt", "value": w},
                ]
            }
        ),
        ("text", "turns[0].value", None),
    ),
    "messages": (
        _rows(
            lambda i, w: {
                "messages": [
                    {"role": "system", "content": "Be brief."},
                    {"role": "user", "content": f"{i} + 1?"},
                    {"role": "assistant", "content": str(i + 1)},
                ]
            }
        ),
        ("number", "turns[0].content", None),
    ),
    "prompt_turns": (
        _rows(
            lambda i, w: {
                "prompt": [{"role": "user", "content": f"{i} + 1?"}],
                "reward_model": {"ground_truth": str(i + 1)},
            }
        ),
        ("number", "{{ prompt[-1].content }}", "{{ reward_model.ground_truth }}"),
    ),
    "one_based_columns": (
        _rows(lambda i, w: {"question": w, "opa": "1", "opb": "2", "opc": "3", "cop": i % 3 + 1}),
        ("choice", "(C) {{ opc }}", "{{ 'ABCDEFGHIJ'[cop - 1] }}"),
    ),
    "answers_are_options": (
        _rows(
            lambda i, w: {"context": w, "question": f"{w}?", "answers": WORDS[:4], "label": i % 4}
        ),
        ("choice", "{% for option in answers %}", "{{ 'ABCDEFGHIJ'[label] }}"),
    ),
    "squad_of_the_hub": (
        _rows(lambda i, w: {"context": "C", "question": f"{w}?", "answers": {"text": [w, w]}}),
        ("text", "{{ context }}", "{{ answers.text }}"),
    ),
    "classes": (
        [{"text": f"News of {w} {i}", "label": i % 3} for i, w in enumerate(WORDS * 2)],
        ("label", "{{ text }}", "{{ label }}"),
    ),
    "solution_beside_a_chat": (
        _rows(
            lambda i, w: {
                "problem": f"{w}?",
                "solution": f"So \\boxed{{{i}}}",
                "messages": [
                    {"role": "user", "content": w},
                    {"role": "assistant", "content": w * 90},
                ],
            }
        ),
        ("number", "{{ problem }}", "{{ solution }}"),
    ),
    "pair": (
        [
            {"premise": f"{w} {i}", "hypothesis": w, "gold_label": ["yes so", "not so"][i % 2]}
            for i, w in enumerate(WORDS * 2)
        ],
        ("label", "{{ premise }}\n{{ hypothesis }}", "{{ gold_label }}"),
    ),
    "turns_on_both_sides": (
        _rows(
            lambda i, w: {
                "prompt": [{"role": "user", "content": f"Tree {i}?"}],
                "completion": [{"role": "assistant", "content": w}],
            }
        ),
        ("text", "{{ prompt[-1].content }}", "{{ completion[-1].content }}"),
    ),
    "sentiment": (
        [
            {"sentence": f"{w} {i}", "label": ["good", "bad"][i % 2]}
            for i, w in enumerate(WORDS * 2)
        ],
        ("label", "{{ sentence }}", "{{ label }}"),
    ),
}


@pytest.mark.parametrize("name", SHAPES)
def test_a_shape_is_recognised_and_its_task_is_accepted(tmp_path, name):
    rows, (kind, prompt, gold) = SHAPES[name]
    proposal = propose(write_jsonl(tmp_path / f"{name}.jsonl", rows), Given())
    assert kind_of(proposal.task.answer) == kind
    assert prompt in proposal.task.prompt
    assert gold is None or proposal.task.gold == gold
    assert prepare(proposal.task, 0, compare=False).train.num_rows >= 1


def test_a_squad_file_and_a_drop_file_are_reached_by_their_paths(tmp_path):
    questions = [{"question": f"Tree {i}?", "answers": [{"text": w}]} for i, w in enumerate(WORDS)]
    squad = {"data": [{"paragraphs": [{"context": "Trees.", "qas": questions}]}]}
    (tmp_path / "squad.json").write_text(json.dumps(squad))
    task = propose(tmp_path / "squad.json", Given()).task
    assert (task.test.records, kind_of(task.answer)) == ("data.paragraphs.qas", "text")
    assert "{{ context }}" in task.prompt
    pairs = [
        {"question": f"Tree {i}?", "answer": {"number": str(i), "spans": []}} for i in range(3)
    ]
    drop = {"n1": {"passage": "P", "qa_pairs": pairs}, "n2": {"passage": "Q", "qa_pairs": pairs}}
    (tmp_path / "drop.json").write_text(json.dumps(drop))
    task = propose(tmp_path / "drop.json", Given()).task
    assert (task.test.records, task.answer) == ("*.qa_pairs", "number")


def test_a_csv_without_header_and_one_in_latin_1_get_their_keys(tmp_path):
    question = "How many of the old {} trees stand in the garden behind the house?"
    with (tmp_path / "plain.csv").open("w", newline="") as file:
        csv.writer(file).writerows([[question.format(w), i] for i, w in enumerate(WORDS)])
    assert propose(tmp_path / "plain.csv", Given()).task.test.columns == ["question", "answer"]
    text = "Frage;Antwort\n" + "".join(f"Wie viele Bäume {i}?;{i}\n" for i in range(6))
    (tmp_path / "latin.csv").write_bytes(text.encode("cp1252"))
    task = propose(tmp_path / "latin.csv", Given()).task
    assert (task.test.encoding, task.prompt) == ("cp1252", "Question: {{ Frage }}\nAnswer:")


def test_worked_solutions_become_the_rationale(tmp_path):
    rows = _rows(
        lambda i, w: {"problem": f"{i}?", "solution": f"So \\boxed{{{i}}}", "answer": str(i)}
    )
    proposal = propose(write_jsonl(tmp_path / "math.jsonl", rows), Given())
    assert proposal.task.rationale == "{{ solution }}"
    assert not any("worked solutions" in note for note in proposal.notes)


def test_a_gold_that_is_read_from_a_solution_has_it_as_its_rationale(tmp_path):
    rows = _rows(lambda i, w: {"problem": f"{w}?", "solution": f"So it is \\boxed{{{i}}}."})
    task = propose(write_jsonl(tmp_path / "math.jsonl", rows), Given()).task
    assert (task.gold, task.rationale) == ("{{ solution }}", "{{ solution }}")


def test_one_text_of_a_list_of_golds_stands_in_the_rationale(tmp_path):
    rows = _rows(lambda i, w: {"question": f"{w}?", "answer": [w, w.upper()]})
    task = propose(write_jsonl(tmp_path / "nq.jsonl", rows), Given()).task
    assert task.rationale == "The answer is {{ answer[0] }}."


def test_solutions_that_contradict_the_gold_are_no_rationale(tmp_path):
    rows = _rows(lambda i, w: {"question": f"{i}?", "solution": "The answer is 77.", "answer": i})
    proposal = propose(write_jsonl(tmp_path / "math.jsonl", rows), Given())
    assert proposal.task.rationale == "The answer is {{ answer }}."


@pytest.mark.parametrize(
    ("rows", "parts"),
    [
        (
            _rows(lambda i, w: {"goal": w, "sol1": "a", "sol2": "b"}),
            ["gold answer", "--gold"],
        ),
        (_rows(lambda i, w: {"answer": i}), ["looks like a question", "--prompt"]),
        (
            _rows(lambda i, w: {"question": w, "answer": i if i != 4 else ""}),
            ["row 5: no gold"],
        ),
        (
            _rows(lambda i, w: {"question": w, "answer": "x " * 300}),
            ["row 1", "--answer"],
        ),
        ([{"question": "a", "answer": 1}], ["1 row;"]),
        (
            _rows(lambda i, w: {"messages": [{"role": "user", "content": w}] * 3}),
            ["looks like a gold"],
        ),
        (
            _rows(
                lambda i, w: {
                    "messages": [
                        {"role": role, "content": w}
                        for role in ("user", "assistant", "user", "assistant")
                    ]
                }
            ),
            ["row 1: a conversation of 4 turns", "--gold"],
        ),
    ],
)
def test_what_is_missing_is_reported_in_one_line(tmp_path, rows, parts):
    with pytest.raises(UserError) as caught:
        propose(write_jsonl(tmp_path / "rows.jsonl", rows), Given())
    message = str(caught.value)
    assert "\n" not in message
    for part in parts:
        assert part in message


def test_what_the_user_names_is_taken(tmp_path):
    rows = _rows(lambda i, w: {"q": w, "a": i + 10, "why": f"It is {i}. The answer is {i + 10}."})
    given = Given(prompt="{{ q }}", gold="{{ a }}", rationale="{{ why }}", answer="text")
    task = propose(write_jsonl(tmp_path / "rows.jsonl", rows), given).task
    assert (task.prompt, task.gold, task.rationale) == ("{{ q }}", "{{ a }}", "{{ why }}")
    assert task.answer == "text"


def test_at_least_35_of_the_real_files_are_proposed_and_the_others_say_what_is_missing():
    if not REAL.is_dir():
        pytest.skip(f"no real rows: {REAL} is not there (IWSI_SHARED_DATA names another place)")
    refused = {}
    files = sorted(file for file in REAL.glob("*/*") if file.is_file())
    for file in files:
        try:
            propose(file, Given())
        except UserError as error:
            refused[file.name] = str(error)
    assert len(files) - len(refused) >= 35, refused
    assert not any("\n" in message for message in refused.values())
