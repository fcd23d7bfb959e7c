import pyarrow as pa
import pytest
from conftest import ROOT

from iwsi.models import load_tokenizer
from iwsi.recipe.load import load_recipe
from iwsi.tasks.sample_text import SampleText, token_rows
from iwsi.train import sft

EXAMPLES = "Question: 1 + 1?\nAnswer: The answer is 2.\n\n"


def recipe(*overrides):
    loaded = load_recipe(ROOT / "recipes" / "tiny_arith.yaml", overrides)
    task = loaded.task.model_copy(update={"few_shot": "<user>" + EXAMPLES, "opening": "<user>"})
    return loaded.model_copy(update={"task": task})


@pytest.mark.parametrize("trained", [True, False])
def test_all_models_are_prompted_with_the_examples_unless_the_recipe_says_otherwise(trained):
    form = SampleText.of_model(recipe(), trained=trained)
    assert form.prompt("Why?") == "<user>" + EXAMPLES + "Why?"


def test_a_trained_model_may_do_without_them_and_keeps_what_opens_its_turn():
    after = recipe("train.few_shot_after=false")
    assert SampleText.of_model(after, trained=True).prompt("Why?") == "<user>Why?"
    assert SampleText.of_model(after, trained=False).prompt("Why?") == "<user>" + EXAMPLES + "Why?"


@pytest.mark.parametrize("few_shot", ["true", "false"])
def test_a_trained_model_is_prompted_as_it_was_trained_unless_the_recipe_says_otherwise(few_shot):
    """Trained without the examples and tested with them SmolLM2 lost a third of its answers."""
    form = SampleText.of_model(recipe(f"train.few_shot={few_shot}"), trained=True)
    trained = SampleText.of_training(recipe(f"train.few_shot={few_shot}"))
    assert form.prompt("Why?") == trained.prompt("Why?")


def test_samples_are_trained_without_the_examples_where_the_recipe_says_so():
    samples = pa.table({"prompt": ["Question: 2 + 3?\nAnswer:"], "completion": ["5"]})
    tokenizer = load_tokenizer(recipe().model)
    trained = {}
    for few_shot in ("true", "false"):
        rows, _ = sft._rows(recipe(f"train.few_shot={few_shot}"), tokenizer, samples)
        trained[few_shot] = tokenizer.decode(rows[0]["input_ids"])
    assert trained["true"].startswith("<user>" + EXAMPLES)
    assert trained["false"] == "<user>Question: 2 + 3?\nAnswer: 5</s>"


def test_a_sampled_completion_is_trained_as_its_tokens_though_its_text_has_others():
    tokenizer = load_tokenizer(recipe().model)
    prompt, text = "Question: 2 + 3?\nAnswer:", " The answer is 5."
    ids = [tokenizer.convert_tokens_to_ids(letter) for letter in tokenizer.tokenize("Thean")]
    ids = [*reversed(ids), tokenizer.eos_token_id]  # as no tokenizer writes that text
    samples = pa.table(
        {
            "prompt": [prompt] * 2,
            "completion": [text] * 2,
            "token_ids": pa.array([ids, None], pa.list_(pa.int32())),
        }
    )
    short = recipe("train.few_shot=false", "train.loss_over=completion")
    [sampled, as_text], counts = sft._rows(short, tokenizer, samples)
    before = tokenizer("<user>" + prompt)["input_ids"]
    labels = [-100] * len(before) + ids
    expected = {"input_ids": before + ids, "labels": labels, "prompt_tokens": len(before)}
    assert sampled == expected
    assert tokenizer.decode(as_text["input_ids"]) == "<user>" + prompt + text + "</s>"
    assert (counts.trained, counts.too_long) == (2, 0)


def test_token_rows_of_a_slice_are_its_rows_tokens():
    column = pa.array([[1], None, [2, 3], [], [4]], pa.list_(pa.int32()))
    table = pa.table({"token_ids": column}).slice(1, 3)
    rows = [None if ids is None else ids.tolist() for ids in token_rows(table)]
    assert rows == [None, [2, 3], []]
    assert token_rows(pa.table({"text": ["a"]})) == ()
