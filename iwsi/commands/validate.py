"""`iwsi validate`: everything about a recipe that can be known without loading the model."""

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from iwsi.commands.cost import (
    FORWARD,
    Cost,
    Counts,
    costs,
    disk_gib,
    keep_rate,
    kept_rate,
    reached_rate,
    work_tokens,
)
from iwsi.filter.methods import method_of
from iwsi.models import (
    context_limit,
    device,
    load_model,
    load_tokenizer,
    model_config,
    resolve_dtype,
)
from iwsi.recipe import Recipe
from iwsi.recipe.defaults import naming_defaults
from iwsi.rounds.preflight import fit_machine, read_rows, resolve
from iwsi.sample.closed_list import labels_of
from iwsi.tasks.dataset import prepare
from iwsi.tasks.encoding import Encoded, prompt_tokens
from iwsi.tasks.labels import train_gold
from iwsi.tasks.sample_text import SampleText

MEASURED_ROWS = 64


@dataclass(frozen=True, slots=True)
class Report:
    """What `iwsi validate` found; token counts are per round."""

    engine: str
    rows: dict[str, int]
    dropped: dict[str, dict[str, int]]
    prompt: str  # the first training prompt, few-shot text included
    rationale: str  # the first validation row's
    gold: str  # the first test row's canonical answer
    prompt_tokens: int  # longest
    rationale_tokens: int  # mean over validation, taken as the length of an answer
    context_limit: int
    sampled_tokens: int
    scored_tokens: int
    trained_tokens: int
    tested_tokens: int
    audited_tokens: int  # of labelled rows, sampled and scored
    parameters: int
    estimated_seconds: float  # of the whole run on this machine
    rate_measured: bool  # whether `--measure` found the machine's rate for this size of model
    costs: tuple[Cost, ...]  # by the kind of work
    disk_gib: float
    warnings: tuple[str, ...]
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """As JSON takes it."""
        return asdict(self)


def check(recipe: Recipe, *, measure: bool = False) -> Report:
    """Read and render all rows, try answer extraction on every gold row, count tokens.

    Args:
        recipe: What would be run.
        measure: Whether the model is loaded and timed on this machine.

    Raises:
        UserError: what a run would stop at.
    """
    with naming_defaults(recipe):
        return _check(recipe, measure=measure)


def _check(recipe: Recipe, *, measure: bool) -> Report:
    recipe = fit_machine(recipe)
    prepare(recipe.task, recipe.seed, compare=False)  # faults of rows need no tokenizer
    recipe = resolve(recipe)
    task = recipe.task
    prepared, longest_prompts, outside, warm, skeleton = read_rows(recipe)
    labelled = prepared.validation if warm is None else warm  # a warm start may take all
    tokenizer = load_tokenizer(recipe.model)
    limit = context_limit(recipe.model)
    longest = max(longest_prompts.values())
    form = SampleText.of(task)
    validation = list(
        form.encode(
            tokenizer,
            labelled["prompt"].to_pylist(),
            labelled["completion"].to_pylist(),
        )
    )
    train_prompts = prepared.train["prompt"].to_pylist()
    lengths = [len(i) for i in prompt_tokens(tokenizer, [form.prompt(p) for p in train_prompts])]
    answer = round(float(np.mean([len(sample.ids) - sample.prompt for sample in validation])))
    if "labels" in method_of(recipe.filter).needs:
        train_gold(task, prepared.train["question_id"].to_pylist())
    few_shot = validation[0].context
    counts = Counts(
        questions=len(train_prompts),
        labelled=prepared.validation.num_rows,
        warm=warm.num_rows if warm is not None else 0,
        tests=prepared.test.num_rows,
        prompt=float(np.mean(lengths)) - few_shot,
        few_shot=few_shot,
        answer=answer,
        longest=max(longest, max(len(sample.ids) for sample in validation)),
        adapter=skeleton.trainable,
        labels=len(labels_of(recipe)) if recipe.sample.method == "exact" else None,
    )
    tokens = work_tokens(recipe, counts)
    rate, measured = _rate(recipe, skeleton.parameters, validation if measure else None)
    config, value_bytes = model_config(recipe.model), resolve_dtype(recipe.model).itemsize
    work = costs(recipe, counts, skeleton.parameters, config, rate, value_bytes)
    return Report(
        engine=recipe.sample.engine,
        rows={
            "train": prepared.train.num_rows,
            "validation": prepared.validation.num_rows,
            **({"warm start": warm.num_rows} if warm is not None else {}),
            "test": prepared.test.num_rows,
        },
        dropped=prepared.dropped,
        prompt=form.prompt(train_prompts[0]),
        rationale=labelled["completion"][0].as_py(),
        gold=prepared.test["gold"][0].as_py(),
        prompt_tokens=longest,
        rationale_tokens=answer,
        context_limit=limit,
        parameters=skeleton.parameters,
        sampled_tokens=counts.questions * (counts.labels or recipe.sample.n) * answer,
        scored_tokens=int(tokens["score"] / recipe.rounds),
        trained_tokens=int(tokens["train"] / recipe.rounds),
        tested_tokens=prepared.test.num_rows * answer,
        audited_tokens=int(tokens["audit"] / recipe.rounds),
        estimated_seconds=round(sum(cost.seconds for cost in work), 1),
        rate_measured=measured,
        costs=tuple(work),
        disk_gib=round(disk_gib(recipe, counts), 2),
        warnings=(*(warning.message for warning in prepared.warnings), *skeleton.warnings),
        notes=outside.notes,
    )


def _rate(recipe: Recipe, parameters: int, samples: Sequence[Encoded] | None) -> tuple[float, bool]:
    """Operations a second with a model of this size, and whether they were measured."""
    where = device()
    if samples is not None:
        keep_rate(parameters, where, _forward_rate(recipe, parameters, samples))
    kept = kept_rate(parameters, where)
    if kept is not None:
        return kept, True
    return reached_rate(_matmul_rate(), parameters), False


def _forward_rate(recipe: Recipe, parameters: int, samples: Sequence[Encoded]) -> float:
    """Operations a second of the model itself, reading some labelled rows."""
    from iwsi.scoring.losses import token_losses

    model = load_model(recipe.model)
    measured = list(samples[:MEASURED_ROWS])
    seconds = 0.0
    for rows in (measured[:2], measured):  # the first time warms up
        began = time.perf_counter()
        token_losses(model, rows, batch_tokens=recipe.filter.batch_tokens, share=False)
        seconds = time.perf_counter() - began
    return FORWARD * parameters * sum(len(sample.ids) for sample in measured) / seconds


def _matmul_rate(size: int = 2048) -> float:
    """Operations per second of this machine's own matrix product."""
    import torch

    where = device()
    dtype = torch.bfloat16 if where == "cuda" else torch.float32
    matrix = torch.ones(size, size, device=where, dtype=dtype)
    for repeats in (1, 4):  # the first time warms up
        began = time.perf_counter()
        for _ in range(repeats):
            product = matrix @ matrix
        float(product[0, 0])  # waits for the GPU
        seconds = time.perf_counter() - began
    return repeats * 2 * size**3 / seconds
