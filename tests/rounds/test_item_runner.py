import numpy as np
import pyarrow as pa

from eval_predict.data.observed import Observed
from iwsi import records
from iwsi.rounds import item_runner
from iwsi.rounds.item_runner import ItemRunner

ITEMS = pa.table({"question_id": list("abcd"), "prompt": list("abcd"), "gold": ["1"] * 4})


def _results(names, scores):
    rows = [
        {"model": "m", "item": name, "score": score, "prompt": name, "text": "t", "gold": "1"}
        for name, score in zip(names, scores, strict=True)
    ]
    return pa.Table.from_pylist(rows, schema=records.TEST_RESULTS)


class _Context:
    """Says what was generated and where, and how far it is."""

    def __init__(self):
        self.generated, self.seen = [], []

    def greedy(self):
        return "greedy"

    def progress(self, done, total):
        self.seen.append((done, total))

    def generate(self, inputs, questions, decoding, folder, *, columns, progress):
        self.generated.append((questions["question_id"].to_pylist(), folder.name))
        progress(questions.num_rows, questions.num_rows)
        return pa.table({"text": ["t"] * questions.num_rows})


def test_each_batch_is_run_in_a_folder_of_its_own_and_progress_counts_all(tmp_path, monkeypatch):
    context = _Context()
    scores = {"a": 1.0, "b": 0.0, "c": 1.0, "d": 0.0}
    monkeypatch.setattr(
        item_runner,
        "scored",
        lambda _, items, texts: _results(
            items["question_id"].to_pylist(), [scores[n] for n in items["question_id"].to_pylist()]
        ),
    )
    runner = ItemRunner(context, None, ITEMS, tmp_path, budget=3, tested=None)
    assert runner(np.array([2, 1]), 0).tolist() == [1.0, 0.0]
    assert runner(np.array([0]), 1).tolist() == [1.0]
    assert context.generated == [(["c", "b"], "batch-00"), (["a"], "batch-01")]
    assert context.seen == [(2, 3), (3, 3)]
    probability_1n = np.array([[0.5, np.nan, 0.25]])
    observed = Observed(np.array([[2, 1, 0]]), np.ones((1, 3)), probability_1n, np.array([0, 0, 1]))
    table = runner.table(observed)
    assert table["item"].to_pylist() == ["c", "b", "a"]
    assert table["probability"].to_pylist() == [0.5, None, 0.25]
    assert table["stage"].to_pylist() == [0, 0, 1]


def test_items_of_a_full_test_are_looked_up_and_nothing_is_run(tmp_path):
    tested = _results(list("abcd"), [1.0, 0.0, 0.0, 1.0])
    context = _Context()
    runner = ItemRunner(context, None, ITEMS, tmp_path, budget=2, tested=tested)
    assert runner(np.array([3, 1]), 0).tolist() == [1.0, 0.0]
    assert context.generated == []
