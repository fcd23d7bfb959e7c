"""The arms of a study: filters and objectives, at each value of what is swept, with each seed."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from eval_predict.errors import UserError, nearest
from iwsi.filter.methods import METHODS
from iwsi.recipe import Recipe
from iwsi.recipe.filter import FILTERS, owners
from iwsi.recipe.load import load_recipe, read_yaml
from iwsi.recipe.pairs import Objective

# One round, and every model tested in full: what a study compares.
_FIXED = ("rounds=1", "test.full=every", "forecast=null", "gate=null")


@dataclass(frozen=True, slots=True)
class Arm:
    """One run of a study.

    Attributes:
        filter: the method's name.
        setting: the swept `key=value`, None where nothing is swept.
        seed: the recipe's seed.
        recipe: what is run.
        objective: what is trained by, None where objectives are not compared.
    """

    filter: str
    setting: str | None
    seed: int
    recipe: Recipe
    objective: str | None = None

    @property
    def name(self) -> str:
        """A name that no other arm of its seed has."""
        return " ".join(part for part in (self.filter, self.objective, self.setting) if part)

    @property
    def folder(self) -> Path:
        """The arm's run directory, relative to the study's."""
        return Path(f"seed-{self.seed}") / self.name.replace(" ", "--").replace("/", "_")


def arms_of(
    recipe: Path,
    overrides: Sequence[str],
    filters: Sequence[str],
    seeds: Sequence[int],
    sweep: str | None = None,
    objectives: Sequence[str] = (),
) -> list[Arm]:
    """Every arm, seed by seed, with its recipe.

    Args:
        recipe: The recipe's file.
        overrides: `key=value` pairs for all arms.
        filters: Names of methods.
        seeds: The recipe's seeds.
        sweep: `key=v1,v2,…`, or None.
        objectives: Values of `train.objective`; none: the recipe's alone.

    Raises:
        UserError: an objective, a filter or key that is not there, or a recipe that does not hold.
    """
    for name in filters:
        _check_filter(name)
    for name in objectives:
        _check_objective(name)
    settings = _settings(sweep)
    trained_by: list[str | None] = [*dict.fromkeys(objectives)] or [None]
    if sweep:
        _check_swept(sweep.partition("=")[0], filters)
    return [
        _arm(recipe, overrides, name, setting, seed, objective)
        for seed in seeds
        for name in dict.fromkeys(filters)
        for objective in trained_by
        for setting in dict.fromkeys(settings)
    ]


def _arm(
    recipe: Path,
    overrides: Sequence[str],
    name: str,
    setting: str | None,
    seed: int,
    objective: str | None,
) -> Arm:
    # The last one wins: what is swept holds over an override, and what makes an arm over both.
    swept = [setting] if setting else []
    arm_overrides = [*_FIXED, f"seed={seed}"]
    if "audit" not in METHODS[name].needs:
        arm_overrides.append("audit=null")  # a study sees what a filter is worth
    if objective:
        arm_overrides += _objective(recipe, [*overrides, *swept], objective)
    loaded = load_recipe(recipe, [*overrides, *swept, *arm_overrides], filter_method=name)
    return Arm(name, setting, seed, loaded, objective)


def _objective(recipe: Path, overrides: Sequence[str], objective: str) -> list[str]:
    """The overrides for an objective; its pairs are the defaults where nobody names any."""
    train = read_yaml(recipe).get("train")
    named = isinstance(train, dict) and train.get("pairs") is not None
    named = named or any(override.startswith("train.pairs") for override in overrides)
    if objective == "sft":
        return ["train.objective=sft", *(["train.pairs=null"] if named else [])]
    return [f"train.objective={objective}", *([] if named else ["train.pairs={}"])]


def _settings(sweep: str | None) -> list[str | None]:
    if sweep is None:
        return [None]
    key, equals, listed = sweep.partition("=")
    values = [value.strip() for value in listed.split(",")]
    if not equals or not all(values):
        raise UserError(
            field="--sweep",
            got=repr(sweep),
            expected="key=value,value,… such as filter.keep=0.5,0.8",
        )
    return [f"{key}={value}" for value in values]


def _check_swept(key: str, filters: Sequence[str]) -> None:
    section, _, name = key.partition(".")
    having = owners(name) if section == "filter" else []
    if having and not set(having) & set(filters):
        raise UserError(
            field="--sweep",
            got=f"{key}, which none of {', '.join(filters)} has",
            expected=f"with it one of {', '.join(having)} in --filters",
        )


def _check_objective(name: str) -> None:
    names = get_args(Objective)
    if name not in names:
        near = nearest(name, list(names))
        raise UserError(
            field="--objectives",
            got=repr(name),
            expected=f"names of {', '.join(names)}",
            fix=f'Did you mean "{near}"?' if near else None,
        )


def _check_filter(name: str) -> None:
    if name not in FILTERS:
        near = nearest(name, list(FILTERS))
        raise UserError(
            field="--filters",
            got=repr(name),
            expected=f"names of {', '.join(FILTERS)}",
            fix=f'Did you mean "{near}"?' if near else None,
        )
