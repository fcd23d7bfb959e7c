"""Samples of several groups, each distinct one once."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from iwsi.tasks.sample_text import Samples, trimmed


class Distinct(NamedTuple):
    """Each distinct sample once, and which of them each sample of the groups is."""

    samples: Samples
    position: npt.NDArray[np.int64]

    @property
    def sampled_N(self) -> npt.NDArray[np.bool_]:
        """Whether the loss of a sample's completion is known from sampling it, shape (N,)."""
        with_tokens_N = np.array([ids is not None for ids in self.samples.token_ids], dtype=bool)
        logprob_N = self.samples.logprob_N
        return with_tokens_N & (False if logprob_N is None else np.isfinite(logprob_N))


def distinct_samples(groups: Sequence[Samples]) -> Distinct:
    """Samples are the same if their tokens are, or, where there are none, their texts."""
    index: dict[tuple[str, str | bytes], int] = {}
    position: list[int] = []
    prompts: list[str] = []
    texts: list[str] = []
    token_ids: list[npt.NDArray[np.int32] | None] = []
    logprob: list[float] = []
    for group in groups:
        ids_N = group.token_ids or [None] * len(group)
        logprob_N = np.full(len(group), np.nan) if group.logprob_N is None else group.logprob_N
        rows = zip(group.prompts, group.texts, ids_N, logprob_N, strict=True)
        for prompt, text, ids, logprob_of_ids in rows:
            key = (prompt, trimmed(text) if ids is None else ids.tobytes())
            if key not in index:
                index[key] = len(index)
                prompts.append(prompt)
                texts.append(text)
                token_ids.append(ids)
                logprob.append(logprob_of_ids)
            position.append(index[key])
    samples = Samples(prompts, texts, token_ids, np.array(logprob))
    return Distinct(samples, np.array(position, dtype=np.int64))
