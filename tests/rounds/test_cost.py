import pytest
from conftest import ROOT
from transformers import LlamaConfig

from iwsi.recipe.load import load_recipe
from iwsi.rounds.cost import Counts, costs, disk_gib, work_tokens

SMOLLM2 = LlamaConfig(
    hidden_size=576,
    intermediate_size=1536,
    num_hidden_layers=30,
    num_attention_heads=9,
    num_key_value_heads=3,
)


def recipe(*overrides):
    fixed = ["sample.n=10", "filter.keep=0.5", "train.epochs=2", "rounds=1", "audit=null"]
    return load_recipe(ROOT / "recipes" / "tiny_arith.yaml", [*fixed, *overrides])


def counts(**changes):
    values = {
        "questions": 100,
        "labelled": 50,
        "warm": 0,
        "tests": 200,
        "prompt": 20.0,
        "few_shot": 300,
        "answer": 10.0,
        "longest": 340,
        "adapter": 1_000_000,
    }
    return Counts(**(values | changes))


def test_a_prompt_is_read_once_for_all_its_answers():
    tokens = work_tokens(recipe(), counts())
    assert tokens["sample"] == 100 * (320 + 10 * 10)
    # Scoring reads the few-shot text once for all: 700 of 1,000 candidates are voted.
    assert tokens["score"] == 100 * 20 + 700 * 10
    assert tokens["train"] == 350 * 330 * 2
    assert tokens["test"] == 2 * 200 * 330  # test.full is every: the base and round 1


def test_a_closed_list_has_an_answer_for_each_label_and_one_candidate_is_kept():
    tokens = work_tokens(recipe(), counts(labels=6))
    assert tokens["sample"] == 100 * (320 + 6 * 10)
    assert tokens["train"] == 50 * 330 * 2


def test_the_audit_samples_labelled_rows_and_scores_two_texts_of_each():
    tokens = work_tokens(recipe("audit={rows: 40}"), counts())
    assert tokens["audit"] == 40 * (320 + 100 + 2 * 30)


def test_a_filter_without_losses_scores_nothing():
    assert work_tokens(recipe("filter={method: lmsi}"), counts())["score"] == 0


def test_training_of_smollm2_takes_the_memory_that_was_measured():
    # 192 rows of 310 tokens with a batch of 16 took 16.3 GiB (float32).
    train = recipe("train.batch_size=16", "train.micro_batch_size=16")
    found = costs(train, counts(longest=310), 134_515_008, SMOLLM2, 1e11, 4)
    [memory] = [cost.memory_gib for cost in found if cost.work == "train"]
    assert 16.3 / 2 < memory < 16.3 * 2


def test_time_follows_from_the_rate_and_the_starts():
    found = {cost.work: cost for cost in costs(recipe(), counts(), 10**6, SMOLLM2, 1e9, 4)}
    assert found["sample"].seconds == pytest.approx(2 * 10**6 * 42_000 / 1e9 + 10)
    assert found["train"].seconds == pytest.approx(4 * 10**6 * 231_000 / 1e9 + 10)


def test_an_adapter_and_the_candidates_lie_on_disk():
    assert disk_gib(recipe(), counts()) > 4 * 1_000_000 / 2**30
    assert disk_gib(recipe("rounds=3"), counts()) > 2.5 * disk_gib(recipe(), counts())
