from pathlib import Path

import pytest
import yaml

from eval_predict.errors import UserError
from iwsi.recipe.load import RecipeError, load_recipe

MINIMAL = {
    "task": {
        "name": "t",
        "train": {"path": "train.jsonl"},
        "validation": {"path": "validation.jsonl"},
        "test": {"path": "org/benchmark"},
    },
    "model": {"name": "org/model"},
}


@pytest.fixture
def minimal(tmp_path: Path) -> Path:
    path = tmp_path / "recipe.yaml"
    path.write_text(yaml.safe_dump(MINIMAL), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("override", "line"),
    [
        (
            "filter.kep=0.5",
            "command line: filter.kep: got-key; expected one of method, tie, min_votes, "
            "min_vote_accuracy, "
            "max_per_question, batch_tokens, processes, cluster, loss_over, keep. "
            'Did you mean "filter.keep"?',
        ),
        ("filter.keep=1.5", "command line: filter.keep: 1.5; expected less than or equal to 1"),
        ("filter={keep: 2}", "command line: filter.keep: 2; expected less than or equal to 1"),
        ("filter=5", "command line: filter: 5; expected a section with keys"),
        (
            "filter={method: rm, reward_model: ''}",
            "command line: filter.reward_model: ''; expected at least 1 character",
        ),
        (
            "sample.engine=vlm",
            "command line: sample.engine: 'vlm'; expected 'auto', 'vllm'",
        ),
        (
            "train.micro_batch_size=5",
            "train: batch_size (16) is no multiple of micro_batch_size (5)",
        ),
        ("seed", "command line: 'seed'; expected an override such as filter.keep=0.6"),
        (
            "seed.x=1",
            "command line: seed.x: seed is 0; expected a section with keys",
        ),
    ],
)
def test_a_fault_is_one_line_with_place_value_and_what_was_expected(minimal, override, line):
    minimal.write_text(yaml.safe_dump(MINIMAL | {"seed": 0}))
    with pytest.raises(UserError) as caught:
        load_recipe(minimal, [override])
    message = str(caught.value).replace("a key that recipes do not have", "got-key")
    assert line in message
    assert "\n" not in message


def test_every_fault_is_named_at_once(minimal):
    with pytest.raises(RecipeError) as caught:
        load_recipe(minimal, ["sample.n=0", "rounds=none", "filter.keep=2"])
    assert len(caught.value.errors) == 3
    assert "sample.n" in str(caught.value)
    assert "Faults also in: filter.keep, rounds" in str(caught.value)


def test_a_fault_in_the_file_names_the_file(minimal):
    minimal.write_text(yaml.safe_dump({"task": MINIMAL["task"]}))
    with pytest.raises(UserError, match=r"recipe.yaml: model: nothing; expected a value"):
        load_recipe(minimal)


def test_a_section_that_only_the_command_line_names_is_its_fault(recipe_file):
    with pytest.raises(UserError, match=r'^command line: filtr: .*Did you mean "filter"'):
        load_recipe(recipe_file, ["filtr.method=iwsi"])
