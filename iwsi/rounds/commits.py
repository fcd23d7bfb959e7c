"""Which commit of a hub repository a run was made from, as the local cache of the hub has it.

A revision such as `main` changes. The commits are kept beside the run's other inputs, and a run
that goes on with another commit is refused. Nothing is asked over the network.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from eval_predict.errors import UserError
from iwsi.recipe import Recipe
from iwsi.recipe.filter import RewardModel

PREFIX = "commit."  # of their keys among a ledger's inputs; no stage's digest has these
_COMMIT = re.compile(r"[0-9a-f]{40}")


def hub_commits(recipe: Recipe) -> dict[str, str]:
    """The commit of each model and data set that comes from the hub and was downloaded before."""
    found = {}
    for key, kind, name, revision in _repositories(recipe):
        commit = None if Path(name).exists() else _commit(kind, name, revision)
        if commit is not None:
            found[f"{PREFIX}{key}"] = commit
    return found


def check_commits(root: Path, before: Mapping[str, str], now: Mapping[str, str]) -> None:
    """Refuse to go on with another commit than the one that a run began with.

    Args:
        root: the run directory.
        before: the inputs that its ledger keeps.
        now: as `hub_commits` gives them.

    Raises:
        UserError: a commit is another one.
    """
    for key, commit in now.items():
        if before.get(key, commit) != commit:
            field = key.removeprefix(PREFIX)
            revision = f"{field.rpartition('.')[0]}.revision"
            if field == "filter.reward_model":
                revision = "filter.reward_revision"
            raise UserError(
                where=str(root),
                field=field,
                got=f"commit {commit} of the hub's repository",
                expected=f"commit {before[key]}, with which this run began",
                fix=f"Set {revision}={before[key]}, or add --yes to go on with the new one.",
            )


def _repositories(recipe: Recipe) -> Iterator[tuple[str, str, str, str | None]]:
    task, rule = recipe.task, recipe.filter
    if recipe.model.name:
        yield "model.name", "models", recipe.model.name, recipe.model.revision
    for name, split in (
        ("train", task.train),
        ("validation", task.validation),
        ("test", task.test),
    ):
        yield f"task.{name}.path", "datasets", split.path, split.revision
    if isinstance(rule, RewardModel):
        yield "filter.reward_model", "models", rule.reward_model, rule.reward_revision


def _commit(kind: str, name: str, revision: str | None) -> str | None:
    if revision and _COMMIT.fullmatch(revision):
        return revision
    if name.count("/") > 1 or ".." in name or ".." in (revision or ""):
        return None
    from huggingface_hub.constants import HF_HUB_CACHE

    folder = Path(HF_HUB_CACHE) / f"{kind}--{name.replace('/', '--')}"
    try:
        text = (folder / "refs" / (revision or "main")).read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        return None
    return text if _COMMIT.fullmatch(text) else None
