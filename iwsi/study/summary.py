"""The results of a study: a row for each arm and seed, means over seeds, paired differences."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from eval_predict.errors import UserError
from eval_predict.stats.estimate import Estimate, mean_over_seeds
from iwsi.files import read_table
from iwsi.filter.correct import correct
from iwsi.recipe import Recipe
from iwsi.rounds.layout import TRAIN, RoundFiles
from iwsi.rounds.ledger import Ledger
from iwsi.study.arms import Arm
from iwsi.study.orthogonality import LEVEL, rank_correlation
from iwsi.tasks.answers import reader_of
from iwsi.tasks.labels import train_gold

BASELINE = "lmsi"


@dataclass(frozen=True, slots=True)
class ArmResult:
    """One arm with one seed.

    `seconds` are those of all its stages, also of those shared with other arms: what the filter
    costs alone. `trained` are kept samples that were not too long. `precision` is the share of the
    kept candidates that have their question's label; None where training rows have no labels.
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
    objective: str | None = None
    precision: float | None = None


@dataclass(frozen=True, slots=True)
class ArmSummary:
    """A filter at one setting, over its seeds, with 95% t intervals.

    `precision` is of what was kept, None where a seed has none. `over_lmsi` is the paired
    difference to `lmsi` at the same setting, over the seeds that both have; None where there is
    none. `over_sft` is the same to the objective sft with this filter.
    """

    filter: str
    setting: str | None
    seeds: tuple[int, ...]
    accuracy_before: Estimate
    accuracy: Estimate
    over_lmsi: Estimate | None
    kept: float
    seconds: float
    objective: str | None = None
    over_sft: Estimate | None = None
    precision: Estimate | None = None


@dataclass(frozen=True, slots=True)
class SeedCorrelations:
    """Rank correlations of the DS weight over one seed's voted candidates.

    None where one side is constant, or the training rows have no labels.
    """

    seed: int
    candidates: int
    questions: int
    vote_entropy: Estimate | None
    correct: Estimate | None


@dataclass(frozen=True, slots=True)
class MeanCorrelations:
    """The mean of each correlation over seeds, with a 95% t interval; None where it has none."""

    vote_entropy: Estimate | None
    correct: Estimate | None


@dataclass(frozen=True, slots=True)
class Orthogonality:
    """Whether the DS weight says something else than the vote's entropy, and than the labels."""

    seeds: tuple[SeedCorrelations, ...]
    mean: MeanCorrelations


@dataclass(frozen=True, slots=True)
class StudyResult:
    """The results of a study.

    Attributes:
        task: the task's name.
        arms: a summary each.
        rows: each arm and seed.
        orthogonality: of each seed that has a DS weight.
    """

    task: str
    arms: tuple[ArmSummary, ...]
    rows: tuple[ArmResult, ...]
    orthogonality: Orthogonality


def arm_result(arm: Arm, root: Path) -> ArmResult:
    """The results of a finished arm.

    Args:
        arm: The arm.
        root: Its run directory.
    """
    entries = Ledger(root).entries
    selection = pq.read_table(
        root / RoundFiles.of(1).selection, columns=["question_id", "answer", "agrees", "keep"]
    )
    kept = selection.filter(selection["keep"])
    before, after = (_accuracy(root / RoundFiles.of(number).results) for number in (0, 1))
    return ArmResult(
        arm.filter,
        arm.setting,
        arm.seed,
        before,
        after,
        selection.num_rows,
        int(selection["agrees"].to_numpy().sum()),
        kept.num_rows,
        entries["round-1/train"].info["trained"],
        round(sum(entry.seconds + entry.startup_seconds for entry in entries.values()), 1),
        arm.objective,
        precision_of(kept, arm.recipe),
    )


def precision_of(kept: pa.Table, recipe: Recipe) -> float | None:
    """The share of candidates that have their question's label; None without labels.

    Args:
        kept: Columns `question_id` and `answer` of candidates of training questions.
        recipe: The run's recipe.
    """
    questions = kept["question_id"].unique().to_pylist()
    with suppress(UserError):
        return float(np.mean(right_candidates(kept, questions, recipe))) if questions else None
    return None


def right_candidates(
    candidates: pa.Table, questions: Sequence[str], recipe: Recipe
) -> NDArray[np.bool_]:
    """Whether each candidate has its question's label.

    Raises:
        UserError: the training rows have none.
    """
    reader = reader_of(recipe.task.answer)
    same = None if reader.exact else reader.same
    return correct(candidates, train_gold(recipe.task, questions), same)


def summarise(results: Sequence[ArmResult]) -> tuple[ArmSummary, ...]:
    """Each filter and setting over its seeds."""
    by_key = {(r.filter, r.objective, r.setting, r.seed): r for r in results}
    groups: dict[tuple[str, str | None, str | None], list[ArmResult]] = {}
    for result in results:
        groups.setdefault((result.filter, result.objective, result.setting), []).append(result)

    def over(rows: Sequence[ArmResult], filter_: str, objective: str | None) -> Estimate | None:
        """The paired difference to another arm of the same setting, where there is one."""
        pairs = [
            row.accuracy - other.accuracy
            for row in rows
            if (other := by_key.get((filter_, objective, row.setting, row.seed))) and other != row
        ]
        return mean_over_seeds(pairs, LEVEL) if pairs else None

    summaries = []
    for (name, objective, setting), rows in groups.items():
        summaries.append(
            ArmSummary(
                filter=name,
                setting=setting,
                seeds=tuple(row.seed for row in rows),
                accuracy_before=mean_over_seeds([row.accuracy_before for row in rows], LEVEL),
                accuracy=mean_over_seeds([row.accuracy for row in rows], LEVEL),
                over_lmsi=over(rows, BASELINE, objective),
                kept=float(np.mean([row.kept for row in rows])),
                seconds=float(np.mean([row.seconds for row in rows])),
                objective=objective,
                over_sft=over(rows, name, "sft"),
                precision=_precision(rows),
            )
        )
    return tuple(summaries)


def correlations(root: Path, recipe: Recipe) -> SeedCorrelations:
    """Rank correlations of the DS weight over the voted candidates of a run that has one.

    Args:
        root: The run directory.
        recipe: The run's recipe.
    """
    columns = ["question_id", "answer", "vote_entropy", "ds_weight"]
    table = read_table(root / RoundFiles.of(1).selection, columns)
    voted = table.filter(np.isfinite(table["ds_weight"].to_numpy()))
    question_C = voted["question_id"].combine_chunks().dictionary_encode().indices.to_numpy()
    weight_C = voted["ds_weight"].to_numpy()

    def correlation(name: str, side_C: NDArray[np.float64]) -> Estimate | None:
        rng = np.random.default_rng([recipe.seed, len(name)])
        return rank_correlation(weight_C, side_C, question_C.astype(np.int64), rng)

    right = None
    questions = read_table(root / TRAIN, ["question_id"])["question_id"].to_pylist()
    with suppress(UserError):  # without labels one half of the analysis is left
        right = correlation("correct", right_candidates(voted, questions, recipe).astype(float))
    return SeedCorrelations(
        seed=recipe.seed,
        candidates=voted.num_rows,
        questions=len(np.unique(question_C)),
        vote_entropy=correlation("vote_entropy", voted["vote_entropy"].to_numpy()),
        correct=right,
    )


def orthogonality(seeds: Sequence[SeedCorrelations]) -> Orthogonality:
    """The seeds' correlations, and their means."""
    means = MeanCorrelations(
        _mean([row.vote_entropy for row in seeds]), _mean([row.correct for row in seeds])
    )
    return Orthogonality(tuple(seeds), means)


def table_of(results: Sequence[ArmResult]) -> pa.Table:
    """The results as a table: a row an arm and seed."""
    names = [field.name for field in fields(ArmResult)]
    return pa.table({name: [getattr(result, name) for result in results] for name in names})


def _precision(rows: Sequence[ArmResult]) -> Estimate | None:
    shares = [row.precision for row in rows if row.precision is not None]
    return mean_over_seeds(shares, LEVEL) if len(shares) == len(rows) else None


def _mean(estimates: Sequence[Estimate | None]) -> Estimate | None:
    values = [estimate.value for estimate in estimates if estimate is not None]
    return mean_over_seeds(values, LEVEL) if values else None


def _accuracy(results: Path) -> float:
    return float(np.mean(pq.read_table(results, columns=["score"])["score"].to_numpy()))
