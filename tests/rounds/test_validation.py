import shutil

import pytest
from conftest import MODEL, ROOT

from iwsi.models import load_model, load_tokenizer
from iwsi.recipe.load import load_recipe
from iwsi.rounds.validation import validate

# Much of what real templates do: a begin token, a date, trimmed words, an own end of a turn.
TEMPLATE = (
    "{{ bos_token }}<|turn|>system\nIt is {{ strftime_now('%d %B %Y') }}.<|end|>\n"
    "{% for message in messages %}"
    "<|turn|>{{ message.role }}\n{{ message.content | trim }}<|end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|turn|>assistant\n{% endif %}"
)


FEW_SHOT = "Question: How many are 1 and 2?\nAnswer: 1 + 2 = 3. The answer is 3.\n\n"


@pytest.fixture(scope="module")
def chat_model(tmp_path_factory):
    """The small model with a chat template; its tokenizer adds a begin and an end token itself."""
    import torch
    from tokenizers.processors import TemplateProcessing

    folder = tmp_path_factory.mktemp("chat") / "model"
    shutil.copytree(MODEL, folder)
    tokenizer = load_tokenizer(load_recipe(ROOT / "recipes" / "tiny_arith.yaml").model)
    tokenizer.add_special_tokens(
        {"bos_token": "<s>", "additional_special_tokens": ["<|turn|>", "<|end|>"]}
    )
    added = [(name, tokenizer.convert_tokens_to_ids(name)) for name in ("<s>", "</s>")]
    tokenizer.backend_tokenizer.post_processor = TemplateProcessing(
        single="<s> $A </s>", special_tokens=added
    )
    tokenizer.chat_template = TEMPLATE
    model = load_model(load_recipe(ROOT / "recipes" / "tiny_arith.yaml").model)
    model.resize_token_embeddings(len(tokenizer))
    table = model.get_input_embeddings().weight.data  # an adapter cannot tell apart like tokens
    table[-3:] = torch.randn(3, table.shape[1], generator=torch.manual_seed(0)) * table.std()
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def _recipe(model, *overrides):
    small = [f"model.name={model}", "sample.engine=transformers", "task.train.size=20"]
    small += ["task.validation.size=10", "task.test.size=50"]
    recipe = load_recipe(ROOT / "recipes" / "tiny_arith.yaml", [*small, *overrides])
    task = recipe.task.model_copy(update={"few_shot": FEW_SHOT})
    return recipe.model_copy(update={"task": task})


def test_validate_shows_the_prompt_as_the_model_will_see_it(chat_model):
    report = validate(_recipe(chat_model))
    assert report.prompt.startswith("<|turn|>system\nIt is 26 July 2024.<|end|>\n<|turn|>user\n")
    assert report.prompt.endswith("Answer:<|end|>\n<|turn|>assistant\n")
