"""What a study's runs came to: a row an arm and seed, means over seeds, paired differences."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from eval_predict.errors import UserError
from eval_predict.stats.estimate import Estimate, mean_over_seeds
from iwsi.files import read_table
from iwsi.filter.correct import correct
from iwsi.recipe import Recipe
from iwsi.rounds.layout import TRAIN, RoundFiles
from iwsi.rounds.ledger import Ledger
from iwsi.study.arms import Arm
from iwsi.study.orthogonality import LEVEL, rank_correlation
from iwsi.tasks.labels import train_gold

BASELINE = "lmsi"


@dataclass(frozen=True, slots=True)
class ArmResult:
    """One arm with one seed.

    `seconds` are those of all its stages, also of those shared with other arms: what the filter
    costs alone. `trained` are kept samples that were not too long.
    """

    filter: str
    setting: str | None
    seed: int
    accuracy_before: float
    accuracy: float
    sampled: int
    majority: int
    kept: int
    trained: int
    seconds: float


def arm_result(arm: Arm, root: Path) -> ArmResult:
    """What a finished arm came to.

    Args:
        arm: The arm.
        root: Its run directory.
    """
    entries = Ledger(root).entries
    reason = pq.read_table(root / RoundFiles.of(1).selection, columns=["agrees", "keep"])
    before, after = (_accuracy(root / RoundFiles.of(number).results) for number in (0, 1))
    return ArmResult(
        arm.filter,
        arm.setting,
        arm.seed,
        before,
        after,
        reason.num_rows,
        int(reason["agrees"].to_numpy().sum()),
        int(reason["keep"].to_numpy().sum()),
        entries["round-1/train"].info["trained"],
        round(sum(entry.seconds + entry.startup_seconds for entry in entries.values()), 1),
    )


def _accuracy(results: Path) -> float:
    return float(np.mean(pq.read_table(results, columns=["score"])["score"].to_numpy()))


def summarise(results: Sequence[ArmResult]) -> list[dict[str, Any]]:
    """Each filter and setting over its seeds, with 95% t intervals.

    The difference is to `lmsi` at the same setting, over the seeds that both have; None where
    there is none.
    """
    by_key = {(r.filter, r.setting, r.seed): r for r in results}
    groups: dict[tuple[str, str | None], list[ArmResult]] = {}
    for result in results:
        groups.setdefault((result.filter, result.setting), []).append(result)
    summaries = []
    for (name, setting), rows in groups.items():
        pairs = [
            row.accuracy - other.accuracy
            for row in rows
            if (other := by_key.get((BASELINE, setting, row.seed))) and name != BASELINE
        ]
        summaries.append(
            {
                "filter": name,
                "setting": setting,
                "seeds": [row.seed for row in rows],
                "accuracy_before": _mean([row.accuracy_before for row in rows]),
                "accuracy": _mean([row.accuracy for row in rows]),
                "over_lmsi": _mean(pairs) if pairs else None,
                "kept": float(np.mean([row.kept for row in rows])),
                "seconds": float(np.mean([row.seconds for row in rows])),
            }
        )
    return summaries


def orthogonality(root: Path, recipe: Recipe) -> dict[str, Any]:
    """Rank correlations of the DS weight over the voted candidates of a run that has one.

    Returns:
        `vote_entropy` and `correct`: estimates as dicts, None where one side is constant or the
        training rows have no labels; and how many `candidates` and `questions` there were.
    """
    columns = ["question_id", "answer", "vote_entropy", "ds_weight"]
    table = read_table(root / RoundFiles.of(1).selection, columns)
    voted = table.filter(np.isfinite(table["ds_weight"].to_numpy()))
    question_C = voted["question_id"].combine_chunks().dictionary_encode().indices.to_numpy()
    weight_C = voted["ds_weight"].to_numpy()
    sides = {"vote_entropy": voted["vote_entropy"].to_numpy()}
    asked = read_table(root / TRAIN, ["question_id"])["question_id"].to_pylist()
    with suppress(UserError):  # without labels one half of the analysis is left
        sides["correct"] = correct(voted, train_gold(recipe.task, asked)).astype(float)
    found: dict[str, Any] = {"vote_entropy": None, "correct": None}
    for name, side_C in sides.items():
        rng = np.random.default_rng([recipe.seed, len(name)])
        estimate = rank_correlation(weight_C, side_C, question_C.astype(np.int64), rng)
        found[name] = estimate.to_dict() if estimate else None
    questions = len(np.unique(question_C))
    return {"seed": recipe.seed, "candidates": voted.num_rows, "questions": questions, **found}


def mean_correlations(analyses: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The mean of each correlation over seeds, with a 95% t interval; None where it has none."""
    means: dict[str, Any] = {}
    for side in ("vote_entropy", "correct"):
        values = [analysis[side]["value"] for analysis in analyses if analysis[side]]
        means[side] = _mean(values) if values else None
    return means


def rows_of(results: Sequence[ArmResult]) -> list[dict[str, Any]]:
    """The results as rows of a table."""
    return [asdict(result) for result in results]


def _mean(values: Sequence[float]) -> dict[str, Any]:
    estimate: Estimate = mean_over_seeds(values, LEVEL)
    return estimate.to_dict()
