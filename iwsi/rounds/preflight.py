"""The checks before a run's first stage, for `iwsi run` and `iwsi validate` alike."""

from typing import NamedTuple

import numpy as np
import pyarrow as pa

from eval_predict.errors import UserError
from iwsi.evaluation.preparation import Prepared as ForForecasts
from iwsi.evaluation.preparation import prepare_forecast
from iwsi.filter.methods import method_of
from iwsi.model_files import check_model
from iwsi.models import load_tokenizer
from iwsi.pool.gpus import share_gpus, visible_gpus
from iwsi.pool.ray import check_ray
from iwsi.quantize import check_quantization
from iwsi.recipe import Recipe, WarmStart
from iwsi.recipe.filter import Conformal, Density, RewardModel, SelfRating
from iwsi.sample.closed_list import check_exact
from iwsi.sample.lengths import completion_warnings, prompt_lengths
from iwsi.sample.local import resolve_engine
from iwsi.sample.start import check_parallel, check_rank
from iwsi.sample.vllm_options import check_options
from iwsi.scoring.hidden import LEAST_ROWS
from iwsi.scoring.rating import rating_prompts
from iwsi.scoring.reward import FIELD, reward_source
from iwsi.skeleton import Skeleton, inspect_model
from iwsi.tasks.chat import in_prompt_style
from iwsi.tasks.dataset import Prepared, prepare
from iwsi.tasks.encoding import special_tokens
from iwsi.train.distribution import resolve_distributed
from iwsi.train.launch import check_processes
from iwsi.train.trackers import check_trackers

WARM_STREAM = (13, 1)  # of the draw that splits the labelled rows; 13 is the warm start's


class RunRows(NamedTuple):
    """The data that the first stage writes: the splits, prompt lengths, and what forecasts need.

    The model's skeleton has been checked, too.
    """

    splits: Prepared
    lengths: dict[str, int]
    for_forecasts: ForForecasts
    warm_start: pa.Table | None  # labelled rows that are trained on; validation holds the others
    skeleton: Skeleton


def resolve(recipe: Recipe) -> Recipe:
    """The recipe as a run keeps it: engine and chat template are spelled out. Idempotent.

    Raises:
        UserError: as `fit_machine`, or the prompt style does not suit the model.
    """
    resolved = in_prompt_style(fit_machine(recipe))
    if isinstance(resolved.filter, SelfRating):
        rating_prompts(resolved, [""], [""])  # a fault in the template is found before sampling
    return resolved


def fit_machine(recipe: Recipe) -> Recipe:
    """The recipe with the name of the engine that this machine has; loads no tokenizer.

    Raises:
        UserError: the model or reward model is not there, no engine can run it, or the machine
            cannot start what the recipe asks for.
    """
    check_model(recipe.model)
    rule = recipe.filter
    if isinstance(rule, RewardModel):
        check_model(reward_source(rule), FIELD)
    check_exact(recipe)
    engine = resolve_engine(recipe.sample)
    check_rank(engine, recipe.train.lora.r, recipe.sample.adapter)
    check_parallel(engine, recipe.sample, recipe.model)
    check_options(recipe.sample.vllm)
    check_quantization(recipe, engine=engine, on_gpu=bool(visible_gpus()))
    if rule.cluster == "ray":
        check_ray("filter")
    else:
        share_gpus(rule.processes, 1, "filter")
    check_processes(resolve_distributed(recipe).train)
    check_trackers(recipe.train.report_to)
    return recipe.model_copy(update={"sample": recipe.sample.model_copy(update={"engine": engine})})


def read_rows(recipe: Recipe) -> RunRows:
    """Read and check everything that the recipe's rows and forecasts come from.

    Args:
        recipe: As `resolve` gives it.

    Raises:
        UserError: rows that cannot be read or rendered, prompts too long for the model, or too
            few rows for what the recipe asks for; or as `inspect_model`.
    """
    from transformers.utils.logging import set_verbosity_error

    set_verbosity_error()  # of prompts that are too long it would warn beside our own error
    tokenizer = load_tokenizer(recipe.model)
    splits = prepare(recipe.task, recipe.seed, special_tokens(tokenizer))
    labelled, warm = splits.validation, None
    if recipe.warm_start:
        labelled, warm = split_labelled(recipe.warm_start, labelled, recipe.seed)
        splits = splits._replace(validation=labelled)
    compared = method_of(recipe.filter).needs & {"losses", "shift"}
    least = {Conformal: 2, Density: LEAST_ROWS}.get(
        type(recipe.filter), 1 if compared or recipe.audit else 0
    )
    if splits.validation.num_rows < least:
        raise UserError(
            field="task.validation.size",
            got=f"{splits.validation.num_rows} rows"
            + (", those of the warm start left out" if warm is not None else ""),
            expected=f"at least {least} for filter.method={recipe.filter.method}"
            + (" and the audit" if recipe.audit else ""),
            fix="Bring more labelled rows, lower warm_start.rows, or choose another filter."
            if recipe.warm_start
            else "Bring more labelled rows, or choose another filter.",
        )
    lengths = prompt_lengths(recipe, splits)
    splits = splits._replace(warnings=(*splits.warnings, *completion_warnings(recipe, splits)))
    items = splits.test["question_id"].to_pylist()
    return RunRows(splits, lengths, prepare_forecast(recipe, items), warm, inspect_model(recipe))


def split_labelled(settings: WarmStart, labelled: pa.Table, seed: int) -> tuple[pa.Table, pa.Table]:
    """The labelled rows that stay, and those of the warm start: no row is in both.

    Args:
        settings: How many the warm start gets.
        labelled: All labelled rows (records.VALIDATION).
        seed: The run's seed.

    Raises:
        UserError: the warm start would get none.
    """
    total = labelled.num_rows
    count = round(settings.rows * total) if settings.rows < 1 else int(settings.rows)
    if not count:
        raise UserError(
            field="warm_start.rows",
            got=f"{settings.rows:g}, which is none of {total} labelled rows",
            expected="at least one row",
            fix="Raise warm_start.rows, or bring more labelled rows.",
        )
    order = np.random.default_rng([seed, 0, *WARM_STREAM]).permutation(total)
    warm, rest = np.sort(order[:count]), np.sort(order[count:])
    return labelled.take(rest), labelled.take(warm)
