"""Checks of what is handed in: each returns a finding, or refuses what cannot be right."""

from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from eval_predict.data.matrix import ScoreMatrix
from eval_predict.data.observed import Observed
from eval_predict.errors import UserError

Floats = NDArray[np.float64]

_SURE, _LIKELY = 4.0, 3.0  # standard errors; chance exceeds them in 0.01% and 0.3% of draws
_MIN_DRAW = 5  # items, below which a mean is not yet normal
_MIN_UNLIKE = 8  # scores beside the commonest one, which two models hardly share by chance
_PERCENT = 100.0
_EVERY_VALUE = "the interval covers every value that the observed scores allow"


class Kind(StrEnum):
    """The subject of a finding."""

    WEIGHTS = "weights"
    UNLIKE = "unlike"
    UNDRAWN = "undrawn"
    STOPPED = "stopped"
    IN_HISTORY = "in_history"
    THIN = "thin"


class Finding(NamedTuple):
    """Something that does not look right.

    Attributes:
        kind: what it is about.
        text: one line for the user.
        unbounded: whether the observed items cannot stand for the others at all, so that only
            what they rule out is certain.
    """

    kind: Kind
    text: str
    unbounded: bool = False


def describe(matrix: ScoreMatrix) -> str:
    """One line that describes the matrix that was read.

    Examples:
        >>> describe(ScoreMatrix.from_array([[1, 0, float("nan")], [1, 1, 0]]))
        '2 models × 3 items, 16.7% missing'
    """
    models, items = matrix.shape
    missing = float(matrix.missing_MN.mean()) if models and items else 0.0
    gaps = f"{100 * missing:.1f}% missing" if missing else "none missing"
    return f"{models:,} models × {items:,} items, {gaps}"


def check_observed(
    history: ScoreMatrix, observed: Observed, model: str | None = None
) -> tuple[Finding, ...]:
    """All findings about one target's observed scores beside the history.

    Args:
        history: what other models scored.
        observed: the target's scores (T = 1).
        model: the target's name, where it has one.

    Raises:
        UserError: (a ValueError) on items that repeat or are not there, scores that are not
            finite or on another scale than the history's, probabilities outside (0, 1].
    """
    check_draw(observed, len(history.items))
    check_scale(history, observed.scores_Tn)
    return tuple(
        finding
        for finding in (
            *weights_off(observed, len(history.items)),
            undrawn(observed),
            unlike_the_whole(history, observed),
            in_history(history, observed, model),
            thin_items(history),
        )
        if finding is not None
    )


def check_draw(observed: Observed, num_items: int) -> None:
    """Refuse items that repeat or are not there, and numbers that are none.

    Raises:
        UserError: (a ValueError) on the first fault.
    """
    items_Tn, probability_Tn = observed.items_Tn, observed.probability_Tn
    if items_Tn.size and (items_Tn.min() < 0 or items_Tn.max() >= num_items):
        raise UserError(
            field="items", got="positions that are not there", expected=f"0 to {num_items - 1}"
        )
    repeats = int((np.diff(np.sort(items_Tn, axis=1), axis=1) == 0).sum())
    if repeats:
        raise UserError(
            field="items",
            got=f"{repeats} items repeat",
            expected="each item once",
            fix="Average the repeats of an item before handing them in.",
        )
    bad = int((~np.isfinite(observed.scores_Tn)).sum())
    if bad:
        raise UserError(field="score", got=f"{bad} not finite", expected="finite numbers")
    wrong = probability_Tn[
        ~np.isnan(probability_Tn) & ~((probability_Tn > 0) & (probability_Tn <= 1))
    ]
    if wrong.size:
        raise UserError(
            field="probability",
            got=f"{wrong[0]:g}, and {wrong.size - 1} more outside",
            expected="numbers above 0 and up to 1, NaN for an item that was chosen",
        )


def check_scale(history: ScoreMatrix, scores: Floats) -> None:
    """Refuse observed scores on another scale than the history's.

    Raises:
        UserError: (a ValueError) with the factor between the two, where it is 100.
    """
    if not scores.size:
        return
    (least, most), low, high = history.range, float(scores.min()), float(scores.max())
    unit = least >= 0 and most <= 1
    if unit and (low < 0 or high > 1):
        percent = low >= 0 and 1 < high <= _PERCENT
        raise UserError(
            field="score",
            got=f"observed scores from {low:g} to {high:g}",
            expected="scores in [0, 1], as all of the history's are",
            fix="Divide the scores by 100 if they are percentages."
            if percent
            else "Bring the scores to the history's scale.",
        )
    if most > 1 and low >= 0 and 0 < high <= 1 and not _has_small_scores(history):
        percent = most <= _PERCENT
        raise UserError(
            field="score",
            got=f"observed scores from {low:g} to {high:g}",
            expected=f"scores on the history's scale, {least:g} to {most:g}",
            fix="Multiply the scores by 100 if they are shares."
            if percent
            else "Bring the scores to the history's scale.",
        )


def weights_off(observed: Observed, num_items: int) -> Iterator[Finding]:
    """Draws whose inverse probabilities do not add up to the items that they were drawn from.

    The sum estimates that number without error for an even draw, and with the error of a sum of
    n independent draws at most for an uneven one. Rows that are missing, given twice or of two
    draws under one stage show in it.

    Source: Horvitz & Thompson 1952, J. Am. Stat. Assoc. 47:663-685.
    """
    seen = 0
    for stage in np.unique(observed.stage_n):
        inverse_n = 1 / observed.probability_Tn[0, observed.stage_n == stage]
        left = num_items - seen
        seen += inverse_n.size
        if inverse_n.size < 2 or not np.isfinite(inverse_n).all():
            continue
        total, error = inverse_n.sum(), np.sqrt(inverse_n.size) * inverse_n.std(ddof=1)
        if abs(total - left) > _SURE * error + left / (2 * inverse_n.size):
            yield Finding(
                Kind.WEIGHTS,
                f"the inverse probabilities of draw {stage} add up to {total:,.0f} items, but it"
                f" was drawn from {left:,}: rows are missing or belong to another draw;"
                f" {_EVERY_VALUE}",
                unbounded=True,
            )


def undrawn(observed: Observed) -> Finding | None:
    """Items without a probability in a draw whose other items have one."""
    nothing_n = np.isnan(observed.probability_Tn[0])
    count = sum(
        int(nothing_n[in_stage].sum())
        for stage in np.unique(observed.stage_n)
        if not nothing_n[in_stage := observed.stage_n == stage].all()
    )
    if not count:
        return None
    return Finding(
        Kind.UNDRAWN,
        f"{count} of {observed.shape[1]} items have no probability, while other items of the same"
        " draw have one: they are taken as chosen and count for themselves only",
    )


def unlike_the_whole(history: ScoreMatrix, observed: Observed) -> Finding | None:
    """Whether the history's models score otherwise on the observed items than on all.

    Only the first draw counts, whose probabilities cannot depend on the target's scores. Items
    that were chosen and not drawn may well be unlike the others, and are only reported.
    """
    first_n = (observed.stage_n == observed.stage_n.min()) & (observed.probability_Tn[0] > 0)
    deliberate = not first_n.any()
    items_n = observed.items_Tn[0, first_n | deliberate]
    mean_N = history.mean_N
    n, N = items_n.size, mean_N.size
    if n < _MIN_DRAW or n == N or np.isnan(mean_N).all():
        return None
    mean_N = np.nan_to_num(mean_N, nan=float(np.nanmean(mean_N)))
    weight_n = np.ones(n) if deliberate else 1 / observed.probability_Tn[0, first_n]
    weight_n = weight_n / weight_n.sum()
    sample, whole = float(weight_n @ mean_N[items_n]), float(mean_N.mean())
    error = _error_of_mean(mean_N, items_n, weight_n)
    if abs(sample - whole) <= _LIKELY * error + 1e-9:
        return None
    if deliberate:
        verdict, sure = "they were chosen, and only a model of them corrects for that", False
    elif sure := abs(sample - whole) > _SURE * error:
        verdict = f"these items are not a random draw; {_EVERY_VALUE}"
    else:
        verdict = "an unlucky draw, or items that were picked by hand"
    means = f"{sample:.3f} on the observed items and {whole:.3f} on all"
    return Finding(Kind.UNLIKE, f"the history's models score {means}: {verdict}", sure)


def _error_of_mean(mean_N: Floats, items_n: NDArray[np.intp], weight_n: Floats) -> float:
    """The standard error of a draw's weighted mean: an even draw's, and an uneven one's own."""
    n, N = items_n.size, mean_N.size
    even = (1 - n / N) * float(mean_N.var(ddof=1)) / n
    if np.ptp(weight_n) < 1e-9:
        return float(np.sqrt(even))
    gap_n = mean_N[items_n] - weight_n @ mean_N[items_n]
    return float(np.sqrt(max(even, float(weight_n**2 @ gap_n**2) * n / (n - 1))))


def in_history(
    history: ScoreMatrix, observed: Observed, model: str | None = None
) -> Finding | None:
    """Whether the target is one of the history's models, by name or by its scores."""
    if model in history.models:
        return Finding(
            Kind.IN_HISTORY,
            f'"{model}" is in the history, so the estimate has seen its scores: remove its rows'
            " from the history",
        )
    scores_n = observed.scores_Tn[0]
    _, count_V = np.unique(scores_n, return_counts=True)
    if scores_n.size - count_V.max() < _MIN_UNLIKE:
        return None
    stored_Mn = history.stored_MN[:, observed.items_Tn[0]]
    same = np.flatnonzero((stored_Mn == scores_n.astype(stored_Mn.dtype)).all(axis=1))
    if not same.size:
        return None
    return Finding(
        Kind.IN_HISTORY,
        f'"{history.models[same[0]]}" of the history has the same score on each of the'
        f" {scores_n.size} observed items: if it is the same model, remove its rows from the"
        " history",
    )


def thin_items(history: ScoreMatrix) -> Finding | None:
    """Items that no model, or one model alone, was run on."""
    if len(history.models) < 2:
        return None
    thin = int(((~history.missing_MN).sum(axis=0) <= 1).sum())
    if not thin:
        return None
    return Finding(
        Kind.THIN,
        f"{thin:,} of {len(history.items):,} items were run by at most one model of the"
        " history, which says almost nothing about them",
    )


def _has_small_scores(history: ScoreMatrix) -> bool:
    """Whether more than a hundredth of the history's scores lie above 0 and up to 1."""
    stored = history.stored_MN
    return bool(((stored > 0) & (stored <= 1)).mean() > 0.01)
