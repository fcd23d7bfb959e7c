import numpy as np
import pyarrow as pa
from conftest import small_recipe
from rounds.made_up_round import run_stage, write_data

from iwsi import models, records
from iwsi.files import read_table, write_table
from iwsi.recipe.load import load_recipe
from iwsi.scoring import losses


def _recipe(folder, *overrides):
    return load_recipe(small_recipe(folder), [*overrides])


LABELLED = [
    {"question_id": str(i), "prompt": f"q{i}", "completion": f"worked {i}"} for i in range(3)
]


def _write_candidates(root, answers):
    rows = [
        {"question_id": question, "candidate_id": i, "prompt": f"q{question}", "num_tokens": 4}
        | {"text": f"The answer is {answer}.", "finish_reason": "stop", "logprob": -2.0}
        for question, of_question in answers.items()
        for i, answer in enumerate(of_question)
    ]
    shard = pa.Table.from_pylist(rows, schema=records.CANDIDATES)
    write_table(root / "round-1" / "labelled_samples" / "00000.parquet", shard)


def test_worked_answers_and_the_first_agreeing_candidate_are_scored(tmp_path, monkeypatch):
    """Row 2 was not sampled, and row 1's two answers make no majority."""
    write_data(tmp_path, validation=LABELLED)
    _write_candidates(tmp_path, {"0": ["5", "7", "7"], "1": ["1", "2"]})
    scored = []

    def token_losses(model, samples, *, batch_tokens, progress):
        scored.extend(samples)
        three = np.full(3, 3)
        return losses.TokenLosses(2.0 * three, three, np.array([2.0, 6, 12]), np.arange(1, 4))

    monkeypatch.setattr(models, "load_model", lambda *arguments, **options: None)
    monkeypatch.setattr(losses, "token_losses", token_losses)
    recipe = _recipe(tmp_path, "audit={rows: 10}")
    assert run_stage(tmp_path, recipe, "round-1/audit_losses") == {"rows": 2}
    tokenizer = models.load_tokenizer(recipe.model)
    texts = [tokenizer.decode(sample.ids[sample.prompt :]) for sample in scored]
    assert [text.removesuffix(tokenizer.eos_token).strip() for text in texts] == [
        "worked 0",
        "worked 1",
        "The answer is 7.",
    ]
    table = read_table(tmp_path / "round-1" / "labelled_losses.parquet")
    assert table["question_id"].to_pylist() == ["0", "1"]
    assert table["rationale_completion"].to_pylist() == [2.0, 3.0]
    assert table["rationale_sequence"].to_pylist() == [2.0, 2.4]  # 8 / 4 and 12 / 5
    assert table["vote_sequence"].to_pylist() == [3.0, None]  # 18 / 6
    assert table["rationale_tokens"].to_pylist() == [1, 2]


def test_without_audited_candidates_the_table_is_empty(tmp_path):
    folder = tmp_path / "round-1" / "labelled_samples"
    write_table(folder / "00000.parquet", records.CANDIDATES.empty_table())
    recipe = _recipe(tmp_path, "audit={rows: 10}")
    assert run_stage(tmp_path, recipe, "round-1/audit_losses") == {"rows": 0}
