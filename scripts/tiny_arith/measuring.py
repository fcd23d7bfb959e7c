"""Sample the tiny model and count how often it is right, by register and by number of steps."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from transformers import LlamaForCausalLM, PreTrainedTokenizerFast

from eval_predict.stats.intervals import needed_by, normal_quantile, wilson
from tiny_arith.problems import STEP_COUNTS, Problem
from tiny_arith.registers import REGISTERS, answer_of, make_prompt, register_of

LONGEST_COMPLETION = 112
COMPLETIONS_AT_ONCE = 600


@dataclass(frozen=True, slots=True)
class Share:
    """A count out of a total, with its 95% Wilson interval."""

    count: int
    total: int

    def __str__(self) -> str:
        """For example `52.0% (48.9 to 55.1)`."""
        if not self.total:
            return "none"
        low, high = wilson(self.count / self.total, needed_by(self.total), normal_quantile(0.95))
        return f"{self.count / self.total:.1%} ({100 * low:.1f} to {100 * high:.1f})"


def complete(
    model: LlamaForCausalLM,
    tokenizer: PreTrainedTokenizerFast,
    prompts: Sequence[str],
    *,
    temperature: float,
    n: int,
) -> list[list[str]]:
    """`n` completions of each prompt, in the order of the prompts; greedy at temperature 0."""
    tokenizer.padding_side = "left"
    sampling = {"do_sample": True, "temperature": temperature, "top_k": 0, "top_p": 1.0}
    texts: list[str] = []
    repeated = [prompt for prompt in prompts for _ in range(n)]
    for first in range(0, len(repeated), COMPLETIONS_AT_ONCE):
        batch = repeated[first : first + COMPLETIONS_AT_ONCE]
        inputs = tokenizer(batch, return_tensors="pt", padding=True, return_token_type_ids=False)
        with torch.inference_mode():
            ids = model.generate(
                **inputs,
                max_new_tokens=LONGEST_COMPLETION,
                **(sampling if temperature else {"do_sample": False}),
            )
        width = inputs["input_ids"].shape[1]
        texts += tokenizer.batch_decode(ids[:, width:], skip_special_tokens=True)
    return [texts[i : i + n] for i in range(0, len(texts), n)]


def majority(texts: Sequence[str]) -> int | None:
    """The most frequent answer; None where two lead or no text has an answer."""
    votes = Counter(a for a in map(answer_of, texts) if a is not None).most_common(2)
    if not votes or (len(votes) == 2 and votes[0][1] == votes[1][1]):
        return None
    return votes[0][0]


@dataclass(frozen=True, slots=True)
class Measurement:
    """How often texts are right: in all, by the number of steps and by register."""

    overall: Share
    by_steps: dict[int, Share]
    by_register: dict[str, Share]


@dataclass(frozen=True, slots=True)
class Vote:
    """Accuracy of the majority of `n` samples, and of the samples one by one."""

    temperature: float
    n: int
    overall: Share
    by_steps: dict[int, Share]
    samples: Measurement
    mean_tokens: float


def measure(problems: Sequence[Problem], texts: Sequence[Sequence[str]]) -> Measurement:
    """Judge every text; `texts[i]` holds the completions of `problems[i]`."""
    pairs = [(p, text) for p, group in zip(problems, texts, strict=True) for text in group]
    right = np.array([answer_of(text) == p.answer for p, text in pairs])
    lengths = np.array([len(p.steps) for p, _ in pairs])
    registers = np.array([register_of(text) for _, text in pairs])
    return Measurement(
        _share(right),
        {n: _share(right[lengths == n]) for n in STEP_COUNTS},
        {name: _share(right[registers == name]) for name in (*REGISTERS, "other")},
    )


def measure_vote(
    model: LlamaForCausalLM,
    tokenizer: PreTrainedTokenizerFast,
    problems: Sequence[Problem],
    *,
    temperature: float,
    n: int,
) -> Vote:
    """Sample `n` completions of every problem and take the majority's answer."""
    prompts = [make_prompt(problem.question) for problem in problems]
    texts = complete(model, tokenizer, prompts, temperature=temperature, n=n)
    right = np.array([majority(t) == p.answer for t, p in zip(texts, problems, strict=True)])
    lengths = np.array([len(p.steps) for p in problems])
    tokens = [len(ids) for group in texts for ids in tokenizer(group)["input_ids"]]
    by_steps = {steps: _share(right[lengths == steps]) for steps in STEP_COUNTS}
    samples = measure(problems, texts)
    return Vote(temperature, n, _share(right), by_steps, samples, float(np.mean(tokens)))


def _share(right: np.ndarray) -> Share:
    return Share(int(right.sum()), right.size)
