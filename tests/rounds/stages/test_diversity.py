"""The stage that measures diversity, in this process, on made-up candidates."""

import json

import pyarrow as pa
import pytest
from conftest import small_recipe

from iwsi import records
from iwsi.files import write_table
from iwsi.recipe.load import load_recipe
from iwsi.rounds import layout
from iwsi.rounds.context import Session
from iwsi.rounds.plan import plan

# Four candidates of each question, by their answers; None is a text without one.
TRAINING = {"q0": ["1", "1", "1", "1"], "q1": ["2", "3", "3", None]}
LABELLED = {"v0": ["5", "5", "5", "6"], "v1": ["7", "8", "8", "9"]}
GOLD = {"v0": "5", "v1": "7"}


def _candidates(answers):
    rows = [
        {
            "question_id": question,
            "candidate_id": i,
            "prompt": f"{question}?",
            "text": f"We count one by one. The answer is {answer}." if answer else "No idea.",
            "finish_reason": "stop",
            "num_tokens": 8,
            "logprob": -1.0,
        }
        for question, row in answers.items()
        for i, answer in enumerate(row)
    ]
    return pa.Table.from_pylist(rows, schema=records.CANDIDATES)


@pytest.fixture
def found(tmp_path):
    """`diversity.json` of rounds 1 and 2, of which the second's labelled rows are all wrong."""
    recipe = load_recipe(
        small_recipe(tmp_path), ["audit={rows: 50}", "filter={method: lmsi}", "rounds=2"]
    )
    session = Session(tmp_path, recipe, lambda done, total: None)
    stages = {stage.name: stage for stage in plan(recipe)}
    validation = [
        {"question_id": q, "prompt": f"{q}?", "completion": f"The answer is {gold}."}
        for q, gold in GOLD.items()
    ]
    write_table(
        tmp_path / layout.VALIDATION, pa.Table.from_pylist(validation, schema=records.VALIDATION)
    )
    losses = [
        {
            "question_id": q,
            "rationale_completion": loss,
            "rationale_sequence": 1.0,
            "rationale_tokens": 4,
        }
        for q, loss in {"v0": 0.5, "v1": 0.7}.items()
    ]
    results = []
    for number in (1, 2):
        files = layout.RoundFiles.of(number)
        for path, answers in ((files.samples, TRAINING), (files.labelled_samples, LABELLED)):
            table = _candidates(answers)
            write_table(tmp_path / path / "shard-00000.parquet", table)
        table = pa.Table.from_pylist(losses, schema=records.LABELLED_LOSSES)
        write_table(tmp_path / files.labelled_losses, table)
        for kind in ("vote", "diversity"):
            stages[f"round-{number}/{kind}"].run(session, "digest")
        results.append(json.loads((tmp_path / files.diversity).read_text()))
    return results


def test_a_round_knows_how_often_labelled_rows_are_right(found):
    labelled = found[0]["labelled"]
    # Right are 3 of 4 and 1 of 4: pass@1 (3/4 + 1/4)/2, pass@2 (1 + 1/2)/2.
    assert {k: estimate["value"] for k, estimate in labelled["pass_at"].items()} == pytest.approx(
        {"1": 0.5, "2": 0.75, "4": 1.0}
    )
    assert labelled["majority_accuracy"]["value"] == 0.5
    assert labelled["held_out_loss"]["value"] == pytest.approx(0.6)


def test_a_round_knows_how_diverse_its_training_questions_are(found):
    training = found[0]["training"]
    assert training["distinct_answers"] == 1.5
    assert training["unanimous"] == 0.5
    assert training["questions"] == 2


def test_a_round_like_the_one_before_has_no_warnings(found):
    assert found[1]["warnings"] == []
