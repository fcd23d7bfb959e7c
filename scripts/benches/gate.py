"""Which default suits the gate: points lost by stopping too soon against rounds run for nothing.

    python scripts/benches/gate.py [--runs 400] [--seed 0]

Whole runs of six rounds are simulated. A run has a course of true gains, each round's gain varies
around it, and its forecast has a normal error. The gate (`iwsi.evaluation.gate.decide`, with
`on_fail: rollback`) decides when the run ends and which round is its result.

- points lost: true score of the best round that the run could have reached, less the result's
- rounds for nothing: rounds that were run after the best round among those that were run
- bad rounds passed: share of rounds with a true loss of 3 points or more that pass
"""

import argparse
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eval_predict.stats.estimate import Estimate
from eval_predict.stats.intervals import normal_quantile
from iwsi.evaluation.gate import Decision, decide
from iwsi.recipe import Gate

COURSES = {
    "steady": (3.0, 2.0, 1.5, 1.0, 0.5, 0.5),
    "leap": (20.0, 2.0, 0.0, 0.0, 0.0, 0.0),
    "plateau": (2.0, 0.5, 0.0, 0.0, 0.0, 0.0),
    "late": (0.0, 1.0, 3.0, 2.0, 1.0, 0.0),
    "collapse": (3.0, 1.0, -3.0, -4.0, -4.0, -4.0),
    "nothing": (0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
}  # true gains, in points
JITTER = 1.0  # standard deviation of a round's gain around its course, in points
ERRORS = (1.0, 2.0, 3.5)  # standard errors of a forecast's gain, in points
CONFIDENCES = (0.2, 0.5, 0.7, 0.8, 0.9)
PATIENCES = (1, 2)
BAD = -3.0
LEVEL = 0.9


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one run."""

    lost: float
    wasted: int
    bad_passed: int
    bad: int


def simulate(
    gate: Gate, gain_R: NDArray[np.float64], error: float, rng: np.random.Generator
) -> Outcome:
    """One run with true gains (R,) in points, and forecasts with this standard error."""
    score_R = np.concatenate([[0.0], np.cumsum(gain_R)])
    reach = normal_quantile(LEVEL) * error / 100
    decisions: list[Decision] = []
    for number, gain in enumerate(gain_R, start=1):
        value = (gain + error * rng.normal()) / 100
        estimate = Estimate(value, value - reach, value + reach, LEVEL, "simulated", 50)
        over_base = (score_R[number] + error * rng.normal()) / 100
        decisions.append(decide(gate, number, estimate, over_base, decisions))
        if decisions[-1].ends:
            break
    ran_R = score_R[: len(decisions) + 1]
    bad = [decision for decision in decisions if gain_R[decision.round - 1] <= BAD]
    return Outcome(
        lost=float(score_R.max() - score_R[decisions[-1].result]),
        wasted=len(decisions) - int(ran_R.argmax()),
        bad_passed=sum(decision.passed for decision in bad),
        bad=len(bad),
    )


def main() -> None:
    """Print the table of all settings."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=400)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    print("| confidence | patience |", *(f"{name}: lost, wasted |" for name in COURSES), end=" ")
    print("mean: lost, wasted | bad rounds passed |")
    print("|---" * (len(COURSES) + 4) + "|")
    for patience in PATIENCES:
        for confidence in CONFIDENCES:
            gate = Gate(confidence=confidence, patience=patience, on_fail="rollback")
            _print_row(gate, args.runs, args.seed)


def _print_row(gate: Gate, runs: int, seed: int) -> None:
    cells, everything = [], []
    for position, course in enumerate(COURSES.values()):
        rng = np.random.default_rng([seed, position])
        outcomes = [
            simulate(gate, np.array(course) + JITTER * rng.normal(size=len(course)), error, rng)
            for error in ERRORS
            for _ in range(runs)
        ]
        everything += outcomes
        cells.append(_cell(outcomes))
    bad = sum(outcome.bad for outcome in everything)
    passed = sum(outcome.bad_passed for outcome in everything)
    cells += [_cell(everything), f"{passed / max(bad, 1):.0%}"]
    print(f"| {gate.confidence:g} | {gate.patience} |", " | ".join(cells), "|")


def _cell(outcomes: list[Outcome]) -> str:
    lost = np.mean([outcome.lost for outcome in outcomes])
    wasted = np.mean([outcome.wasted for outcome in outcomes])
    return f"{lost:.1f}, {wasted:.1f}"


if __name__ == "__main__":
    main()
