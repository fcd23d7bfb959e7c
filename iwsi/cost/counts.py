"""Tokens of a recipe's rows, and how many of them each kind of work reads."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pyarrow as pa

from iwsi.recipe import Recipe
from iwsi.sample.closed_list import labels_of
from iwsi.tasks.dataset import Prepared
from iwsi.tasks.encoding import prompt_tokens
from iwsi.tasks.sample_text import SampleText

Work = Literal["sample", "audit", "score", "train", "test"]

# Assumed until a run has shown it: the share of candidates that agree with their majority.
VOTED = 0.7
FORECAST = 0.1  # of the test rows, where forecast.budget is no share


@dataclass(frozen=True, slots=True)
class Counts:
    """Counts of a recipe's rows and tokens; tokens are means unless stated otherwise."""

    questions: int
    labelled: int  # rows that no warm start takes
    warm: int
    tests: int
    prompt: float  # tokens, without the few-shot text
    few_shot: int
    answer: float
    longest: int  # tokens of the longest sample
    adapter: int  # parameters of the LoRA adapter
    labels: int | None = None  # of a closed list; None where answers are generated


@dataclass(frozen=True, slots=True)
class Shares:
    """The shares that the vote and a filter are expected to leave.

    Attributes:
        voted: of candidates, the share that agrees with its majority.
        kept: of these, the share that is trained on.
    """

    voted: float
    kept: float


def count_rows(
    recipe: Recipe, rows: Prepared, warm: pa.Table | None, tokenizer: Any, adapter: int
) -> Counts:
    """Count a recipe's rows and their tokens.

    Args:
        recipe: as `resolve` gives it.
        rows: its splits, without the rows of the warm start.
        warm: the rows of the warm start.
        tokenizer: the model's tokenizer.
        adapter: parameters of the adapter.
    """
    form = SampleText.of(recipe.task)
    labelled = rows.validation if warm is None else warm  # a warm start may take all
    samples = list(
        form.encode(tokenizer, labelled["prompt"].to_pylist(), labelled["completion"].to_pylist())
    )
    prompts = [form.prompt(prompt) for prompt in rows.train["prompt"].to_pylist()]
    lengths = [len(ids) for ids in prompt_tokens(tokenizer, prompts)]
    few_shot = samples[0].context
    return Counts(
        questions=len(prompts),
        labelled=rows.validation.num_rows,
        warm=warm.num_rows if warm is not None else 0,
        tests=rows.test.num_rows,
        prompt=float(np.mean(lengths)) - few_shot,
        few_shot=few_shot,
        answer=round(float(np.mean([len(sample.ids) - sample.prompt for sample in samples]))),
        longest=max(*lengths, *(len(sample.ids) for sample in samples)),
        adapter=adapter,
        labels=len(labels_of(recipe)) if recipe.sample.method == "exact" else None,
    )


def expected_shares(recipe: Recipe, counts: Counts, voted: float | None = None) -> Shares:
    """The share that the recipe's filter leaves, where its section determines it.

    A filter without `filter.keep` is taken to keep every voted candidate but for the limit of
    candidates a question.

    Args:
        recipe: the run's recipe.
        counts: of its rows.
        voted: the share that a run of this task has shown.
    """
    if counts.labels:
        return Shares(1 / counts.labels, getattr(recipe.filter, "keep", 1.0))
    voted = VOTED if voted is None else voted
    kept = getattr(recipe.filter, "keep", 1.0)
    most = recipe.filter.max_per_question
    if getattr(recipe.filter, "per_question", None) == "best":
        most = 1
    if most:
        kept = min(kept, most / max(voted * recipe.sample.n, 1))
    return Shares(voted, kept)


def work_tokens(recipe: Recipe, counts: Counts, shares: Shares | None = None) -> dict[Work, float]:
    """Tokens that the model reads or writes in the whole run, by the kind of work.

    A prompt is read once for all answers to it. The few-shot text is read once in each stage,
    but with each row that is trained with it, and with each prompt that transformers goes on from.
    """
    shares = shares or expected_shares(recipe, counts)
    n = counts.labels or recipe.sample.n
    voted = counts.questions * n * shares.voted
    audited = min(recipe.audit.rows, counts.labelled) if recipe.audit else 0
    answered = counts.prompt + n * counts.answer  # one question, all its candidates
    tested = counts.prompt + (counts.labels or 1) * counts.answer
    row = counts.few_shot * recipe.train.few_shot + counts.prompt + counts.answer
    trained = voted * shares.kept * recipe.train.epochs * recipe.rounds
    if recipe.warm_start:
        trained += counts.warm * (recipe.warm_start.epochs or recipe.train.epochs)
    scored = counts.questions * counts.prompt + voted * counts.answer
    scored += _compared_rows(recipe, counts) * (counts.prompt + counts.answer)
    sampled = _few_shot_tokens(recipe, counts, counts.questions)
    audit = _few_shot_tokens(recipe, counts, audited) + audited * (
        answered + (2 + _audit_passes(recipe)) * (counts.prompt + counts.answer)
    )
    return {
        "sample": recipe.rounds * (counts.questions * answered + sampled),
        "audit": recipe.rounds * audit * bool(audited),
        "score": recipe.rounds * scored * scores_losses(recipe),
        "train": row * trained,
        "test": _tests(recipe)
        * (counts.tests * tested + _few_shot_tokens(recipe, counts, counts.tests)),
    }


def _few_shot_tokens(recipe: Recipe, counts: Counts, prompts: int) -> float:
    """Few-shot tokens that the prompts of one stage take."""
    again = recipe.sample.engine == "transformers" and counts.labels is None
    return counts.few_shot * (prompts if again else 1)


def _compared_rows(recipe: Recipe, counts: Counts) -> int:
    """Labelled rows that are read to compare the candidates with."""
    from iwsi.filter.methods import method_of

    return counts.labelled if method_of(recipe.filter).needs & {"losses", "shift"} else 0


def _audit_passes(recipe: Recipe) -> int:
    """Readings of an audited vote beside those of its losses."""
    from iwsi.filter.methods import method_of

    return len(method_of(recipe.filter).needs & {"ratings", "rewards", "shift"})


def _tests(recipe: Recipe) -> float:
    """Full tests in the run, and forecasts as parts of one."""
    full = {"every": recipe.rounds + 1, "final": 2, "never": 0}[recipe.test.full]
    full += recipe.warm_start is not None
    forecast = recipe.forecast
    budget = forecast.budget if forecast and forecast.budget and forecast.budget < 1 else FORECAST
    return full + (recipe.rounds * budget if forecast else 0)


def scores_losses(recipe: Recipe) -> bool:
    """Whether the filter reads its candidates with the model."""
    from iwsi.filter.methods import method_of

    return bool(method_of(recipe.filter).needs & {"losses", "ratings", "rewards", "shift"})
