"""Tokens of prompts and samples: begun once, ended once, row text without special tokens."""

import shutil

import pytest
from conftest import MODEL
from tokenizers.processors import TemplateProcessing

from iwsi.models import load_tokenizer
from iwsi.recipe import Model
from iwsi.tasks.encoding import as_plain_text, encode, prompt_tokens, special_tokens
from iwsi.tasks.sample_text import SampleText

PROMPT, TEXT = "Question: How many?\nAnswer:", "It is 5."


@pytest.fixture(scope="module", params=["$A", "<s> $A", "<s> $A <|end|>", "$A <|end|>"])
def tokenizer(request, tmp_path_factory):
    """The small model's, with a start token, an end token, both or neither of its own accord."""
    folder = tmp_path_factory.mktemp("tokenizer") / "model"
    shutil.copytree(MODEL, folder)
    tokenizer = load_tokenizer(Model(name=str(folder)))
    tokenizer.add_special_tokens({"bos_token": "<s>", "eos_token": "<|end|>"})
    names = [(name, tokenizer.convert_tokens_to_ids(name)) for name in ("<s>", "<|end|>")]
    tokenizer.backend_tokenizer.post_processor = TemplateProcessing(
        single=request.param, special_tokens=names
    )
    tokenizer.starts = request.param.startswith("<s>")
    return tokenizer


def _bare(tokenizer, text):
    return tokenizer(text, add_special_tokens=False)["input_ids"]


def test_a_prompt_begins_as_the_tokenizer_begins_and_has_no_end(tokenizer):
    start = [tokenizer.bos_token_id] * tokenizer.starts
    assert prompt_tokens(tokenizer, [PROMPT, ""]) == [start + _bare(tokenizer, PROMPT), start]


def test_a_start_token_in_the_text_is_not_doubled(tokenizer):
    [ids] = prompt_tokens(tokenizer, ["<s>" + PROMPT])
    assert ids.count(tokenizer.bos_token_id) == 1
    assert ids[0] == tokenizer.bos_token_id


def test_a_sample_is_its_prompt_its_completion_and_one_end(tokenizer):
    form = SampleText("One: 1.\n\n", " ")
    [sample] = form.encode(tokenizer, [PROMPT], [f" {TEXT}\n"])
    assert (
        sample.ids[: sample.prompt].tolist() == prompt_tokens(tokenizer, [form.prompt(PROMPT)])[0]
    )
    completion = [*_bare(tokenizer, f" {TEXT}"), tokenizer.eos_token_id]
    assert sample.ids[sample.prompt :].tolist() == completion
    assert sample.context == len(prompt_tokens(tokenizer, [form.few_shot])[0])


def test_a_special_token_in_a_completion_is_text(tokenizer):
    [sample] = SampleText().encode(tokenizer, [PROMPT], ["<|end|> is no end <s>"])
    ids = sample.ids[sample.prompt :].tolist()
    assert ids.count(tokenizer.eos_token_id) == 1
    assert tokenizer.bos_token_id not in ids


def test_special_tokens_are_found_and_put_out_of_force(tokenizer):
    found = special_tokens(tokenizer)
    assert {"<s>", "<|end|>"} <= set(found)
    text = as_plain_text("a <|end|> b", found)
    assert text.replace("\u2060", "") == "a <|end|> b"
    assert tokenizer.eos_token_id not in _bare(tokenizer, text)
    assert as_plain_text(text, found) == text


def test_samples_come_in_their_order_over_blocks(tokenizer, monkeypatch):
    monkeypatch.setattr("iwsi.tasks.encoding.BLOCK", 2)
    texts = [f" {i}" for i in range(5)]
    samples = list(encode(tokenizer, "", [PROMPT] * 5, texts))
    assert [s.ids[s.prompt : -1].tolist() for s in samples] == [_bare(tokenizer, t) for t in texts]
