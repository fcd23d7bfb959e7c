import numpy as np
import pyarrow as pa
from conftest import small_recipe
from rounds.made_up_round import run_stage

from iwsi import records
from iwsi.files import read_table, write_table
from iwsi.recipe.load import load_recipe
from iwsi.scoring import reward


def _recipe(folder, *overrides):
    return load_recipe(small_recipe(folder), [*overrides])


def test_the_reward_of_each_vote_is_that_of_its_first_agreeing_candidate(tmp_path, monkeypatch):
    texts = ["It is 5. The answer is 5.", "The answer is 7.", "So. The answer is 7."]
    rows = [
        {"question_id": "0", "candidate_id": i, "prompt": "q", "text": text, "num_tokens": 4}
        | {"finish_reason": "stop", "logprob": -2.0}
        for i, text in enumerate(texts)
    ]
    shard = pa.Table.from_pylist(rows, schema=records.CANDIDATES)
    write_table(tmp_path / "round-1" / "labelled_samples" / "00000.parquet", shard)
    scored = []

    class Model:
        def __init__(self, *arguments, **options):
            pass

        def close(self):
            pass

        def scores(self, questions, texts, progress):
            scored.extend(zip(questions, texts, strict=True))
            return np.array([2.5] * len(texts))

    monkeypatch.setattr(reward, "RewardModel", Model)
    recipe = _recipe(tmp_path, "filter={method: rm, reward_model: org/reward}", "audit={rows: 10}")
    info = run_stage(tmp_path, recipe, "round-1/audit_reward")
    assert info == {"rows": 1, "too_long": 0}
    assert scored == [("q", texts[1])]
    table = read_table(tmp_path / "round-1" / "labelled_rewards.parquet")
    assert table.to_pylist() == [{"question_id": "0", "reward": 2.5}]
