"""A run whose answers are one of a closed list: scored, not sampled."""

import json
import subprocess
import sys

import numpy as np
import pytest
from conftest import small_recipe

from iwsi.files import read_table

IWSI = [sys.executable, "-c", "from iwsi.cli import main; main()"]
LABELS = [str(number) for number in range(30)]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    recipe_file = small_recipe(tmp_path_factory.mktemp("recipe"))
    folder = tmp_path_factory.mktemp("exact") / "run"
    overrides = ["sample.method=exact", f"sample.labels={LABELS!r}", "filter.method=vote_share"]
    command = [*IWSI, "run", str(recipe_file), *overrides, "--run-dir", str(folder)]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    return folder


def test_each_question_has_a_candidate_for_each_label(run):
    samples = read_table(run / "round-1" / "samples")
    assert samples.num_rows == 24 * len(LABELS)


def test_shares_are_the_probabilities_of_the_labels(run):
    samples = read_table(run / "round-1" / "samples")
    votes = read_table(run / "round-1" / "votes.parquet")
    weight = np.exp(samples["logprob"].to_numpy()).reshape(24, len(LABELS))
    share = votes["vote_share"].to_numpy().reshape(24, len(LABELS))
    np.testing.assert_allclose(share[:, 0], (weight / weight.sum(axis=1, keepdims=True))[:, 0])
    assert votes["agrees"].to_numpy().sum() == 24


def test_texts_of_a_closed_list_are_not_compared(run):
    found = json.loads((run / "round-1" / "diversity.json").read_text())["training"]
    assert found["candidates"] == 24 * len(LABELS)
    assert 0 < found["vote_entropy"] < 1
    assert found["distinct_answers"] is None
    assert found["self_bleu"] is None


def test_a_test_answers_with_the_likeliest_label(run):
    texts = read_table(run / "round-1" / "test.parquet")["text"].to_pylist()
    assert set(texts) <= {f" The answer is {label}." for label in LABELS}
