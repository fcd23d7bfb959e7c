"""The arms of a study: each filter, at each value of what is swept, with each seed."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from eval_predict.errors import UserError, nearest
from iwsi.filter.methods import METHODS
from iwsi.recipe import Recipe
from iwsi.recipe.filter import FILTERS, owners
from iwsi.recipe.load import load_recipe

# One round, and every model tested in full: what a study compares.
_FIXED = ("rounds=1", "test.full=every", "forecast=null", "gate=null", "audit=null")


@dataclass(frozen=True, slots=True)
class Arm:
    """One run of a study; `setting` is the swept `key=value`, None where nothing is swept."""

    filter: str
    setting: str | None
    seed: int
    recipe: Recipe

    @property
    def name(self) -> str:
        """What tells it from the other arms of its seed."""
        return f"{self.filter} {self.setting}" if self.setting else self.filter

    @property
    def folder(self) -> Path:
        """Its run directory, relative to the study's."""
        return Path(f"seed-{self.seed}") / self.name.replace(" ", "--").replace("/", "_")


def arms_of(
    recipe: Path,
    overrides: Sequence[str],
    filters: Sequence[str],
    seeds: Sequence[int],
    sweep: str | None = None,
) -> list[Arm]:
    """Every arm, seed by seed, with its recipe.

    Args:
        recipe: The recipe's file.
        overrides: `key=value` pairs for all arms.
        filters: Names of methods.
        seeds: The recipe's seeds.
        sweep: `key=v1,v2,…`, or None.

    Raises:
        UserError: a filter or key that is not there, or a recipe that does not hold.
    """
    for name in filters:
        _check_filter(name)
    settings = _settings(sweep)
    if sweep:
        _check_swept(sweep.partition("=")[0], filters)
    return [
        _arm(recipe, overrides, name, setting, seed)
        for seed in seeds
        for name in dict.fromkeys(filters)
        for setting in dict.fromkeys(settings)
    ]


def _arm(recipe: Path, overrides: Sequence[str], name: str, setting: str | None, seed: int) -> Arm:
    # The last one wins: what is swept holds over an override, and what makes an arm over both.
    swept = [setting] if setting else []
    arm_overrides = [*_FIXED, f"seed={seed}"]
    if "audit" not in METHODS[name].needs:
        arm_overrides.append("audit=null")  # a study sees what a filter is worth
    loaded = load_recipe(recipe, [*overrides, *swept, *arm_overrides], filter_method=name)
    return Arm(name, setting, seed, loaded)


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


def _check_filter(name: str) -> None:
    if name not in FILTERS:
        near = nearest(name, list(FILTERS))
        raise UserError(
            field="--filters",
            got=repr(name),
            expected=f"names of {', '.join(FILTERS)}",
            fix=f'Did you mean "{near}"?' if near else None,
        )
