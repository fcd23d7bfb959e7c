"""The encoder: a text's vector does not depend on its batch, and is not computed twice."""

import numpy as np
import pytest
from conftest import MODEL

from eval_predict.bis import encoder as module
from eval_predict.bis.encoder import SentenceEncoder
from eval_predict.errors import UserError

TEXTS = ["1 + 1", "what is 12 times 7?", "a", "1 + 1"]


def test_vector_of_a_text_is_the_mean_over_its_tokens():
    import torch
    from transformers import AutoModel, AutoTokenizer

    tokenizer, model = AutoTokenizer.from_pretrained(MODEL), AutoModel.from_pretrained(MODEL)
    found = SentenceEncoder(str(MODEL)).encode(TEXTS)
    for text, vector in zip(TEXTS, found, strict=True):
        with torch.no_grad():
            hidden = model(**tokenizer(text, return_tensors="pt")).last_hidden_state[0]
        np.testing.assert_allclose(vector, hidden.mean(0).numpy(), atol=1e-4)


def test_cached_texts_are_not_encoded_again(tmp_path, monkeypatch):
    encoder = SentenceEncoder(str(MODEL), tmp_path)
    first = encoder.encode(TEXTS)
    encoded: list[str] = []
    plain = module._mean_pooled

    def counted(tokenizer, model, texts, limit):
        encoded.extend(texts)
        return plain(tokenizer, model, texts, limit)

    monkeypatch.setattr(module, "_mean_pooled", counted)
    np.testing.assert_array_equal(encoder.encode(TEXTS), first)
    assert encoder.encode([*TEXTS, "new"]).shape == (5, first.shape[1])
    assert encoded == ["new"]


def test_a_model_that_is_nowhere_is_one_error(tmp_path):
    with pytest.raises(UserError, match="could not be loaded"):
        SentenceEncoder(str(tmp_path / "none")).encode(["a"])
