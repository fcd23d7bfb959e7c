"""What a run came to, from its ledger and its files: funnel, accuracy, time."""

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from eval_predict.estimate import mean_score, paired_difference
from iwsi.recipe import Recipe
from iwsi.rounds.ledger import Ledger
from iwsi.rounds.plan import plan

LEVEL = 0.95


def summarise(root: Path, recipe: Recipe, ledger: Ledger) -> dict[str, Any]:
    """Every round that has begun, the gain of the last over the base, and what comes next."""
    rounds: list[dict[str, Any]] = []
    for number in range(recipe.rounds + 1):
        done = {
            name.rpartition("/")[2]: entry
            for name, entry in ledger.entries.items()
            if name.startswith(f"round-{number}/")
        }
        if not done:
            continue
        before = rounds[0]["accuracy"] if rounds else None
        rounds.append(
            {
                "round": number,
                "accuracy": _accuracy(root, number) if "test" in done else None,
                "gain": _gain(root, number) if "test" in done and before and number else None,
                "funnel": _funnel(root, number) if "select" in done else None,
                "train": done["train"].info if "train" in done else None,
                "seconds": {kind: entry.seconds for kind, entry in done.items()},
                "startup_seconds": {
                    kind: entry.startup_seconds
                    for kind, entry in done.items()
                    if entry.startup_seconds
                },
            }
        )
    waiting = [stage.name for stage in plan(recipe) if stage.name not in ledger.entries]
    return {
        "task": recipe.task.name,
        "level": LEVEL,
        "rounds": rounds,
        "next_stage": waiting[0] if waiting else None,
        "seconds": round(sum(e.seconds + e.startup_seconds for e in ledger.entries.values()), 1),
    }


def _accuracy(root: Path, number: int) -> dict[str, Any]:
    return mean_score(_scores(root, number), LEVEL).to_dict()


def _gain(root: Path, number: int) -> dict[str, Any]:
    """Over the base model, on the same items."""
    return paired_difference(_scores(root, number), _scores(root, 0), LEVEL).to_dict()


def _scores(root: Path, number: int) -> Any:
    path = root / f"round-{number}" / "test.parquet"
    return pq.read_table(path, columns=["score"])["score"].to_numpy()


def _funnel(root: Path, number: int) -> Any:
    path = root / f"round-{number}" / "funnel.json"
    return json.loads(path.read_text(encoding="utf-8"))
