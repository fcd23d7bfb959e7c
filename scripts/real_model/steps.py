"""What the study does with the model: warm start, votes, losses, tests, a round; imports torch."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pyarrow as pa
import torch
from numpy.typing import NDArray

from iwsi.filter.vote import vote
from iwsi.sample.decoding import sample_rows
from iwsi.tasks.answers import extract_answers
from iwsi.tasks.encoding import Encoded, prompt_tokens
from iwsi.tasks.sample_text import SampleText
from real_model.light import LightModel
from real_model.tasks import BEFORE_LABEL, Example, TaskPlan, answer_text

SAMPLES, MAX_TOKENS = 8, 24
DECODED = 32  # sequences at a time
FloatArray = NDArray[np.float64]


@dataclass(eq=False)
class Rows:
    """Examples with what the lower layers make of them, computed when it is first needed."""

    light: LightModel
    examples: Sequence[Example]

    @cached_property
    def samples(self) -> list[Encoded]:
        """Prompt and completion as tokens."""
        prompts = [example.prompt for example in self.examples]
        completions = [example.completion for example in self.examples]
        return list(SampleText(separator=" ").encode(self.light.tokenizer, prompts, completions))

    @cached_property
    def states(self) -> list[torch.Tensor]:
        """Of each sample."""
        return self.light.states([sample.ids for sample in self.samples])

    @cached_property
    def before_label(self) -> list[torch.Tensor]:
        """Of each prompt and what stands between it and its label."""
        texts = [f"{example.prompt} {BEFORE_LABEL}" for example in self.examples]
        return self.light.states(prompt_tokens(self.light.tokenizer, texts))


def train(rows: Rows, numbers: Sequence[int], *, epochs: float, rate: float, seed: int) -> None:
    """Train the adapter as it is on some of the rows."""
    samples = [rows.samples[i] for i in numbers]
    states = [rows.states[i] for i in numbers]
    rows.light.train(samples, states, epochs=epochs, rate=rate, seed=seed)


def warm_start(light: LightModel, rows: Rows, epochs: float, seed: int, path: Path) -> None:
    """Load the adapter of labelled rows, or train it."""
    if path.exists():
        light.load(path)
        return
    light.reset(seed)
    train(rows, range(len(rows.examples)), epochs=epochs, rate=5e-4, seed=seed)
    light.save(path)


def accuracy(plan: TaskPlan, test: Rows) -> FloatArray:
    """Whether each test row is answered right: the likeliest label, or the greedy answer."""
    if plan.labels is not None:
        answers = [plan.labels[i] for i in label_shares(plan, test).argmax(axis=1)]
        return _right(answers, test.examples)
    texts = [text for text, _, _ in _generated(test.light, test.examples, 1, 0.0, 0)]
    return _right(extract_answers(texts, "number"), test.examples)


def label_shares(plan: TaskPlan, rows: Rows) -> FloatArray:
    """Each label's share of the probability of all, shape (Q, L).

    Every label here is one token, so that one pass over the prompt and `The answer is` gives all.
    """
    labels = [rows.light.tokenizer(f" {label}").input_ids for label in plan.labels or ()]
    if any(len(ids) != 1 for ids in labels):
        raise ValueError("a label of several tokens")
    logits_QL = rows.light.next_logits(rows.before_label, [ids[0] for ids in labels])
    return np.asarray(logits_QL.double().softmax(dim=1).numpy())


def votes(plan: TaskPlan, rows: Rows, seed: int) -> pa.Table:
    """One row a question: the vote's first candidate, its shares; the rows' labels are not used.

    Columns: prompt, completion, gold, answer, right, voted, vote_share, margin, vote_entropy,
    and, where answers are sampled, the lowest and the mean loss of all candidates of the vote.
    """
    if plan.labels is None:
        return _sampled_votes(rows, seed)
    share_QL = label_shares(plan, rows)
    sorted_QL = np.sort(share_QL, axis=1)
    answers = [plan.labels[i] for i in share_QL.argmax(axis=1)]
    entropy_Q = -(share_QL * np.log(np.maximum(share_QL, 1e-300))).sum(axis=1)
    columns = {
        "completion": [answer_text(answer) for answer in answers],
        "answer": answers,
        "vote_share": sorted_QL[:, -1],
        "margin": sorted_QL[:, -1] - sorted_QL[:, -2],
        "vote_entropy": entropy_Q / np.log(len(plan.labels)),
        "voted": np.ones(len(answers), bool),
    }
    return _with_rows(columns, rows.examples)


def losses(rows: Rows) -> dict[str, FloatArray]:
    """Mean token loss of each row's completion, and of its prompt and completion."""
    return rows.light.losses(rows.samples, rows.states)


def voted_rows(light: LightModel, table: pa.Table) -> Rows:
    """The questions with what the vote answers."""
    prompts, completions = table["prompt"].to_pylist(), table["completion"].to_pylist()
    return Rows(light, [Example(p, c, "") for p, c in zip(prompts, completions, strict=True)])


def _sampled_votes(rows: Rows, seed: int) -> pa.Table:
    found = _generated(rows.light, rows.examples, SAMPLES, 1.0, seed)
    question = np.repeat(np.arange(len(rows.examples)), SAMPLES)
    answers = extract_answers([text for text, _, _ in found], "number")
    cut = np.array([not ended for _, ended, _ in found])
    nll = np.array([loss for _, _, loss in found])
    result = vote(pa.array(question), pa.array(answers, pa.string()), truncated=cut, tie="first")
    columns: dict[str, list[object]] = {}
    for number in range(len(rows.examples)):
        mine = np.flatnonzero(question == number)
        agree = mine[result.agrees[mine]]
        first = agree[0] if len(agree) else mine[0]
        voters = result.answer[mine][(result.answer[mine] >= 0) & ~cut[mine]]
        counts = np.sort(np.unique(voters, return_counts=True)[1])
        second = counts[-2] if len(counts) > 1 else 0
        row = {
            "completion": found[first][0].strip(),
            "answer": answers[first],
            "vote_share": result.vote_share[first] if len(agree) else 0.0,
            "margin": (counts[-1] - second) / counts.sum() if len(agree) else 0.0,
            "vote_entropy": result.vote_entropy[first] if len(agree) else 1.0,
            "nll_lowest": nll[agree].min() if len(agree) else np.inf,
            "nll_mean": nll[agree].mean() if len(agree) else np.inf,
            "voted": len(agree) > 0,
        }
        for name, value in row.items():
            columns.setdefault(name, []).append(value)
    return _with_rows(columns, rows.examples)


def _generated(
    light: LightModel,
    examples: Sequence[Example],
    samples_per_prompt: int,
    temperature: float,
    seed: int,
) -> list[tuple[str, bool, float]]:
    """Answers with whether they ended and their mean token loss, those of a prompt together."""
    from transformers import GenerationConfig

    tokenizer = light.tokenizer
    tokenizer.padding_side = "left"
    light.model.generation_config = GenerationConfig()
    config = GenerationConfig(
        do_sample=temperature > 0,
        temperature=temperature or None,
        top_p=1.0 if temperature else None,
        top_k=0 if temperature else None,
        max_new_tokens=MAX_TOKENS,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    torch.manual_seed(seed)
    ids = prompt_tokens(tokenizer, [example.prompt for example in examples])
    order = np.argsort([len(row) for row in ids], kind="stable").tolist()
    found: dict[int, list[tuple[str, bool, float]]] = {}
    size = DECODED // samples_per_prompt
    for begin in range(0, len(order), size):
        batch = order[begin : begin + size]
        inputs = tokenizer.pad({"input_ids": [ids[i] for i in batch]}, return_tensors="pt")
        with torch.inference_mode():
            sampled = sample_rows(
                light.model,
                inputs,
                config,
                samples_per_row=samples_per_prompt,
                stop=(),
                tokenizer=tokenizer,
            )
        for at, i in enumerate(batch):
            found[i] = [
                (
                    tokenizer.decode(answer.ids, skip_special_tokens=True),
                    answer.ended,
                    -answer.logprob / max(len(answer.ids), 1),
                )
                for answer in sampled[at * samples_per_prompt : (at + 1) * samples_per_prompt]
            ]
    return [answer for i in range(len(ids)) for answer in found[i]]


def _with_rows(columns: dict[str, object], examples: Sequence[Example]) -> pa.Table:
    rows = {
        "prompt": [example.prompt for example in examples],
        "gold": [example.gold for example in examples],
    }
    right = _right(list(columns["answer"]), examples).astype(bool)  # type: ignore[call-overload]
    return pa.table(rows | columns | {"right": right})


def _right(answers: Sequence[str | None], examples: Sequence[Example]) -> FloatArray:
    gold = [example.gold for example in examples]
    if gold and gold[0][0].isdigit():
        gold = [answer or "" for answer in extract_answers(gold, "number")]
    return np.array([float(a == g) for a, g in zip(answers, gold, strict=True)])
