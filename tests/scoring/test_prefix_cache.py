import numpy as np
import pytest
import torch
from random_models import random_model

from iwsi.scoring.prefix_cache import keeps_every_token, read, read_after
from iwsi.scoring.shared_prefix import can_share

VOCABULARY = 97


def _random_model(kind, **options):
    return random_model(kind, vocab_size=VOCABULARY, **options)


@pytest.mark.parametrize("ignored", ["position_ids", "attention_mask"])
def test_a_model_that_does_not_heed_positions_or_padding_is_not_shared(ignored):
    decoder = _random_model("llama").get_decoder()

    def forward(
        input_ids, attention_mask=None, position_ids=None, past_key_values=None, use_cache=None
    ):
        given = {
            "attention_mask": attention_mask,
            "position_ids": position_ids,
            "past_key_values": past_key_values,
        }
        given[ignored] = None
        return decoder(input_ids=input_ids, use_cache=use_cache, **given)

    with torch.inference_mode():
        assert can_share(decoder, "cpu", start=False)
        assert not can_share(forward, "cpu", start=False)


def test_rows_after_a_prefix_give_what_whole_rows_give():
    """Two prefixes of unlike length, and three rows after them."""
    decoder = _random_model("llama").get_decoder()
    tokens = np.random.default_rng(0).integers(3, VOCABULARY, (5, 6)).astype(np.int32)
    prefixes, rows, follows = (
        [tokens[0], tokens[1, :4]],
        [tokens[2], tokens[3, :2], tokens[4]],
        [0, 1, 1],
    )
    with torch.inference_mode():
        _, cache = read(decoder, prefixes, "cpu")
        begins = [len(prefixes[prefix]) for prefix in follows]
        after = read_after(decoder, cache, follows, rows, begins).last_hidden_state
        for row, ids in enumerate(rows):
            whole = torch.tensor(np.concatenate([prefixes[follows[row]], ids]), dtype=torch.long)
            expected = decoder(input_ids=whole[None]).last_hidden_state[0, begins[row] :]
            torch.testing.assert_close(after[row, : len(ids)], expected, atol=1e-5, rtol=0)


def test_a_layer_that_keeps_a_window_alone_does_not_keep_every_token():
    assert keeps_every_token(_random_model("llama"), "cpu")
    assert not keeps_every_token(_random_model("mistral", sliding_window=8), "cpu")
    assert not keeps_every_token(torch.nn.Linear(2, 2), "cpu")
