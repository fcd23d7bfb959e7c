"""The gate: whether a round passes, whether the run goes on, which round is its result."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

from eval_predict.gain.exceedance import probability_above
from eval_predict.stats.estimate import Estimate
from iwsi.evaluation.next_gain import GainDistribution, stops
from iwsi.recipe import Gate


@dataclass(frozen=True, slots=True)
class Decision:
    """The gate's decision after a round."""

    round: int
    passed: bool
    probability: float  # that the gain over the round before exceeds gate.min_gain
    gain_over_base: float
    failures: int  # rounds in a row, this one included, that did not pass
    ends: bool  # no further round
    result: int  # the round that is the run's result if the run ends here
    reason: str

    def to_dict(self) -> dict[str, Any]:
        """The fields as a JSON object."""
        return asdict(self)

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Self:
        """The inverse of `to_dict`."""
        return cls(**fields)


def decide(
    gate: Gate,
    number: int,
    gain: Estimate,
    gain_over_base: float,
    earlier: Sequence[Decision],
    by: str = "its own items",
) -> Decision:
    """Decide by the round's gain over the one before.

    A round passes if it has probably gained more than `min_gain`: the probability of that is at
    least `confidence`. When `patience` rounds in a row did not pass, the gate acts.

    Args:
        gate: the recipe's section.
        number: the round, counted from 1.
        gain: over the round before it.
        gain_over_base: best guess of the gain over the base model.
        earlier: decisions after the rounds before, in order.
        by: what the gain was estimated from, for the reason.
    """
    probability = probability_above(gain, gate.min_gain)
    passed = probability >= gate.confidence
    failures = 0 if passed else 1 + (earlier[-1].failures if earlier else 0)
    ends = failures >= gate.patience and gate.on_fail != "continue"
    result = number
    if gate.on_fail == "rollback" and not passed:
        # Of equal gains the earliest: a round without a gain is not worth its adapter.
        gains = {0: 0.0, **{past.round: past.gain_over_base for past in earlier}}
        gains[number] = gain_over_base
        result = max(gains, key=lambda candidate: (gains[candidate], -candidate))
    reason = _reason(gate, gain, probability, by)
    if ends:
        reason += (
            f"; the run ends with {f'round {result}' if result else 'the model it began with'}"
        )
        reason += ", the best so far" if gate.on_fail == "rollback" else ""
    elif not passed:
        reason += f"; {failures} in a row, patience {gate.patience}"
    return Decision(number, passed, probability, gain_over_base, failures, ends, result, reason)


def with_outlook(gate: Gate, decision: Decision, outlook: GainDistribution) -> Decision:
    """The decision, revised by what the next round is likely to gain.

    A run that would go on ends where the next round's gain exceeds `min_next_gain` with a
    probability below `1 - confidence`; with `on_fail: continue` it only says so.

    Args:
        gate: the recipe's section.
        decision: by the gain of the round that has ended.
        outlook: of the gain of the next one.
    """
    least = gate.min_next_gain
    if decision.ends or least is None:
        return decision
    probability = outlook.probability_above(least)
    reason = (
        f"{decision.reason}; the next round gains more than {100 * least:.1f} points with a "
        f"probability of {probability:.0%}, where {1 - gate.confidence:.0%} are needed"
    )
    if not stops(outlook, least, gate.confidence):
        return replace(decision, reason=reason)
    if gate.on_fail == "continue":
        return replace(decision, reason=f"{reason}: it may not pay")
    ending = f"round {decision.result}" if decision.result else "the model it began with"
    return replace(decision, ends=True, reason=f"{reason}; the run ends with {ending}")


def _reason(gate: Gate, gain: Estimate, probability: float, by: str) -> str:
    share = (
        "under 1%"
        if probability < 0.01
        else "over 99%"
        if probability > 0.99
        else f"{probability:.0%}"
    )
    return (
        f"gain by {by} {100 * gain.value:+.1f} points, {share} likely above "
        f"{100 * gate.min_gain:+.1f} where {gate.confidence:.0%} are needed"
    )
