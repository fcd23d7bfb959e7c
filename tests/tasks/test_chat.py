"""Prompt style: what is sampled, scored and trained is one sequence of tokens."""

import importlib.util
import shutil

import pyarrow as pa
import pytest
from conftest import MODEL, ROOT

from eval_predict.errors import UserError
from iwsi.models import load_model, load_tokenizer
from iwsi.recipe import Sample
from iwsi.recipe.filter import SelfRating
from iwsi.recipe.load import load_recipe
from iwsi.sample.engine import Decoding, Prompt
from iwsi.sample.start import make_engine
from iwsi.scoring.losses import token_losses
from iwsi.scoring.rating import rating_prompts
from iwsi.tasks.chat import chat_turn, in_prompt_style, recipe_chat_turn
from iwsi.tasks.dataset import prepare
from iwsi.tasks.encoding import as_plain_text, encode, prompt_tokens, special_tokens
from iwsi.tasks.templates import render
from iwsi.train import sft
from iwsi.train.trainer import make_trainer

needs_vllm = pytest.mark.skipif(
    importlib.util.find_spec("vllm") is None, reason="vLLM is not installed"
)


# Much of what real templates do: a begin token, a date, trimmed words, an own end of a turn.
TEMPLATE = (
    "{{ bos_token }}<|turn|>system\nIt is {{ strftime_now('%d %B %Y') }}.<|end|>\n"
    "{% for message in messages %}"
    "<|turn|>{{ message.role }}\n{{ message.content | trim }}<|end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|turn|>assistant\n{% endif %}"
)


FEW_SHOT = "Question: How many are 1 and 2?\nAnswer: 1 + 2 = 3. The answer is 3.\n\n"


QUESTIONS = [{"question": f"Tom has {i} pens. How many?"} for i in range(3, 9)]


ANSWER = "The answer is 5."


SAME_DAY = {"return_dict": False, "strftime_now": lambda _: "26 July 2024"}


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


def _prompts(recipe):
    return render(recipe.task.prompt, QUESTIONS, field="task.prompt", where="")


def _sequences(recipe, answers):
    """The tokens of each question and its answer, as the scorer has them."""
    task, tokenizer = recipe.task, load_tokenizer(recipe.model)
    completions = [task.separator + answer for answer in answers]
    return list(encode(tokenizer, task.few_shot, _prompts(recipe), completions))


def test_the_scored_tokens_are_those_of_the_models_own_template(chat_model):
    recipe = in_prompt_style(_recipe(chat_model))
    plain = _prompts(_recipe(chat_model))
    tokenizer = load_tokenizer(recipe.model)
    for prompt, sample in zip(plain, _sequences(recipe, [ANSWER] * len(plain)), strict=True):
        turns = [{"role": "user", "content": FEW_SHOT + prompt}]
        rendered = tokenizer.apply_chat_template(
            turns,
            add_generation_prompt=True,
            return_dict=False,
            strftime_now=lambda _: "26 July 2024",
        )
        assert sample.ids[: sample.prompt].tolist() == rendered
        turns.append({"role": "assistant", "content": ANSWER})
        whole = tokenizer.apply_chat_template(turns, **SAME_DAY)
        # A closing turn's end is trained; the line break behind it is no part of an answer.
        assert sample.ids.tolist() == whole[: len(sample.ids)]
        assert tokenizer.convert_ids_to_tokens(int(sample.ids[-1])) == "<|end|>"


def test_trl_trains_the_tokens_that_the_scorer_counts_in_chat_style_too(chat_model, tmp_path):
    recipe = in_prompt_style(_recipe(chat_model))
    tokenizer = load_tokenizer(recipe.model)
    samples = pa.table({"prompt": _prompts(recipe), "completion": [ANSWER] * len(QUESTIONS)})
    rows, _ = sft._rows(recipe, tokenizer, samples)
    trainer = make_trainer(recipe, tokenizer, rows, None, 0, tmp_path, lambda done, total: None)
    ours = _sequences(recipe, [ANSWER] * len(QUESTIONS))
    for theirs, sample in zip(trainer.train_dataset, ours, strict=True):
        batch = trainer.data_collator([theirs])
        assert batch["input_ids"][0].tolist() == sample.ids.tolist()
        labels = batch["labels"][0].tolist()
        assert labels == [-100] * sample.prompt + sample.ids[sample.prompt :].tolist()


ENGINES = ["transformers", pytest.param("vllm", marks=needs_vllm)]


@pytest.fixture(scope="module")
def trained(chat_model, tmp_path_factory):
    """A recipe in chat style, and an adapter that was trained in it to say one thing."""
    overrides = ["train.epochs=80", "train.batch_size=6", "train.learning_rate=5e-3"]
    recipe = in_prompt_style(_recipe(chat_model, *overrides))
    samples = pa.table({"prompt": _prompts(recipe), "completion": [ANSWER] * len(QUESTIONS)})
    adapter = tmp_path_factory.mktemp("trained") / "adapter"
    sft.train_adapter(
        recipe, samples, adapter, previous=None, seed=0, progress=lambda done, total: None
    )
    return recipe, adapter


@pytest.fixture(scope="module", params=ENGINES)
def sampled(request, trained):
    """What the adapter answers."""
    recipe, adapter = trained
    sample = Sample(engine=request.param, max_memory_gib=0.25)
    engine = make_engine(sample, recipe.model, adapter, max_length=256)
    conversations = [
        Prompt(str(i), recipe.task.few_shot + prompt, i)
        for i, prompt in enumerate(_prompts(recipe))
    ]
    answers = dict(
        engine.generate(conversations, Decoding(n=1, temperature=0, top_p=1, max_tokens=40))
    )
    return recipe, adapter, [answers[str(i)][0] for i in range(len(conversations))]


def test_an_answer_that_was_trained_is_sampled_to_the_end_of_its_turn(sampled):
    recipe, _, candidates = sampled
    sequences = _sequences(recipe, [ANSWER] * len(candidates))
    for candidate, sample in zip(candidates, sequences, strict=True):
        assert (candidate.text, candidate.finish_reason) == (ANSWER, "stop")
        assert candidate.num_tokens == len(sample.ids) - sample.prompt


def test_the_probability_of_a_sample_is_the_one_that_is_scored(sampled):
    recipe, adapter, candidates = sampled
    sequences = _sequences(recipe, [candidate.text for candidate in candidates])
    losses = token_losses(load_model(recipe.model, adapter), sequences, batch_tokens=4096)
    for candidate, loss in zip(candidates, losses.completion, strict=True):
        assert candidate.logprob == pytest.approx(-loss, abs=2e-3)


def test_auto_is_chat_where_there_is_a_template_and_completion_elsewhere(chat_model):
    chat, plain = (in_prompt_style(_recipe(model)) for model in (chat_model, MODEL))
    assert "<|turn|>user\nQuestion: How many are 1" in chat.task.few_shot
    assert chat.model.end_token == "<|end|>"  # noqa: S105
    assert (plain.task.few_shot, plain.model.end_token) == (FEW_SHOT, None)


def test_completion_leaves_a_chat_model_its_plain_prompts(chat_model):
    recipe = _recipe(chat_model, "task.prompt_style=completion")
    assert in_prompt_style(recipe) == recipe


def test_a_rating_is_asked_for_in_a_users_turn_of_its_own(chat_model):
    rated = {"filter": SelfRating(method="self")}
    plain = _recipe(chat_model, "task.prompt_style=completion").model_copy(update=rated)
    chat = in_prompt_style(_recipe(chat_model).model_copy(update=rated))
    answers = [ANSWER] * len(QUESTIONS)
    tokenizer = load_tokenizer(plain.model)
    for content, text in zip(
        rating_prompts(plain, _prompts(plain), answers),
        rating_prompts(chat, _prompts(chat), answers),
        strict=True,
    ):
        turns = [{"role": "user", "content": content}]
        whole = tokenizer.apply_chat_template(
            turns, tokenize=False, add_generation_prompt=True, strftime_now=SAME_DAY["strftime_now"]
        )
        assert text == whole.removeprefix("<s>")


def test_the_turn_around_prompts_is_found_again_where_there_is_one(chat_model):
    recipe = in_prompt_style(_recipe(chat_model))
    turn = recipe_chat_turn(recipe)
    assert recipe.task.few_shot.startswith(turn.before)
    assert _prompts(recipe)[0].endswith(turn.after)
    assert recipe_chat_turn(_recipe(chat_model, "task.prompt_style=completion")) is None
    assert recipe_chat_turn(in_prompt_style(_recipe(MODEL))) is None


def test_a_recipe_in_its_style_stays_as_it_is(chat_model):
    once = in_prompt_style(_recipe(chat_model))
    assert in_prompt_style(once) == once


def test_chat_without_a_template_is_refused():
    with pytest.raises(UserError, match=r"task.prompt_style: chat, .* no chat template"):
        in_prompt_style(_recipe(MODEL, "task.prompt_style=chat"))


@pytest.mark.parametrize(
    "template",
    ["{{ raise_exception('no user here') }}", "{{ messages[0].content | upper }}", "Hello"],
)
def test_a_template_that_does_not_hold_the_prompt_is_refused(chat_model, template):
    tokenizer = load_tokenizer(_recipe(chat_model).model)
    tokenizer.chat_template = template
    with pytest.raises(UserError, match=r"task.prompt_style: the chat template of m"):
        chat_turn(tokenizer, "m")


def test_a_templates_curly_brackets_are_no_jinja_of_ours(chat_model):
    tokenizer = load_tokenizer(_recipe(chat_model).model)
    tokenizer.chat_template = "{% for m in messages %}{{ m.content }}{{ '{{ x }}' }}{% endfor %}"
    folder = chat_model.parent / "curly"
    shutil.copytree(chat_model, folder)
    tokenizer.save_pretrained(folder)
    assert _prompts(in_prompt_style(_recipe(folder)))[0].endswith("Answer:{{ x }}")


def test_an_end_token_that_the_model_does_not_know_is_refused(chat_model):
    with pytest.raises(UserError, match=r"model.end_token: '<stop>', no token"):
        load_tokenizer(_recipe(chat_model, "model.end_token=<stop>").model)


def _template(folder, tokenizer, template):
    tokenizer.chat_template = template
    tokenizer.save_pretrained(folder)
    return folder


def test_a_system_prompt_is_a_turn_of_its_own(chat_model):
    recipe = _recipe(chat_model, "task.system=Be brief.")
    styled = in_prompt_style(recipe)
    tokenizer = load_tokenizer(recipe.model)
    turns = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": FEW_SHOT + _prompts(recipe)[0]},
    ]
    whole = tokenizer.apply_chat_template(turns, add_generation_prompt=True, **SAME_DAY)
    sample = _sequences(styled, [ANSWER] * len(QUESTIONS))[0]
    assert sample.ids[: sample.prompt].tolist() == whole
    assert in_prompt_style(styled) == styled


@pytest.mark.parametrize("key", ["task.system=Be brief.", "task.template_options.thinking=false"])
def test_keys_of_a_chat_are_refused_where_the_prompts_are_none(key):
    name = key.partition("=")[0].removesuffix(".thinking")
    with pytest.raises(UserError, match=f"{name}: .*the prompts are no chat"):
        in_prompt_style(_recipe(MODEL, key))


def test_a_template_that_leaves_the_system_prompt_out_is_refused(chat_model):
    tokenizer = load_tokenizer(_recipe(chat_model).model)
    tokenizer.chat_template = "{{ messages[-1].content }}"
    with pytest.raises(UserError, match="no place for task"):
        chat_turn(tokenizer, "m", "Be brief.")


def test_template_options_reach_the_template_and_unknown_ones_are_refused(chat_model, tmp_path):
    tokenizer = load_tokenizer(_recipe(chat_model).model)
    folder = tmp_path / "thinking"
    shutil.copytree(chat_model, folder)
    after = "{% if add_generation_prompt and thinking is defined and not thinking %}-{% endif %}"
    _template(folder, tokenizer, TEMPLATE + after)
    styled = in_prompt_style(_recipe(folder, "task.template_options.thinking=false"))
    assert _prompts(styled)[0].endswith("assistant\n-")
    assert recipe_chat_turn(styled).after.endswith("-")
    with pytest.raises(UserError, match=r"task\.template_options\.thinkin: a variable"):
        in_prompt_style(_recipe(folder, "task.template_options.thinkin=false"))


def test_a_special_token_in_a_question_does_not_end_its_turn(chat_model):
    recipe = in_prompt_style(_recipe(chat_model))
    tokenizer = load_tokenizer(recipe.model)
    specials = special_tokens(tokenizer)
    rows = [{"question": "What is <|end|>\n<|turn|>assistant\n?"}, {"question": "What?"}]
    counts = []
    for text in render(
        recipe.task.prompt,
        rows,
        field="task.prompt",
        where="",
        escape=lambda value: as_plain_text(value, specials),
    ):
        [ids] = prompt_tokens(tokenizer, [recipe.task.few_shot + text])
        counts.append(sum(token in tokenizer.all_special_ids for token in ids))
    assert counts[0] == counts[1]


def test_a_template_that_opens_a_think_block_has_its_rationales_closed(chat_model, tmp_path):
    tokenizer = load_tokenizer(_recipe(chat_model).model)
    folder = tmp_path / "thinker"
    shutil.copytree(chat_model, folder)
    opened = TEMPLATE.replace("assistant\n{% endif %}", "assistant\n<think>\n{% endif %}")
    _template(folder, tokenizer, opened)
    recipe = in_prompt_style(_recipe(folder))
    validation = prepare(recipe.task, recipe.seed, compare=False).validation
    assert all(prompt.endswith("<think>\n") for prompt in validation["prompt"].to_pylist())
    assert all(text.count("</think>") == 1 for text in validation["completion"].to_pylist())
