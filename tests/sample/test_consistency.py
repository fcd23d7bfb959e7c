"""A model whose sampling is of another distribution than its scoring is refused."""

import pytest
import torch
from random_models import random_model

from eval_predict.errors import UserError
from iwsi.sample.consistency import check_answer
from iwsi.sample.decoding import Sampled


def _logprob(model, prompt, ids):
    with torch.inference_mode():
        rows = model(torch.tensor([[*prompt, *ids]])).logits[0].log_softmax(-1)
    return sum(float(rows[len(prompt) + i - 1, token]) for i, token in enumerate(ids))


def test_the_same_log_probability_passes_and_another_is_refused():
    model, prompt, ids = random_model("llama", vocab_size=50), [5, 6, 7], [8, 9, 10, 11]
    logprob = _logprob(model, prompt, ids)
    check_answer(model, prompt, Sampled(ids, True, logprob), "tiny")
    check_answer(model, prompt, Sampled(ids, True, logprob + 0.19), "tiny")
    for other in (logprob + 0.21, logprob - 0.21, float("nan")):  # 0.05 for each token
        with pytest.raises(UserError, match="token by token"):
            check_answer(model, prompt, Sampled(ids, True, other), "tiny")


def test_a_model_that_reads_what_stands_behind_a_token_is_refused():
    encoder = random_model("bert-generation", vocab_size=50)  # not made a decoder
    prompt, ids = [5, 6, 7], [8, 9, 10, 11]
    steps = [_logprob(encoder, [*prompt, *ids[:i]], ids[i : i + 1]) for i in range(4)]
    with pytest.raises(UserError, match="token by token"):
        check_answer(encoder, prompt, Sampled(ids, True, sum(steps)), "tiny")
