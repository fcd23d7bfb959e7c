"""Which benchmarks are tried in which worlds, and the draws of history and targets."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from eval_predict.bench.splits import MIN_HISTORY, Split
from eval_predict.bench.worlds import SIMULATED, WORLDS, World, simulated
from eval_predict.data.matrix import ScoreMatrix
from eval_predict.stats.clusters import Labels

MAX_TARGETS = 15  # of one draw of a split: more repeats tell more than more targets of one


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """One benchmark in one world."""

    benchmark: str
    matrix: ScoreMatrix
    split: str
    clusters: Labels | None = None

    @property
    def world(self) -> World:
        """The split, and how the targets' scores are changed."""
        return WORLDS[self.split]


def cases(
    matrices: Mapping[str, ScoreMatrix],
    splits: Sequence[str],
    seed: int,
    tell: Callable[[str], None],
    clusters: Mapping[str, Labels],
) -> Iterator[Case]:
    """Each matrix in each real world, then the simulated worlds once."""
    real = [split for split in splits if WORLDS[split].share is None]
    for benchmark, given in matrices.items():
        matrix = _with_scores(benchmark, given, tell)
        for split in real:
            yield Case(benchmark, matrix, split, clusters.get(benchmark))
    for split in splits:
        share = WORLDS[split].share
        if share is not None:
            yield Case(SIMULATED, simulated(share, seed), split)


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """One draw of a split; at most 15 targets, each with all its scores."""

    repeat: int
    split: Split


def _with_scores(benchmark: str, matrix: ScoreMatrix, tell: Callable[[str], None]) -> ScoreMatrix:
    scored_M = ~matrix.missing_MN.all(axis=1)
    if scored_M.all():
        return matrix
    tell(f"{benchmark}: {(~scored_M).sum()} models without any score left out")
    return matrix.take_models(scored_M)


def trials(
    benchmark: str,
    matrix: ScoreMatrix,
    split: str,
    repeats: int,
    seed: int,
    tell: Callable[[str], None],
) -> list[Trial]:
    """The draws of a split; a note names what is left out."""
    whole_M = np.asarray(~matrix.missing_MN.any(axis=1))
    found = []
    partial: set[int] = set()
    for repeat in range(repeats):
        drawn = WORLDS[split].split(matrix, repeat, seed)
        if drawn is None or len(drawn.history_H) < MIN_HISTORY:
            continue
        whole_T = whole_M[drawn.targets_T]
        partial |= {int(target) for target in drawn.targets_T[~whole_T]}
        if whole_T.any():
            targets_T = drawn.targets_T[whole_T]
            order_T = np.random.default_rng([seed, repeat, 9]).permutation(len(targets_T))
            kept_T = np.sort(targets_T[order_T[:MAX_TARGETS]])
            found.append(Trial(repeat, Split(drawn.history_H, kept_T)))
    if partial:
        tell(f"{benchmark}, {split}: {len(partial)} targets with missing scores left out")
    if not found:
        tell(
            f"{benchmark}, {split}: left out: {len(matrix.models)} models do not give"
            f" {MIN_HISTORY} of history and a target with all its scores"
        )
    return found
