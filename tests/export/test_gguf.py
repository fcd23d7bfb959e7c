"""GGUF files read back by `model.gguf`, which is transformers' reader, and compared by logits."""

import json

import pytest
import torch
from conftest import MODEL
from random_models import random_model
from tokenizers import pre_tokenizers

from eval_predict.errors import UserError
from iwsi import gguf as reader
from iwsi.export.gguf import check_convertible, in_pairs, write_gguf
from iwsi.models import load_tokenizer, load_weights
from iwsi.recipe import Model

VOCABULARY = json.loads((MODEL / "config.json").read_text())["vocab_size"]
TEXT = "Tom has 12 pens  and\n3 books"
LLAMA_3 = {
    "rope_type": "llama3",
    "rope_theta": 500_000.0,
    "factor": 8.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 8192,
}
MODELS = {
    "llama": ("llama", {"head_dim": 8, "vocab_size": VOCABULARY + 8}),
    "llama tied": ("llama", {"head_dim": 8, "tie_word_embeddings": True}),
    "llama 3": ("llama", {"head_dim": 32, "rope_parameters": LLAMA_3}),
    "mistral": ("mistral", {"head_dim": 8, "sliding_window": None}),
    "qwen2": ("qwen2", {}),
    "qwen3": ("qwen3", {"head_dim": 128}),
}


@pytest.fixture(scope="module")
def tokenizer():
    """The repository's words, split as SmolLM splits texts; its split is in no GGUF reader."""
    found = load_tokenizer(Model(name=str(MODEL)))
    found.backend_tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Digits(individual_digits=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True),
        ]
    )
    return found


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv(reader.CACHE, str(tmp_path / "cache"))
    reader.gguf_folder.cache_clear()


@pytest.mark.parametrize("name", MODELS)
def test_what_is_read_back_has_the_same_logits_and_tokens(name, tokenizer, tmp_path):
    kind, options = MODELS[name]
    model = random_model(kind, **{"vocab_size": VOCABULARY, **options})
    write_gguf(model, tokenizer, "run", tmp_path / "model.gguf")
    source = Model(gguf=str(tmp_path / "model.gguf"))
    back = load_weights(source)
    # Long enough for Llama 3's scaling to turn positions otherwise.
    ids = torch.tensor([tokenizer(TEXT)["input_ids"] * 30])
    with torch.inference_mode():
        ours, theirs = model(ids).logits, back(ids).logits
    # float16 keeps 11 bits of a weight; random logits here go up to about 8.
    assert (ours - theirs).abs().max() < 0.05
    assert load_tokenizer(source)(TEXT)["input_ids"] == tokenizer(TEXT)["input_ids"]


def test_rows_of_a_head_go_from_halves_to_neighbours():
    rows = torch.arange(8)[:, None].numpy()  # two heads of width 4
    assert in_pairs(rows, 2)[:, 0].tolist() == [0, 2, 1, 3, 4, 6, 5, 7]


@pytest.mark.parametrize(
    ("kind", "options", "message"),
    [
        ("gemma2", {"head_dim": 8}, "an architecture gemma2; expected one of llama, mistral"),
        ("mistral", {"sliding_window": 64}, "attention within 64 tokens"),
        ("llama", {"attention_bias": True}, "type llama with biases"),
        ("llama", {"rope_parameters": {"rope_type": "linear", "factor": 2.0}}, "scaled by linear"),
    ],
)
def test_what_the_format_would_get_wrong_is_refused(kind, options, message, tokenizer):
    config = random_model(kind, vocab_size=VOCABULARY, **options).config
    with pytest.raises(UserError, match=rf"--gguf: .*{message}.*convert_hf_to_gguf\.py"):
        check_convertible(config, tokenizer)


def test_a_tokenizer_that_llama_cpp_has_no_name_for_is_refused():
    config = random_model("llama", vocab_size=VOCABULARY).config
    with pytest.raises(UserError, match="splits texts in a way of its own"):
        check_convertible(config, load_tokenizer(Model(name=str(MODEL))))
