"""Scores on one benchmark made from scores on another, by optimal transport between their items."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from eval_predict.data.matrix import ScoreMatrix
from eval_predict.errors import UserError

if TYPE_CHECKING:
    from scipy.sparse import csr_array

_BLOCK = 1000  # items a side of one transport problem: a second of work and 8 MB of costs


@dataclass(frozen=True, slots=True, eq=False)
class RelatedTask:
    """Another benchmark, or other items of this one, on which the targets were run.

    Attributes:
        history: what models scored there; those that are in the history here as well count.
        scores_TK: (T, K) what the T targets scored there, NaN where they were not run.
    """

    history: ScoreMatrix
    scores_TK: NDArray[np.float64]


class Synthesis(NamedTuple):
    """How scores there become scores here, and how well that went for the history's models.

    Attributes:
        plan_NK: sparse; row i says which items there stand for item i here, and with what weight.
        scores_TK: the targets' scores there.
        error: mean squared difference between made and real scores of the history's models.
    """

    plan_NK: "csr_array"
    scores_TK: NDArray[np.float64]
    error: float


def transport(history: ScoreMatrix, task: RelatedTask) -> Synthesis:
    """Match the items here with those of a related task, by how the same models scored on both.

    Both sides carry even mass; the cost of a pair is the mean squared difference of the common
    models' scores. Beyond 1,000 items a side, both are first sorted by their mean score and cut
    into as many slices, and each slice is matched with its counterpart.

    Raises:
        UserError: (a ValueError) on fewer than 2 common models, or scores of another shape.

    Source: arXiv:2504.08781, stage 2 of its section 4 (synthesis from similar tasks); barycentric
    projection of the plan: Ferradans et al. 2014, SIAM J. Imaging Sci. 7:1853-1882.
    """
    from scipy.sparse import csr_array

    target_cN, there_cK = _common(history, task)
    N, K = target_cN.shape[1], there_cK.shape[1]
    slices = -(-max(N, K) // _BLOCK)
    slices = min(slices, N, K)
    parts = [
        _plan(target_cN, there_cK, target_slice, there)
        for target_slice, there in zip(
            np.array_split(np.argsort(target_cN.mean(axis=0), kind="stable"), slices),
            np.array_split(np.argsort(there_cK.mean(axis=0), kind="stable"), slices),
            strict=True,
        )
    ]
    row, column, weight = (np.concatenate(side) for side in zip(*parts, strict=True))
    plan_NK = csr_array((weight, (row, column)), shape=(N, K))
    error = float(np.mean((plan_NK @ there_cK.T - target_cN.T) ** 2))
    return Synthesis(plan_NK, np.asarray(task.scores_TK, np.float64), error)


def synthesise(syntheses: Sequence[Synthesis], targets: int) -> NDArray[np.float64]:
    """Synthetic scores (T, N) of the targets, NaN where no related item was run.

    Tasks are averaged with weights 1/error², so that similar ones decide.

    Raises:
        UserError: (a ValueError) where a task holds another number of targets.
    """
    N = syntheses[0].plan_NK.shape[0]
    total_NT, mass_NT = np.zeros((N, targets)), np.zeros((N, targets))
    for plan_NK, scores_TK, error in syntheses:
        if len(scores_TK) != targets:
            raise UserError(
                field="related", got=f"scores of {len(scores_TK)} targets", expected=targets
            )
        weight = 1 / (error + 1e-3) ** 2
        total_NT += weight * (plan_NK @ np.nan_to_num(scores_TK).T)
        mass_NT += weight * (plan_NK @ (~np.isnan(scores_TK)).T.astype(np.float64))
    positive = mass_NT > 1e-12
    return np.where(positive, total_NT / np.where(positive, mass_NT, 1), np.nan).T


def _common(
    history: ScoreMatrix, task: RelatedTask
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Scores of the models that both histories have, in one order."""
    if task.scores_TK.ndim != 2 or task.scores_TK.shape[1] != len(task.history.items):
        raise UserError(
            field="related.scores_TK",
            got=f"shape {task.scores_TK.shape}",
            expected=f"(T, {len(task.history.items)}), one column for each of its items",
        )
    there = {model: row for row, model in enumerate(task.history.models)}
    pairs = [(row, there[model]) for row, model in enumerate(history.models) if model in there]
    if len(pairs) < 2:
        raise UserError(
            field="related.history",
            got=f"{len(pairs)} models that are in the history as well",
            expected="2 or more, under the same names",
        )
    target_rows, rows_there = zip(*pairs, strict=True)
    return (
        history.take_models(target_rows).filled_MN(),
        task.history.take_models(rows_there).filled_MN(),
    )


def _plan(
    target_cN: NDArray[np.float64],
    there_cK: NDArray[np.float64],
    target_slice: NDArray[np.intp],
    there: NDArray[np.intp],
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float64]]:
    """Rows, columns and weights of the matched pairs; weights sum to 1 for each item here."""
    import ot

    cost = ot.dist(target_cN[:, target_slice].T, there_cK[:, there].T) / len(target_cN)
    plan = ot.emd(ot.unif(len(target_slice)), ot.unif(len(there)), cost, numItermax=2_000_000)
    row, column = np.nonzero(plan)
    return target_slice[row], there[column], plan[row, column] * len(target_slice)
