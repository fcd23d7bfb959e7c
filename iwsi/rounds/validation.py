"""Checks a recipe before it is run: its rows, its tokens, its cost."""

from dataclasses import dataclass, field

from iwsi.cost.counts import count_rows, expected_shares, work_tokens
from iwsi.cost.estimate import Cost, Disk, costs, disk
from iwsi.cost.measure import measure_rates
from iwsi.cost.rates import doing, expected_rates, shown_voted
from iwsi.filter.methods import method_of
from iwsi.models import (
    context_limit,
    load_tokenizer,
    model_config,
    resolve_dtype,
)
from iwsi.recipe import Recipe
from iwsi.recipe.defaults import naming_defaults
from iwsi.rounds.evaluation_plan import evaluation_plan
from iwsi.rounds.preflight import fit_machine, read_rows, resolve
from iwsi.tasks.dataset import prepare
from iwsi.tasks.labels import train_gold
from iwsi.tasks.sample_text import SampleText


@dataclass(frozen=True, slots=True)
class Validation:
    """The results of `iwsi validate`; token counts are per round."""

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
    rates_measured: tuple[str, ...]  # kinds of work that this machine was seen doing
    costs: tuple[Cost, ...]  # by the kind of work
    disk: Disk
    warnings: tuple[str, ...]
    notes: tuple[str, ...] = ()
    evaluation: dict[str, str] = field(default_factory=dict)  # what test, forecast and gate will do


def validate(recipe: Recipe, *, measure: bool = False) -> Validation:
    """Read and render all rows, try answer extraction on every gold row, count tokens.

    Args:
        recipe: What would be run.
        measure: Whether the model is loaded and timed on this machine.

    Raises:
        UserError: whatever a run would refuse.
    """
    with naming_defaults(recipe):
        return _validate(recipe, measure=measure)


def _validate(recipe: Recipe, *, measure: bool) -> Validation:
    recipe = fit_machine(recipe)
    prepare(recipe.task, recipe.seed, compare=False)  # faults of rows need no tokenizer
    recipe = resolve(recipe)
    task = recipe.task
    prepared, longest_prompts, outside, warm, skeleton = read_rows(recipe)
    labelled = prepared.validation if warm is None else warm  # a warm start may take all
    tokenizer = load_tokenizer(recipe.model)
    limit = context_limit(recipe.model)
    longest = max(longest_prompts.values())
    if "labels" in method_of(recipe.filter).needs:
        train_gold(task, prepared.train["question_id"].to_pylist())
    counts = count_rows(recipe, prepared, warm, tokenizer, skeleton.trainable)
    answer, parameters = round(counts.answer), skeleton.parameters
    shares = expected_shares(recipe, counts, shown_voted(task.name, parameters))
    tokens = work_tokens(recipe, counts, shares)
    if measure:
        measure_rates(recipe, parameters, prepared, warm, counts)
    rates = expected_rates(parameters)
    config, value_bytes = model_config(recipe.model), resolve_dtype(recipe.model).itemsize
    work = costs(recipe, counts, shares, parameters, config, rates, value_bytes)
    return Validation(
        engine=recipe.sample.engine,
        rows={
            "train": prepared.train.num_rows,
            "validation": prepared.validation.num_rows,
            **({"warm start": warm.num_rows} if warm is not None else {}),
            "test": prepared.test.num_rows,
        },
        dropped=prepared.dropped,
        prompt=SampleText.of(task).prompt(prepared.train["prompt"][0].as_py()),
        rationale=labelled["completion"][0].as_py(),
        gold=prepared.test["gold"][0].as_py(),
        prompt_tokens=longest,
        rationale_tokens=answer,
        context_limit=limit,
        parameters=parameters,
        sampled_tokens=counts.questions * (counts.labels or recipe.sample.n) * answer,
        scored_tokens=int(tokens["score"] / recipe.rounds),
        trained_tokens=int(tokens["train"] / recipe.rounds),
        tested_tokens=prepared.test.num_rows * answer,
        audited_tokens=int(tokens["audit"] / recipe.rounds),
        estimated_seconds=round(sum(cost.seconds for cost in work), 1),
        rates_measured=tuple(
            cost.work for cost in work if doing(cost.work, counts.labels) in rates.measured
        ),
        costs=tuple(work),
        evaluation=evaluation_plan(recipe, prepared.test.num_rows),
        disk=disk(recipe, counts, parameters, value_bytes),
        warnings=(*(warning.message for warning in prepared.warnings), *skeleton.warnings),
        notes=outside.notes,
    )
