"""What the study does with the model: warm start, votes, losses, rounds, tests; imports torch."""

import gc
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from iwsi.filter.vote import vote
from iwsi.models import load_model, load_tokenizer
from iwsi.recipe import Recipe
from iwsi.sample.engine import Decoding, Prompt
from iwsi.sample.exact import label_scores
from iwsi.scoring.losses import TokenLosses, token_losses
from iwsi.tasks.answers import extract_answers
from iwsi.tasks.sample_text import SampleText
from iwsi.train.sft import train_adapter
from real_model.tasks import Example, TaskPlan, answer_text

BATCH_TOKENS = 8192
SAMPLES, MAX_TOKENS = 8, 40
FloatArray = NDArray[np.float64]


def recipe_of(model: Path, *, epochs: float, learning_rate: float) -> Recipe:
    """A recipe whose model and training sections are used."""
    split = {"path": "rows.jsonl"}
    lora = {"r": 32, "alpha": 32, "dropout": 0.0}
    return Recipe.model_validate(
        {
            "task": {"name": "real", "train": split, "validation": split, "test": split},
            "model": {"name": str(model.resolve())},
            "train": {
                "lora": lora,
                "epochs": epochs,
                "learning_rate": learning_rate,
                "batch_size": 8,
            },
        }
    )


def train(
    recipe: Recipe, examples: Sequence[Example], adapter: Path, previous: Path | None, seed: int
) -> None:
    """Train an adapter on examples, unless it is there already."""
    if adapter.is_dir():
        return
    samples = pa.table(
        {
            "prompt": [example.prompt for example in examples],
            "completion": [example.completion for example in examples],
        }
    )
    train_adapter(recipe, samples, adapter, previous=previous, seed=seed, progress=_progress)
    gc.collect()


def votes(
    plan: TaskPlan, recipe: Recipe, adapter: Path, examples: Sequence[Example], seed: int
) -> pa.Table:
    """One row a question: the vote's first candidate, its shares, and its losses.

    Columns: prompt, completion, gold, answer, right, voted, vote_share, margin, vote_entropy,
    nll_completion (the first candidate's), nll_sequence, nll_lowest and nll_mean (of all
    candidates of the vote).
    """
    if plan.labels is not None:
        table = _exact_votes(plan, recipe, adapter, examples)
    else:
        table = _sampled_votes(recipe, adapter, examples, seed)
    losses = _losses(recipe, adapter, table["prompt"].to_pylist(), table["completion"].to_pylist())
    return table.append_column("nll_completion", [losses.mean("completion")]).append_column(
        "nll_sequence", [losses.mean("sequence")]
    )


def rationale_losses(
    recipe: Recipe, adapter: Path, examples: Sequence[Example]
) -> dict[str, FloatArray]:
    """Losses of people's worked answers, over the completion and over the sequence."""
    prompts = [example.prompt for example in examples]
    losses = _losses(recipe, adapter, prompts, [example.completion for example in examples])
    return {"completion": losses.mean("completion"), "sequence": losses.mean("sequence")}


def accuracy(
    plan: TaskPlan, recipe: Recipe, adapter: Path | None, test: Sequence[Example]
) -> FloatArray:
    """Whether each test row is answered right: the likeliest label, or the greedy answer."""
    if plan.labels is not None:
        table = _exact_votes(plan, recipe, adapter, test)
        return np.asarray(table["right"].to_numpy(), float)
    engine = _engine(recipe, adapter)
    prompts = [Prompt(str(i), example.prompt, 0) for i, example in enumerate(test)]
    texts = {
        int(key): candidates[0].text
        for key, candidates in engine.generate(prompts, Decoding(1, 0.0, 1.0, MAX_TOKENS))
    }
    answers = extract_answers([texts[i] for i in range(len(test))], "number")
    return _right(answers, test)


def _progress(done: int, total: int) -> None:
    if done % 25 == 0 or done == total:
        print(f"{time.strftime('%X')} step {done} of {total}", flush=True)


def _exact_votes(
    plan: TaskPlan, recipe: Recipe, adapter: Path | None, examples: Sequence[Example]
) -> pa.Table:
    labels = np.array(plan.labels, dtype=object)
    scores = label_scores(
        load_model(recipe.model, adapter),
        load_tokenizer(recipe.model),
        prompts=[example.prompt for example in examples],
        completions=[f" {answer_text(label)}" for label in labels],
        batch_tokens=BATCH_TOKENS,
    )
    share_QL = scores.share_QL
    winner_Q = share_QL.argmax(axis=1)
    sorted_QL = np.sort(share_QL, axis=1)
    nll_QL = -scores.logprob_QL / scores.num_tokens_QL
    lowest_Q = np.take_along_axis(nll_QL, winner_Q[:, None], 1)[:, 0]
    answers = [str(label) for label in labels[winner_Q]]
    entropy_Q = -(share_QL * np.log(np.maximum(share_QL, 1e-300))).sum(axis=1)
    columns = {
        "completion": [answer_text(answer) for answer in answers],
        "answer": answers,
        "vote_share": sorted_QL[:, -1],
        "margin": sorted_QL[:, -1] - sorted_QL[:, -2],
        "vote_entropy": entropy_Q / np.log(len(labels)),
        "nll_lowest": lowest_Q,
        "nll_mean": lowest_Q,
        "voted": np.ones(len(examples), bool),
    }
    return _with_rows(columns, examples)


def _sampled_votes(
    recipe: Recipe, adapter: Path, examples: Sequence[Example], seed: int
) -> pa.Table:
    engine = _engine(recipe, adapter)
    prompts = [
        Prompt(str(i), example.prompt, 1000 * seed + SAMPLES * i)
        for i, example in enumerate(examples)
    ]
    found = dict(engine.generate(prompts, Decoding(SAMPLES, 1.0, 1.0, MAX_TOKENS)))
    candidates = [candidate for i in range(len(examples)) for candidate in found[str(i)]]
    question = np.repeat(np.arange(len(examples)), SAMPLES)
    answers = extract_answers([candidate.text for candidate in candidates], "number")
    cut = np.array([candidate.finish_reason == "length" for candidate in candidates])
    result = vote(pa.array(question), pa.array(answers, pa.string()), truncated=cut, tie="first")
    nll = np.array([-candidate.logprob / candidate.num_tokens for candidate in candidates])
    rows = []
    for number in range(len(examples)):
        mine = np.flatnonzero(question == number)
        agree = mine[result.agrees[mine]]
        first = agree[0] if len(agree) else mine[0]
        counts = np.sort(
            np.unique(result.answer[mine][result.answer[mine] >= 0], return_counts=1)[1]
        )
        second = counts[-2] if len(counts) > 1 else 0
        rows.append(
            {
                "completion": candidates[first].text.strip(),
                "answer": answers[first],
                "vote_share": result.vote_share[first] if len(agree) else 0.0,
                "margin": (counts[-1] - second) / counts.sum() if len(counts) else 0.0,
                "vote_entropy": result.vote_entropy[first] if len(agree) else 1.0,
                "nll_lowest": nll[agree].min() if len(agree) else np.inf,
                "nll_mean": nll[agree].mean() if len(agree) else np.inf,
                "voted": len(agree) > 0,
            }
        )
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    return _with_rows(columns, examples)


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


def _engine(recipe: Recipe, adapter: Path | None):  # type: ignore[no-untyped-def]
    from iwsi.sample.transformers import TransformersEngine

    return TransformersEngine(recipe.model, adapter, window=512)


def _losses(
    recipe: Recipe, adapter: Path, prompts: Sequence[str], completions: Sequence[str]
) -> TokenLosses:
    tokenizer = load_tokenizer(recipe.model)
    samples = list(SampleText(separator=" ").encode(tokenizer, prompts, completions))
    model = load_model(recipe.model, adapter)
    return token_losses(model, samples, batch_tokens=BATCH_TOKENS)
