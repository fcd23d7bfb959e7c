"""The forecast of the next round's gain, before that round samples anything."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise, product
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from eval_predict.stats.estimate import Estimate
from iwsi.evaluation.diversity import RoundDiversity

FloatArray = npt.NDArray[np.float64]

METHOD = "local_level_regression"
# Of the coefficients of 1, headroom and unanimity, before any round is seen: a third of the
# headroom is gained, with a standard deviation as large; a round without headroom gains nothing.
PRIOR_MEAN = np.array([0.0, 0.3, 0.0])
PRIOR_SD = np.array([0.02, 0.3, 0.05])
USUAL_UNANIMITY = 0.3
# Standard deviations that are averaged over: of a round's gain, of the share of the headroom that
# comes true, and of a step of the run's level.
ROUND_SD = {0.005: 0.25, 0.01: 0.25, 0.02: 0.25, 0.04: 0.15, 0.08: 0.1}  # and how likely
SHARE_SD = (0.05, 0.15, 0.45)
STEP_SD = (0.003, 0.01, 0.03)


@dataclass(frozen=True, slots=True)
class UpcomingRound:
    """The measurements that exist before a round begins.

    Attributes:
        run: which run it belongs to.
        number: its number, from 1.
        accuracy: greedy, of the model that it would sample with.
        majority: accuracy of the majority on labelled rows, by the last votes there are.
        unanimous: share of training questions whose candidates all agreed, by the same votes.
    """

    run: str
    number: int
    accuracy: float
    majority: float
    unanimous: float

    @property
    def headroom(self) -> float:
        """How much better the vote is than the model that would learn from it.

        Source: the solver-verifier gap, arXiv:2507.00075.
        """
        return self.majority - self.accuracy


@dataclass(frozen=True, slots=True)
class FinishedRound:
    """The measurements before a round was trained, and its gain.

    Attributes:
        before: what was known of it before it began.
        gain: over the round before.
        error: standard error of that gain; 0 for full tests of the same items.
    """

    before: UpcomingRound
    gain: float
    error: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class GainDistribution:
    """A mixture of normal distributions of the next gain; arrays have the shape (S,).

    Attributes:
        weight_S: of each, with a sum of 1.
        mean_S: of each.
        sd_S: of each.
        least: no gain is below it: all accuracy would be lost.
        most: no gain is above it: all items would be right.
        rounds: that it was fitted to.
    """

    weight_S: FloatArray
    mean_S: FloatArray
    sd_S: FloatArray
    least: float
    most: float
    rounds: int

    def probability_above(self, gain: float) -> float:
        """The probability that the next round gains more."""
        if gain >= self.most:
            return 0.0
        if gain < self.least:
            return 1.0
        return 1 - self._below(gain)

    def estimate(self, level: float = 0.9) -> Estimate:
        """The mean, with an equal-tailed interval that holds the next gain so often."""
        value = float(np.clip(self.weight_S @ self.mean_S, self.least, self.most))
        tail = (1 - level) / 2
        low, high = (
            float(np.clip(self._quantile(share), self.least, self.most))
            for share in (tail, 1 - tail)
        )
        return Estimate(value, min(low, value), max(high, value), level, METHOD, self.rounds)

    def _below(self, gain: float) -> float:
        z_S = (gain - self.mean_S) / (self.sd_S * math.sqrt(2))
        return float(self.weight_S @ np.array([0.5 * (1 + math.erf(z)) for z in z_S]))

    def _quantile(self, share: float) -> float:
        reach = 10 * float(self.sd_S.max())
        low, high = float(self.mean_S.min()) - reach, float(self.mean_S.max()) + reach
        for _ in range(80):
            middle = (low + high) / 2
            low, high = (middle, high) if self._below(middle) < share else (low, middle)
        return (low + high) / 2


def next_gain(upcoming: UpcomingRound, finished: Sequence[FinishedRound]) -> GainDistribution:
    """The distribution of a round's gain, given earlier rounds of this run and of others.

    A regression of gains on headroom and unanimity, shared by all runs, beside a level of each run
    that walks at random from round to round. The scales are averaged over by their likelihood, in
    which another run counts as one round.

    Source: the local level model, Harvey 1989, Forecasting, Structural Time Series Models and the
    Kalman Filter, section 2.3, in matrix form, with regressors.

    Args:
        upcoming: the round in question.
        finished: rounds that have been trained, in any order; none will do.
    """
    rows = [*(row.before for row in finished), upcoming]
    x_RF = np.array([[1.0, row.headroom, row.unanimous - USUAL_UNANIMITY] for row in rows])
    walk_RR = _walk(rows)
    gain_N = np.array([row.gain for row in finished])
    error_N = np.array([row.error for row in finished])
    off_N = gain_N - x_RF[:-1] @ PRIOR_MEAN
    shared_RR = (x_RF * PRIOR_SD**2) @ x_RF.T
    evidence = _evidence(upcoming.run, finished)
    fits, means, sds = [], [], []
    for round_sd, share_sd, step_sd in product(ROUND_SD, SHARE_SD, STEP_SD):
        noise_R = round_sd**2 + (share_sd * x_RF[:, 1]) ** 2
        prior_RR = shared_RR + step_sd**2 * walk_RR
        total_NN = prior_RR[:-1, :-1] + np.diag(noise_R[:-1] + error_N**2)
        weight_N = np.linalg.solve(total_NN, prior_RR[:-1, -1])
        means.append(float(x_RF[-1] @ PRIOR_MEAN + weight_N @ off_N))
        left = prior_RR[-1, -1] - weight_N @ prior_RR[:-1, -1]
        sds.append(math.sqrt(max(left, 0.0) + noise_R[-1]))
        determinant = np.linalg.slogdet(total_NN)[1]
        fit = -0.5 * float(off_N @ np.linalg.solve(total_NN, off_N) + determinant)
        fits.append(evidence * fit + math.log(ROUND_SD[round_sd]))
    weight_S = np.exp(np.array(fits) - max(fits))
    return GainDistribution(
        weight_S / weight_S.sum(),
        np.array(means),
        np.array(sds),
        -upcoming.accuracy,
        1 - upcoming.accuracy,
        len(finished),
    )


@dataclass(frozen=True, slots=True)
class RoundFacts:
    """The measurements of one round of a run, as far as the run has come.

    Attributes:
        accuracy: greedy, of the round's model; None where nothing was run on test items.
        gain: over the round before; None for round 0.
        error: standard error of that gain.
        diversity: of the candidates that the round was trained on; None for round 0.
    """

    accuracy: float | None
    gain: float | None
    error: float
    diversity: RoundDiversity | None

    def upcoming(self, run: str, number: int) -> UpcomingRound | None:
        """The covariates of the next round, which has this number; None: too few measurements."""
        if self.accuracy is None or self.diversity is None or self.diversity.labelled is None:
            return None
        majority = self.diversity.labelled.majority_accuracy.value
        unanimous = self.diversity.training.unanimous or 0.0
        return UpcomingRound(run, number, self.accuracy, majority, unanimous)


def finished_rounds(run: str, rounds: Sequence[RoundFacts]) -> list[FinishedRound]:
    """The rounds of a run whose gain is known, and that had votes of the round before.

    Args:
        run: its name.
        rounds: round 0 first.
    """
    found = []
    for number, (earlier, row) in enumerate(pairwise(rounds), start=1):
        before = earlier.upcoming(run, number)
        if before is not None and row.gain is not None:
            found.append(FinishedRound(before, row.gain, row.error))
    return found


def stops(distribution: GainDistribution, least: float, confidence: float) -> bool:
    """Whether a round is so unlikely to gain `least` that it should not begin."""
    return distribution.probability_above(least) < 1 - confidence


def standard_error(estimate: Estimate) -> float:
    """Standard error of an estimate with a symmetric interval; 0 where it has none."""
    width = estimate.high - estimate.low
    if not math.isfinite(width):
        return math.inf
    return width / 2 / NormalDist().inv_cdf((1 + estimate.level) / 2)


def _evidence(run: str, finished: Sequence[FinishedRound]) -> float:
    """How much the likelihood of the scales counts: a run has scales of its own.

    Rounds of the run itself count fully, those of another run as one round together.
    """
    if not finished:
        return 1.0
    others = {row.before.run for row in finished} - {run}
    same_run = sum(row.before.run == run for row in finished)
    return (same_run + len(others)) / len(finished)


def _walk(rows: Sequence[UpcomingRound]) -> FloatArray:
    """Covariance of a random walk of each run, in steps, shape (R, R)."""
    run_R = np.unique([row.run for row in rows], return_inverse=True)[1]
    number_R = np.array([row.number for row in rows], float)
    same_RR = run_R[:, None] == run_R
    return np.asarray(same_RR * np.minimum(number_R[:, None], number_R))
