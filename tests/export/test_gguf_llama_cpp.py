"""Exported GGUF files in llama.cpp itself: the tokens and probabilities of transformers."""

import json
import math
import urllib.request

import pytest
import torch
from export.test_gguf import MODELS, TEXT, VOCABULARY, tokenizer  # noqa: F401  # a fixture
from random_models import random_model

from iwsi.export.gguf import write_gguf

llama_cpp = pytest.importorskip("xllamacpp", reason="llama.cpp is not installed")


def served(file):
    """A function that asks llama.cpp's server for the file's model, and ends it when it is gone."""
    options = llama_cpp.CommonParams()
    options.model.path = str(file)
    options.n_ctx, options.n_parallel, options.warmup = 256, 1, False
    options.cpuparams.n_threads = 1
    server = llama_cpp.Server(options)

    def ask(path, **body):
        request = urllib.request.Request(  # noqa: S310  # this process's own server
            server.listening_address + path,
            json.dumps(body).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request) as reply:  # noqa: S310
            return json.load(reply)

    return ask


@pytest.mark.parametrize("name", MODELS)
def test_llama_cpp_has_the_tokens_and_probabilities_of_transformers(name, tokenizer, tmp_path):  # noqa: F811
    kind, options = MODELS[name]
    model = random_model(kind, **{"vocab_size": VOCABULARY, **options})
    write_gguf(model, tokenizer, "run", tmp_path / "model.gguf")
    ids = tokenizer(TEXT)["input_ids"]
    long = ids * 5  # positions turn queries and keys
    ask = served(tmp_path / "model.gguf")
    assert ask("/tokenize", content=TEXT, add_special=True)["tokens"] == ids
    reply = ask("/completion", prompt=long, n_predict=1, temperature=-1, n_probs=VOCABULARY)
    [position] = reply["completion_probabilities"]
    theirs = {entry["id"]: entry["logprob"] for entry in position["top_logprobs"]}
    with torch.inference_mode():
        ours = model(torch.tensor([long])).logits[0, -1].log_softmax(-1).tolist()
    assert len(theirs) == VOCABULARY
    # float16 keeps 11 bits of a weight.
    assert max(abs(ours[token] - value) for token, value in theirs.items()) < 0.03
    assert math.isclose(sum(map(math.exp, theirs.values())), 1, abs_tol=0.05)
