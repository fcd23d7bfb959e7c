"""The gate: whether a round passes, whether the run goes on, which round is its result."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

from eval_predict.gain.exceedance import probability_above
from eval_predict.stats.estimate import Estimate
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
        """As JSON takes it."""
        return asdict(self)

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Self:
        """What `to_dict` gave."""
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
