from pathlib import Path

import pytest
import yaml

from eval_predict.errors import UserError
from iwsi.recipe.filter import filter_section
from iwsi.recipe.load import load_recipe

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


def test_a_key_of_another_filter_is_refused_with_the_filters_that_have_it(minimal):
    with pytest.raises(UserError) as caught:
        load_recipe(minimal, ["filter={method: lmsi, keep: 0.1}"])
    text = str(caught.value)
    assert text.startswith(
        "command line: filter.keep: 0.1 with filter.method=lmsi, which does not use it; expected a "
        "method that has it: vote_share, confidence, self, "
    )
    assert ", entropy," not in text
    assert text.endswith("Choose one of these methods, or take filter.keep out.")


def test_another_filter_by_override_alone_says_how_to_replace_the_section(minimal):
    minimal.write_text(yaml.safe_dump(MINIMAL | {"filter": {"method": "iwsi", "keep": 0.5}}))
    with pytest.raises(UserError, match=r"write filter='\{method: entropy\}' instead of"):
        load_recipe(minimal, ["filter.method=entropy"])
    changed = load_recipe(minimal, ["filter={method: entropy, max_entropy: 0.2}"])
    assert changed.filter == filter_section("entropy", max_entropy=0.2)


def test_an_unknown_filter_is_refused_with_the_nearest(minimal):
    with pytest.raises(UserError, match='Did you mean "conformal"'):
        load_recipe(minimal, ["filter.method=conformel"])


def test_a_study_gives_each_filter_those_keys_of_the_section_that_it_has(minimal):
    minimal.write_text(yaml.safe_dump(MINIMAL | {"filter": {"keep": 0.5, "tie": "first"}}))
    assert load_recipe(minimal, filter_method="lmsi").filter == filter_section("lmsi", tie="first")
    balanced = load_recipe(minimal, filter_method="balanced").filter
    assert balanced == filter_section("balanced", keep=0.5, tie="first")
    with pytest.raises(UserError, match=r"filter\.kepe"):  # no filter has that one
        load_recipe(minimal, ["filter.kepe=1"], filter_method="lmsi")
