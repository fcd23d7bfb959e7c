"""What a run refuses before its first stage, for `iwsi run` and `iwsi validate` alike."""

from typing import NamedTuple

from eval_predict.errors import UserError
from iwsi.evaluation.preparation import Prepared as ForForecasts
from iwsi.evaluation.preparation import prepare_forecast
from iwsi.models import check_model, load_tokenizer
from iwsi.pool.ray import check_ray
from iwsi.recipe import Recipe
from iwsi.recipe.filter import Conformal, Density, RewardModel, SelfRating
from iwsi.sample.closed_list import check_exact
from iwsi.sample.lengths import completion_warnings, prompt_lengths
from iwsi.sample.local import resolve_engine
from iwsi.sample.start import check_parallel, check_rank
from iwsi.scoring.hidden import LEAST_ROWS
from iwsi.scoring.rating import rating_prompts
from iwsi.scoring.reward import FIELD, reward_source
from iwsi.skeleton import Skeleton, inspect_model
from iwsi.tasks.chat import in_prompt_style
from iwsi.tasks.dataset import Prepared, prepare
from iwsi.tasks.encoding import special_tokens
from iwsi.train.launch import check_processes


class RunRows(NamedTuple):
    """What the first stage writes: the splits, prompt lengths, and what forecasts need.

    The model's skeleton has been checked, too.
    """

    splits: Prepared
    lengths: dict[str, int]
    for_forecasts: ForForecasts
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
    check_parallel(engine, recipe.sample)
    if rule.cluster == "ray":
        check_ray("filter")
    check_processes(recipe.train)
    return recipe.model_copy(update={"sample": recipe.sample.model_copy(update={"engine": engine})})


def read_rows(recipe: Recipe) -> RunRows:
    """Read and check everything that the recipe's rows and forecasts come from.

    Args:
        recipe: As `resolve` gives it.

    Raises:
        UserError: rows that cannot be read or rendered, prompts too long for the model, or too
            few rows for what the recipe asks for; or as `inspect_model`.
    """
    tokenizer = load_tokenizer(recipe.model)
    splits = prepare(recipe.task, recipe.seed, special_tokens(tokenizer))
    least = {Conformal: 2, Density: LEAST_ROWS}.get(type(recipe.filter), 1)
    if splits.validation.num_rows < least:
        raise UserError(
            field="task.validation.size",
            got=f"{splits.validation.num_rows} rows",
            expected=f"at least {least} for filter.method={recipe.filter.method}",
            fix="Bring more labelled rows, or choose another filter.",
        )
    lengths = prompt_lengths(recipe, splits)
    splits = splits._replace(warnings=(*splits.warnings, *completion_warnings(recipe, splits)))
    items = splits.test["question_id"].to_pylist()
    return RunRows(splits, lengths, prepare_forecast(recipe, items), inspect_model(recipe))
