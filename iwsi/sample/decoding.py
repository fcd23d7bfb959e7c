"""The transformers engine's loop over tokens, in `generate`'s place; imports torch, transformers.

`generate` reads a prompt again for each of its answers, joins the whole cache anew for each token
and goes on with rows that have ended. Here prompts are read once, the cache has room to grow, and
rows leave it as they end; each token's log-probability is taken as it falls.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from transformers import StoppingCriteriaList, StopStringCriteria
from transformers.cache_utils import DynamicCache, DynamicLayer, DynamicSlidingWindowLayer

# Tokens that the cache gets room for at a time.
ROOM = 64
# Rows that have ended leave once they are so large a share: each time costs a copy of the cache.
LEAVING = 0.1


class Sampled(NamedTuple):
    """One answer: its tokens, whether it ended by itself, the sum of its log-probabilities.

    These are natural logs of the model's own distribution, before temperature.
    """

    ids: list[int]
    ended: bool
    logprob: float


def sample_rows(
    model: Any,
    inputs: Any,
    config: Any,
    *,
    samples_per_row: int,
    stop: Sequence[str],
    tokenizer: Any,
) -> list[Sampled]:
    """Sample the same number of answers to every prompt.

    Args:
        model: A transformers causal language model in evaluation mode.
        inputs: Token ids and mask of Q prompts, padded on the left.
        config: A GenerationConfig: temperature, top-p, end tokens, most new tokens.
        samples_per_row: Answers of a prompt.
        stop: Strings that end an answer too.
        tokenizer: What they are looked for with.

    Returns:
        Q times `samples_per_row` answers, those of a prompt together.
    """
    found: list[Sampled] = []

    def loop(model: Any, input_ids: torch.Tensor, **options: Any) -> torch.Tensor:
        found.extend(_loop(model, input_ids, samples_per_row=samples_per_row, **options))
        return input_ids

    stops = [StopStringCriteria(tokenizer, list(stop))] if stop else []
    model.generate(
        **inputs,
        generation_config=config,
        stopping_criteria=StoppingCriteriaList(stops),
        custom_generate=loop,
    )
    return found


def _loop(
    model: Any,
    input_ids: torch.Tensor,
    *,
    samples_per_row: int,
    logits_processor: Any,
    stopping_criteria: Any,
    generation_config: Any,
    **options: Any,
) -> list[Sampled]:
    choose = _drawn if generation_config.do_sample else _likeliest
    # Some keep a state in their layers, too.
    shared = not model._is_stateful and _has_rows(options.get("past_key_values"))
    if not shared:  # a state that is no list of keys and values: rows stay as they come
        input_ids, options = _repeated(input_ids, options, samples_per_row)
    logits_BV = _step(model, input_ids, options, is_first_iteration=True).logits[:, -1]
    if shared:
        input_ids, options = _repeated(input_ids, options, samples_per_row)
        logits_BV = logits_BV.repeat_interleave(samples_per_row, dim=0)
        shared = _is_filled(options["past_key_values"])
    if shared:
        _make_room(options["past_key_values"], samples_per_row)

    rows = torch.arange(len(input_ids), device=input_ids.device)  # which answer each row is
    answers_NT = input_ids.new_zeros(len(rows), generation_config.max_new_tokens)
    length_N = torch.zeros_like(rows)
    ended_N = torch.zeros_like(rows, dtype=torch.bool)
    logprob_N = torch.zeros(len(rows), device=rows.device)
    for step in range(generation_config.max_new_tokens):
        logits_BV = logits_BV.float()
        token_B = choose(logits_processor(input_ids, logits_BV))
        live_B = ~ended_N[rows]
        logprob_B = logits_BV.gather(1, token_B[:, None])[:, 0] - logits_BV.logsumexp(dim=1)
        answers_NT[rows, step] = token_B
        logprob_N[rows] += torch.where(live_B, logprob_B, 0.0)
        length_N[rows] += live_B
        # Stops are looked for in the answer alone, not across its prompt's end.
        ended_N[rows] |= stopping_criteria(answers_NT[rows, : step + 1], None)
        live_B = ~ended_N[rows]
        if not live_B.any() or step + 1 == generation_config.max_new_tokens:
            break
        input_ids = torch.cat([input_ids, token_B[:, None]], dim=1)
        if shared and live_B.float().mean() <= 1 - LEAVING:
            stay = live_B.nonzero()[:, 0]
            rows, input_ids = rows[stay], input_ids[stay]
            options = _of_rows(options, stay, len(live_B))
            options["past_key_values"].batch_select_indices(stay)
        logits_BV = _step(model, input_ids, options, next_sequence_length=1).logits[:, -1]
    return [
        Sampled(ids[:length], ended, logprob)
        for ids, length, ended, logprob in zip(
            answers_NT.tolist(),
            length_N.tolist(),
            ended_N.tolist(),
            logprob_N.tolist(),
            strict=True,
        )
    ]


def _step(model: Any, input_ids: torch.Tensor, options: dict[str, Any], **which: Any) -> Any:
    """The model's output for what it has not read yet; `options` go on to the next step."""
    inputs = model.prepare_inputs_for_generation(input_ids, **which, **options)
    output = model(**inputs, return_dict=True)
    options.update(model._update_model_kwargs_for_generation(output, options))
    return output


def _drawn(scores_BV: torch.Tensor) -> torch.Tensor:
    """A token of each row by its probability.

    By the inverse of the distribution: one random number a row, where `torch.multinomial` draws
    one for each token of the vocabulary.
    """
    summed_BV = scores_BV.softmax(dim=1).cumsum(dim=1, dtype=torch.float64)
    at_B1 = torch.rand(len(summed_BV), 1, dtype=torch.float64, device=summed_BV.device)
    token_B1 = torch.searchsorted(summed_BV, at_B1 * summed_BV[:, -1:], right=True)
    return token_B1[:, 0]


def _likeliest(scores_BV: torch.Tensor) -> torch.Tensor:
    return scores_BV.argmax(dim=1)


def _repeated(
    input_ids: torch.Tensor, options: dict[str, Any], samples_per_row: int
) -> tuple[torch.Tensor, dict[str, Any]]:
    rows = torch.arange(len(input_ids), device=input_ids.device).repeat_interleave(samples_per_row)
    return input_ids[rows], _of_rows(options, rows, len(input_ids))


def _of_rows(options: dict[str, Any], rows: torch.Tensor, count: int) -> dict[str, Any]:
    """Select rows of every option with an entry for each of `count` rows; other options stay."""
    selected = dict(options)
    for name, value in options.items():
        if name == "position_ids" and value is not None and value.dim() == 3:
            selected[name] = value[:, rows]  # of several kinds, rows second
        elif isinstance(value, torch.Tensor) and value.dim() > 0 and len(value) == count:
            selected[name] = value[rows]
    return selected


def _has_rows(cache: Any) -> bool:
    """Whether rows of the cache can be repeated and dropped: it holds keys and values alone."""
    return isinstance(cache, DynamicCache) and all(
        type(layer) in (DynamicLayer, DynamicSlidingWindowLayer) for layer in cache.layers
    )


def _is_filled(cache: Any) -> bool:
    """Whether the model keeps anything there; some read all tokens anew each time."""
    return bool(cache.layers) and all(layer.is_initialized for layer in cache.layers)


def _make_room(cache: Any, samples_per_row: int) -> None:
    """Repeat each row, in layers that have room to grow."""
    cache.batch_repeat_interleave(samples_per_row)
    cache.layers = [
        _Roomy(layer) if type(layer) is DynamicLayer else layer for layer in cache.layers
    ]


class _Roomy(DynamicLayer):  # type: ignore[misc]  # transformers is untyped
    """A layer that is copied once in ROOM tokens, not for each."""

    def __init__(self, layer: DynamicLayer) -> None:
        super().__init__()
        self.keys, self.values = layer.keys, layer.values
        self.dtype, self.device = layer.keys.dtype, layer.keys.device
        self.is_initialized = True
        self._room = 0

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *args: Any, **kwargs: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        length = self.keys.shape[-2]
        end = length + key_states.shape[-2]
        if end > self._room:
            self._room = end + ROOM
            self._kept_keys = _with_room(self.keys, self._room)
            self._kept_values = _with_room(self.values, self._room)
        self._kept_keys[:, :, length:end] = key_states
        self._kept_values[:, :, length:end] = value_states
        self.keys, self.values = self._kept_keys[:, :, :end], self._kept_values[:, :, :end]
        return self.keys, self.values

    def batch_select_indices(self, indices: torch.Tensor) -> None:
        super().batch_select_indices(indices)
        self._room = 0


def _with_room(states_BHTD: torch.Tensor, room: int) -> torch.Tensor:
    rows, heads, length, width = states_BHTD.shape
    kept = states_BHTD.new_empty(rows, heads, room, width)
    kept[:, :, :length] = states_BHTD
    return kept
