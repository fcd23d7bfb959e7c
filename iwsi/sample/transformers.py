"""The transformers engine: `generate` over batches of like length, where vLLM is not installed."""

import itertools
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from iwsi.filter.losses import token_losses
from iwsi.models import load_model, load_tokenizer
from iwsi.recipe import Model
from iwsi.sample.engine import Candidate, Decoding, Engine, EngineName, Prompt
from iwsi.tasks.encoding import Encoded

# Sequences decoded together.
BATCH = 256


class TransformersEngine(Engine):
    """Any causal language model that transformers loads, on a CPU or a GPU.

    Args:
        model: The base model.
        adapter: An adapter to merge in, or None.
        window: Questions read ahead, so that batches are made of prompts of like length. A
            batch never reaches over its window, so windows that are whole shards make a resumed
            run sample what an undisturbed one does.
    """

    name: EngineName = "transformers"

    def __init__(self, model: Model, adapter: Path | None, *, window: int) -> None:
        from transformers import GenerationConfig

        self._window = window
        self._tokenizer = load_tokenizer(model)
        self._tokenizer.padding_side = "left"
        self._model = load_model(model, adapter)
        self._stop_ids = self._end_tokens()
        # What a model's authors suggest, such as a repetition penalty, is not what was asked for.
        self._model.generation_config = GenerationConfig()

    def generate(
        self, prompts: Iterable[Prompt], decoding: Decoding
    ) -> Iterator[tuple[str, list[Candidate]]]:
        """Yield questions batch by batch; each batch is seeded by its first question."""
        waiting = iter(prompts)
        while window := list(itertools.islice(waiting, self._window)):
            window.sort(key=lambda prompt: len(prompt.text))
            size = max(1, BATCH // decoding.n)
            for begin in range(0, len(window), size):
                batch = window[begin : begin + size]
                candidates = self._decode(batch, decoding)
                for i, prompt in enumerate(batch):
                    yield prompt.question_id, candidates[i * decoding.n : (i + 1) * decoding.n]

    def _decode(self, prompts: list[Prompt], decoding: Decoding) -> list[Candidate]:
        import torch
        from transformers import GenerationConfig

        torch.manual_seed(prompts[0].seed)
        inputs = self._tokenizer(
            [prompt.text for prompt in prompts], return_tensors="pt", padding=True
        ).to(self._model.device)
        sampling = decoding.temperature > 0
        config = GenerationConfig(
            do_sample=sampling,
            temperature=decoding.temperature if sampling else None,
            top_p=decoding.top_p if sampling else None,
            top_k=0 if sampling else None,  # its default of 50 would cut the distribution
            num_return_sequences=decoding.n,
            max_new_tokens=decoding.max_tokens,
            stop_strings=list(decoding.stop) or None,
            eos_token_id=self._stop_ids,
            pad_token_id=self._tokenizer.pad_token_id,
        )
        with torch.inference_mode():
            rows = self._model.generate(
                **inputs, generation_config=config, tokenizer=self._tokenizer
            )
        begin = inputs["input_ids"].shape[1]
        answers = [self._up_to_stop(row, decoding) for row in rows[:, begin:].tolist()]
        contexts = [
            ids[mask.bool()].tolist()
            for ids, mask in zip(inputs["input_ids"], inputs["attention_mask"], strict=True)
            for _ in range(decoding.n)
        ]
        return self._with_logprobs(contexts, answers, decoding)

    def _with_logprobs(
        self, contexts: list[list[int]], answers: list[tuple[list[int], bool]], decoding: Decoding
    ) -> list[Candidate]:
        samples = [
            Encoded(np.array([*context, *ids], dtype=np.int32), 0, len(context))
            for context, (ids, _) in zip(contexts, answers, strict=True)
        ]
        losses = token_losses(self._model, samples, batch_tokens=16_384)
        return [
            Candidate(
                text=self._text(ids, decoding.stop),
                finish_reason="stop" if ended else "length",
                num_tokens=len(ids),
                logprob=-float(loss),
            )
            for (ids, ended), loss in zip(answers, losses.completion, strict=True)
        ]

    def _end_tokens(self) -> list[int]:
        configured: Any = self._model.generation_config.eos_token_id
        ids = [configured] if isinstance(configured, int) else list(configured or [])
        own = self._tokenizer.eos_token_id
        return ids if own is None or own in ids else [*ids, own]

    def _up_to_stop(self, ids: list[int], decoding: Decoding) -> tuple[list[int], bool]:
        """An answer's tokens, its end token included, and whether it ended by itself."""
        end = next((i for i, token in enumerate(ids) if token in self._stop_ids), len(ids))
        if any(stop in self._decoded(ids[:end]) for stop in decoding.stop):
            # What follows a stop string is padding, which may look like an end token.
            length = next(
                n
                for n in range(1, end + 1)
                if any(stop in self._decoded(ids[:n]) for stop in decoding.stop)
            )
            return ids[:length], True
        return ids[: end + 1], end < len(ids)

    def _decoded(self, ids: list[int]) -> str:
        text: str = self._tokenizer.decode(ids, skip_special_tokens=True)
        return text

    def _text(self, ids: list[int], stop: tuple[str, ...]) -> str:
        text = self._decoded(ids)
        cuts = [at for at in (text.find(string) for string in stop) if at >= 0]
        return text[: min(cuts)] if cuts else text
