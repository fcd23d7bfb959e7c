"""The stage that votes, in this process, on made-up candidates."""

import pyarrow as pa
from conftest import small_recipe

from iwsi import records
from iwsi.files import read_table, write_table
from iwsi.recipe.load import load_recipe
from iwsi.rounds.context import Session
from iwsi.rounds.plan import plan


def test_a_question_has_its_majority_and_every_other_candidate_a_reason(tmp_path):
    recipe = load_recipe(small_recipe(tmp_path), [])
    answers = [("a", "4"), ("a", "4"), ("a", "5"), ("b", "6"), ("b", "7")]
    rows = [
        {
            "question_id": question,
            "candidate_id": i,
            "prompt": "?",
            "text": f"The answer is {answer}.",
            "finish_reason": "stop",
            "num_tokens": 5,
            "logprob": -1.0,
        }
        for i, (question, answer) in enumerate(answers)
    ]
    shard = pa.Table.from_pylist(rows, schema=records.CANDIDATES)
    write_table(tmp_path / "round-1" / "samples" / "00000.parquet", shard)
    stage = next(stage for stage in plan(recipe) if stage.name == "round-1/vote")
    stage.run(Session(tmp_path, recipe, lambda done, total: None), "digest")
    votes = read_table(tmp_path / "round-1" / "votes.parquet")
    assert votes.schema == records.VOTES
    assert votes["answer"].to_pylist() == ["4", "4", "5", "6", "7"]
    assert votes["reason"].to_pylist() == [None, None, "minority_answer", "tie", "tie"]
