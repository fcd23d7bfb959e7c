"""The transformers engine: batches of prompts of like length, where vLLM is not installed."""

import itertools
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from iwsi.models import load_model, load_tokenizer
from iwsi.recipe import Model
from iwsi.sample.cache_size import token_bytes
from iwsi.sample.completion import CompletionReader
from iwsi.sample.engine import (
    Candidate,
    Decoding,
    Engine,
    EngineName,
    FinishReason,
    Prompt,
)
from iwsi.tasks.encoding import prompt_tokens

# Sequences decoded together on a CPU, and at most on a GPU, where a step takes about as long for
# few as for many: there the memory decides.
BATCH, GPU_BATCH = 256, 2048
# Of a GPU's memory in all, for the keys and values of a batch, of which there are two copies when
# rows leave it. What is free at the moment would make another run sample other answers.
CACHE_SHARE = 0.2


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

        self._window, self._title = window, model.title
        self._checked = False
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
            size = max(1, self._rows(window[-1].text, decoding.max_tokens) // decoding.n)
            for begin in range(0, len(window), size):
                batch = window[begin : begin + size]
                candidates = self._decode(batch, decoding)
                for i, prompt in enumerate(batch):
                    yield prompt.question_id, candidates[i * decoding.n : (i + 1) * decoding.n]

    def _rows(self, longest: str, new_tokens: int) -> int:
        """How many sequences are decoded together, the longest prompt being this."""
        import torch

        if self._model.device.type == "cpu":
            return BATCH
        [ids] = prompt_tokens(self._tokenizer, [longest])
        token = token_bytes(self._model.config, self._model.dtype.itemsize)
        if token is None:
            return BATCH
        row = (len(ids) + new_tokens) * token
        memory = torch.cuda.get_device_properties(self._model.device).total_memory
        return max(1, min(GPU_BATCH, int(CACHE_SHARE * memory) // row))

    def _decode(self, prompts: list[Prompt], decoding: Decoding) -> list[Candidate]:
        import torch
        from transformers import GenerationConfig

        from iwsi.sample.consistency import LEAST_TOKENS, check_answer
        from iwsi.sample.decoding import sample_rows

        torch.manual_seed(prompts[0].seed)
        rows = prompt_tokens(self._tokenizer, [prompt.text for prompt in prompts])
        inputs = self._tokenizer.pad({"input_ids": rows}, return_tensors="pt").to(
            self._model.device
        )
        sampling = decoding.temperature > 0
        config = GenerationConfig(
            do_sample=sampling,
            temperature=decoding.temperature if sampling else None,
            top_p=decoding.top_p if sampling else None,
            top_k=0 if sampling else None,  # its default of 50 would cut the distribution
            max_new_tokens=decoding.max_tokens,
            eos_token_id=self._stop_ids,
            pad_token_id=self._tokenizer.pad_token_id,
        )
        with torch.inference_mode():
            sampled = sample_rows(
                self._model,
                inputs,
                config,
                samples_per_row=decoding.n,
                stop=decoding.stop,
                tokenizer=self._tokenizer,
            )
        if not self._checked and len(sampled[0].ids) >= LEAST_TOKENS:
            check_answer(self._model, rows[0], sampled[0], self._title)  # of the shortest prompt
            self._checked = True
        reader = CompletionReader(self._tokenizer, decoding.stop)
        found = []
        for ids, ended, logprob in sampled:
            text, token_ids = reader.read(ids, ended=ids[-1] in self._stop_ids)
            finish_reason: FinishReason = "stop" if ended else "length"
            found.append(Candidate(text, finish_reason, len(ids), logprob, token_ids))
        return found

    def _end_tokens(self) -> list[int]:
        configured: Any = self._model.generation_config.eos_token_id
        ids = [configured] if isinstance(configured, int) else list(configured or [])
        eos_token = self._tokenizer.eos_token_id
        return ids if eos_token is None or eos_token in ids else [*ids, eos_token]
