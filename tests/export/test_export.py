"""A run's result as a folder for others; the run is written by hand, its adapter by PEFT."""

import json
from pathlib import Path

import pytest
import torch
from conftest import MODEL, ROOT
from export.finished_run import finished_run

from eval_predict import read_scores
from eval_predict.errors import UserError
from iwsi.export.export import Wanted, export_run, push
from iwsi.models import load_weights
from iwsi.recipe import Model


@pytest.fixture
def run(tmp_path):
    return finished_run(tmp_path / "run")


def test_the_adapter_loads_with_its_tokenizer_as_the_card_says(run, tmp_path):
    from peft import AutoPeftModelForCausalLM
    from transformers import AutoTokenizer

    exported = export_run(run, tmp_path / "out", Wanted())
    assert exported.round == 1
    model = AutoPeftModelForCausalLM.from_pretrained(tmp_path / "out")
    assert any("lora_A" in name for name, _ in model.named_parameters())
    assert AutoTokenizer.from_pretrained(tmp_path / "out").eos_token
    config = json.loads((tmp_path / "out" / "adapter_config.json").read_text())
    assert config["base_model_name_or_path"] == str(MODEL.relative_to(Path.cwd()))


def test_a_merged_model_answers_as_base_and_adapter_do(run, tmp_path):
    export_run(run, tmp_path / "out", Wanted(merge=True))
    merged = load_weights(Model(name=str(tmp_path / "out")))
    expected = load_weights(Model(name=str(MODEL)), run / "round-1" / "adapter")
    tokens = torch.arange(1, 9)[None]
    assert torch.equal(merged(tokens).logits, expected(tokens).logits)
    assert "library_name: transformers" in (tmp_path / "out" / "README.md").read_text()


def test_the_card_states_results_counts_and_recipe(run, tmp_path):
    export_run(run, tmp_path / "out", Wanted())
    card = (tmp_path / "out" / "README.md").read_text()
    assert card.startswith("---\nlibrary_name: peft\n")  # a local folder is no hub's base_model
    assert str(ROOT) not in card
    assert "| accuracy, full test | 75.0%" in card
    assert "| dropped: minority_answer | 30 |" in card
    assert "method: iwsi" in card


def test_the_kept_candidates_are_a_dataset_with_a_card(run, tmp_path):
    import pyarrow.parquet as pq

    export_run(run, tmp_path / "out", Wanted(data=True))
    table = pq.read_table(tmp_path / "out" / "data" / "train.parquet")
    assert table.column_names == ["prompt", "completion", "answer", "vote_share", "weight"]
    assert table.num_rows == 15  # a quarter of 60 candidates is kept
    assert "size_categories" in (tmp_path / "out" / "data" / "README.md").read_text()


def test_per_item_scores_are_read_as_logs_of_lm_evaluation_harness(run, tmp_path):
    export_run(run, tmp_path / "out", Wanted(samples=True))
    scores = read_scores(tmp_path / "out" / "samples")
    table = scores.to_pandas() if hasattr(scores, "to_pandas") else scores
    means = table.groupby("model")["score"].mean()
    assert sorted(means) == [0.5, 0.75]  # the two tests of the run


def test_an_export_overwrites_nothing(run, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("precious")
    with pytest.raises(UserError, match="holds something already"):
        export_run(run, tmp_path / "out", Wanted())
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["mine.txt"]


def test_a_round_without_an_adapter_is_refused_and_leaves_nothing(run, tmp_path):
    with pytest.raises(UserError, match=r"--round: 2, which has no adapter; expected one of 1"):
        export_run(run, tmp_path / "out", Wanted(number=2))
    assert not (tmp_path / "out").exists()


class _Hub:
    def __init__(self):
        self.calls = []

    def create_repo(self, repo_id, *, private, exist_ok):
        self.calls.append(("create", repo_id, private, exist_ok))

    def upload_folder(self, *, repo_id, folder_path, commit_message):
        self.calls.append(("upload", repo_id, folder_path))


def test_a_push_makes_a_private_repository_and_uploads_the_folder(tmp_path):
    hub = _Hub()
    assert push(tmp_path, "me/model", hub) == "me/model"
    assert hub.calls == [
        ("create", "me/model", True, True),
        ("upload", "me/model", str(tmp_path)),
    ]


def test_a_hub_that_refuses_is_reported_in_one_line(tmp_path):
    class Refuses(_Hub):
        def upload_folder(self, **_):
            raise OSError("401 Client Error\nRequest ID: 7")

    with pytest.raises(UserError, match=r"--push: me/model: 401 Client Error; .*hf auth login"):
        push(tmp_path, "me/model", Refuses())
    with pytest.raises(UserError, match="expected a repository"):
        push(tmp_path, "../model", _Hub())
