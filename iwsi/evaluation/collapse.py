"""Signs that a model collapses from one round to the next, each with its reason."""

import math

from eval_predict.stats.estimate import Estimate
from eval_predict.stats.intervals import normal_quantile
from iwsi.evaluation.diversity import Diversity, LabelledDiversity

SURE = 1.0  # standard errors of a difference that make a rise or a fall
SURE_ALONE = 1.645  # where one fall alone warns: seen by chance once in twenty rounds
SHORTER = 2 / 3  # of the mean length before
CLOSER = 1 / 2  # of the vote entropy before
LEAST_ENTROPY = 0.1  # below it there is nothing left to collapse


def collapse_warnings(
    training: Diversity,
    training_before: Diversity,
    labelled: LabelledDiversity | None,
    labelled_before: LabelledDiversity | None,
) -> tuple[str, ...]:
    """The signs that the model is worse than in the round before.

    Args:
        training: of this round's training questions.
        training_before: of those of the round before.
        labelled: of this round's labelled rows; None without an audit.
        labelled_before: of those of the round before.
    """
    better, warnings = None, list[str]()
    if labelled and labelled_before:
        now, before = labelled.majority_accuracy, labelled_before.majority_accuracy
        better = now.value > before.value
        warnings += _narrower(labelled, labelled_before)
        if _change(now, before) < -SURE_ALONE:
            warnings.append(
                f"The majority is right on {now.value:.0%} of the labelled rows, "
                f"{before.value:.0%} a round ago: the votes that train the next model are worse."
            )
    warnings += _shorter(training, training_before)
    warnings += _closer(training, training_before, better)
    return tuple(warnings)


def _narrower(now: LabelledDiversity, before: LabelledDiversity) -> list[str]:
    """pass@n falls while pass@1 rises."""
    n = max(set(now.pass_at) & set(before.pass_at), default=1)
    if n == 1:
        return []
    rises = _change(now.pass_at[1], before.pass_at[1]) > SURE
    if not rises or _change(now.pass_at[n], before.pass_at[n]) > -SURE:
        return []
    return [
        f"pass@{n} fell from {before.pass_at[n].value:.0%} to {now.pass_at[n].value:.0%} while "
        f"pass@1 rose from {before.pass_at[1].value:.0%} to {now.pass_at[1].value:.0%}: the model "
        "answers fewer questions at all, so that later votes have less to find."
    ]


def _shorter(now: Diversity, before: Diversity) -> list[str]:
    if now.mean_tokens >= SHORTER * before.mean_tokens:
        return []
    return [
        f"Completions have {now.mean_tokens:.0f} tokens, {before.mean_tokens:.0f} a round ago: "
        "the model may be leaving its reasoning out."
    ]


def _closer(now: Diversity, before: Diversity, better: bool | None) -> list[str]:
    """Entropy collapses, and the majority is not more often right for it."""
    if now.vote_entropy is None or before.vote_entropy is None or better:
        return []
    if before.vote_entropy < LEAST_ENTROPY or now.vote_entropy >= CLOSER * before.vote_entropy:
        return []
    reason = (
        "and no labelled rows say whether the answers are right"
        if better is None
        else "but the majority is not more often right"
    )
    return [
        f"Vote entropy fell from {before.vote_entropy:.2f} to {now.vote_entropy:.2f}, {reason}: "
        "a vote among like answers finds no mistakes."
    ]


def _change(now: Estimate, before: Estimate) -> float:
    """The difference in standard errors, as if the two were of different rows."""
    error = math.hypot(_error(now), _error(before))
    if error == 0 or not math.isfinite(error):
        return 0.0
    return (now.value - before.value) / error


def _error(estimate: Estimate) -> float:
    quantile = normal_quantile(estimate.level)
    return (estimate.high - estimate.low) / 2 / quantile
