"""`iwsi validate`: everything about a recipe that can be known without loading the model."""

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from iwsi.filter.methods import method_of
from iwsi.models import context_limit, load_tokenizer
from iwsi.recipe import Recipe
from iwsi.recipe.defaults import naming_defaults
from iwsi.recipe.filter import KeepsShare
from iwsi.rounds.preflight import fit_machine, read_rows, resolve
from iwsi.tasks.dataset import prepare
from iwsi.tasks.encoding import Encoded, prompt_tokens
from iwsi.tasks.labels import train_gold
from iwsi.tasks.sample_text import SampleText

# Decoding reads the weights and runs Python between steps; a large product does neither. Both
# figures fit the demo's run on two CPU cores; elsewhere they are a guess.
_EFFICIENCY = 0.2
_START_SECONDS = 10.0  # of an engine or a trainer


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
    parameters: int | None
    estimated_seconds: float | None  # of the whole run on this machine; None: size unknown
    warnings: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """As JSON takes it."""
        return asdict(self)


def check(recipe: Recipe) -> Report:
    """Read and render all rows, try answer extraction on every gold row, count tokens.

    Raises:
        UserError: what a run would stop at.
    """
    with naming_defaults(recipe):
        return _check(recipe)


def _check(recipe: Recipe) -> Report:
    recipe = fit_machine(recipe)
    prepare(recipe.task, recipe.seed, compare=False)  # faults of rows need no tokenizer
    recipe = resolve(recipe)
    task = recipe.task
    prepared, longest_prompts, _, warm, skeleton = read_rows(recipe)
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
    candidates = len(train_prompts) * recipe.sample.n
    whole = (int(np.mean(lengths)) + answer) * candidates
    needs = method_of(recipe.filter).needs
    if "labels" in needs:
        train_gold(task, prepared.train["question_id"].to_pylist())
    rule = recipe.filter
    kept = int(whole * (rule.keep if isinstance(rule, KeepsShare) else 1))
    tokens = {
        "sampled_tokens": candidates * answer,
        # A reward model may be of another size; a rating's reply is a few tokens.
        "scored_tokens": whole if needs - {"labels"} else 0,
        "trained_tokens": int(kept * recipe.train.epochs),
        "tested_tokens": prepared.test.num_rows * answer,
        "audited_tokens": _audited(recipe, prepared.validation.num_rows, validation, answer),
    }
    parameters = skeleton.parameters
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
        parameters=parameters,
        estimated_seconds=_seconds(recipe, tokens, parameters),
        warnings=(*(warning.message for warning in prepared.warnings), *skeleton.warnings),
        **tokens,
    )


def _audited(recipe: Recipe, rows: int, labelled: Sequence[Encoded], answer: int) -> int:
    """Tokens that the audit samples, and reads again for two losses of each row."""
    if recipe.audit is None:
        return 0
    whole = float(np.mean([len(sample.ids) for sample in labelled]))
    return int(min(recipe.audit.rows, rows) * (recipe.sample.n * answer + 2 * whole))


def _seconds(recipe: Recipe, tokens: dict[str, int], parameters: int | None) -> float | None:
    """A rough time for the whole run: 2 operations per parameter and token, 6 where it trains."""
    if parameters is None:
        return None
    forward = sum(tokens.values()) - tokens["trained_tokens"]
    operations = parameters * (2 * forward + 6 * tokens["trained_tokens"]) * recipe.rounds
    starts = (
        3 + bool(recipe.audit)
    ) * recipe.rounds + 2  # rows, then test and sample, weigh, train; and the last test
    return round(operations / (_matmul_rate() * _EFFICIENCY) + _START_SECONDS * starts, 1)


def _matmul_rate(size: int = 2048) -> float:
    """Operations per second of this machine's own matrix product."""
    import torch

    from iwsi.models import device

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
