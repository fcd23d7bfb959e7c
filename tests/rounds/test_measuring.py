"""The stages of every filter on the real model, in this process, from the same samples."""

import json
import shutil

import numpy as np
import pytest
import torch
from conftest import MODEL, ROOT

from iwsi.audit.report import LEAST_ROWS
from iwsi.files import read_table
from iwsi.filter.methods import METHODS
from iwsi.models import load_tokenizer
from iwsi.recipe import Model
from iwsi.recipe.load import load_recipe
from iwsi.rounds.context import Session
from iwsi.rounds.layout import TRAIN_GOLD
from iwsi.rounds.plan import plan
from iwsi.tasks.answers import extract_answers
from iwsi.tasks.chat import in_prompt_style

# Rows with labels, which the oracle asks for; a validation row is no training row.
LABELLED = f"task.train.path={ROOT / 'recipes' / 'tiny_arith' / 'validation.jsonl'}"
BEFORE = ("prepare", "sample", "vote")


def _run(recipe, root, kinds):
    session = Session(root, recipe, lambda done, total: None)
    infos = {}
    for stage in plan(recipe):
        if stage.kind.name in kinds:
            infos[stage.kind.name] = stage.run(session, "digest")
    return infos


def _recipe(path, *overrides):
    short = ["sample.n=6", "sample.max_tokens=40", "forecast=null", "gate=null"]
    return in_prompt_style(load_recipe(path, [LABELLED, *short, *overrides]))


@pytest.fixture(scope="module")
def reward_model(tmp_path_factory):
    from transformers import LlamaConfig, LlamaForSequenceClassification

    folder = tmp_path_factory.mktemp("reward") / "model"
    tokenizer = load_tokenizer(Model(name=str(MODEL)))
    torch.manual_seed(0)
    sizes = {"hidden_size": 16, "intermediate_size": 32, "num_attention_heads": 2}
    config = LlamaConfig(
        vocab_size=len(tokenizer), num_hidden_layers=1, num_labels=1, pad_token_id=0, **sizes
    )
    LlamaForSequenceClassification(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    return tmp_path_factory.mktemp("sampled")


@pytest.fixture
def sampled(shared, recipe_file):
    """A run directory in which everything up to the vote is done."""
    if not (shared / "round-1").exists():
        _run(_recipe(recipe_file), shared, BEFORE)
    return shared


@pytest.fixture
def judged(sampled, recipe_file, reward_model, tmp_path):
    """The selection of a method, its funnel, and what its stages told."""

    def judge(method, *overrides):
        root = tmp_path / method
        shutil.copytree(sampled, root)
        rule = {"method": method}
        rule |= {"reward_model": str(reward_model)} if method == "rm" else {}
        rule |= {"max_entropy": 0.9} if method == "entropy" else {}
        audit = ["audit={rows: 20}"] if "audit" in METHODS[method].needs else []
        recipe = _recipe(recipe_file, f"filter={json.dumps(rule)}", *audit, *overrides)
        kinds = {stage.kind.name for stage in plan(recipe)} - {*BEFORE, "test", "train"}
        infos = _run(recipe, root, kinds)
        funnel = json.loads((root / "round-1" / "funnel.json").read_text())
        return read_table(root / "round-1" / "selection.parquet"), funnel, infos

    return judge


@pytest.mark.parametrize("method", METHODS)
def test_every_filter_goes_from_samples_to_a_selection(judged, sampled, method):
    table, funnel, _ = judged(method)
    assert table.num_rows == 24 * 6 == funnel["sampled"]
    assert 0 < funnel["kept"] == sum(table["keep"].to_pylist())
    assert funnel["sampled"] - funnel["kept"] == sum(funnel["dropped"].values())
    for row in table.to_pylist():
        assert row["keep"] == (row["reason"] is None)
        assert row["weight"] > 0
    weights = np.unique(table["weight"].to_numpy()[table["keep"].to_numpy()])
    assert (len(weights) > 1) == (method in ("iwsi_weighted", "balanced", "likelihood_ratio"))
    ranks = method in ("self", "rm", "iwsi", "iwsi_length", "density", "random")
    if ranks:  # the score of what is kept is on one side of what is dropped for it
        lows = {"low_rating", "low_reward", "high_ds_weight", "low_density_ratio", "not_drawn"}
        low = np.isin(table["reason"].to_numpy(zero_copy_only=False).astype(str), list(lows))
        score = table["score"].to_numpy()
        sign = -1 if method in ("iwsi", "iwsi_length", "random") else 1
        assert low.any()
        assert (sign * score[low]).max() <= (sign * score[table["keep"].to_numpy()]).min()


def test_equal_answers_are_asked_about_once_and_rated_alike(judged):
    table, _, infos = judged("self")
    voted = table.filter(table["agrees"]).to_pylist()
    distinct = {(row["prompt"], row["text"].strip()) for row in voted}
    assert infos["rate"]["rows"] + infos["rate"]["too_long"] == len(distinct)
    assert infos["rate"]["rows"] > 0
    scores = {}
    for row in voted:
        scores.setdefault((row["prompt"], row["text"].strip()), set()).add(row["score"])
    assert all(len(found) == 1 for found in scores.values())


def test_the_oracle_keeps_what_has_its_own_questions_label(judged, sampled, tmp_path):
    table, _, _ = judged("oracle")
    lines = (ROOT / "recipes" / "tiny_arith" / "validation.jsonl").read_text().splitlines()
    gold = extract_answers([json.loads(line)["answer"] for line in lines], "number")
    for row in table.to_pylist():
        assert row["keep"] == (
            row["finish_reason"] == "stop"
            and row["answer"] is not None
            and row["answer"] == gold[int(row["question_id"])]
        )
    assert (tmp_path / "oracle" / TRAIN_GOLD).exists()


def test_no_other_filter_writes_labels_anywhere(judged, tmp_path):
    judged("iwsi")
    assert not list(tmp_path.rglob("*gold*"))


def test_validation_losses_are_kept_with_their_lengths(judged, tmp_path):
    _, _, infos = judged("iwsi_length")
    root = tmp_path / "iwsi_length"
    losses = read_table(root / "round-1" / "validation_losses.parquet")
    validation = read_table(root / "data" / "validation.parquet")
    assert losses["question_id"].equals(validation["question_id"])
    assert float(np.mean(losses["nll"].to_numpy())) == pytest.approx(
        infos["weigh"]["validation_nll"], abs=1e-6
    )
    tokenizer = load_tokenizer(Model(name=str(MODEL)))
    tokens = [
        len(tokenizer(f" {t}")["input_ids"]) + 1 for t in validation["completion"].to_pylist()
    ]
    assert losses["num_tokens"].to_pylist() == tokens


@pytest.mark.parametrize(
    ("method", "score", "file"),
    [
        ("rm", "reward", "labelled_rewards"),
        ("self", "rating", "labelled_ratings"),
        ("density", "density", "labelled_shifts"),
    ],
)
def test_the_audit_judges_what_the_filter_measures(judged, tmp_path, method, score, file):
    judged(method, "audit={rows: 40}", "task.validation.size=40")
    root = tmp_path / method / "round-1"
    measured = read_table(root / f"{file}.parquet")
    assert measured.column_names == ["question_id", score]
    assert 0 < measured.num_rows <= 40
    found = json.loads((root / "audit.json").read_text())["report"]
    if found is not None:  # else this model's votes are all right or all wrong
        assert found["ranked_by"] == score
        # The model that ships rates no answer; what has no value is not judged.
        values = measured[score].to_numpy(zero_copy_only=False).astype(float)
        judged_too = np.isfinite(values).sum() >= LEAST_ROWS
        assert (score in [row["name"] for row in found["scores"]]) == judged_too
