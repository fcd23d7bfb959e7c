"""The constants of BIS's `auto`, chosen without the benchmark that they are judged on.

    python scripts/benches/bis_constants.py FOLDER [--seeds 1]

FOLDER holds benchmarks as `eval-predict bis-bench` reads them. Each problem (a split of one
benchmark, a pair of two, or simulated scores with a step in length) is judged with constants that
were chosen on the problems that share no benchmark with it: those of `Setting` by the least error,
those of `Spread` by the narrowest intervals that cover 90%, each group of problems counting alike.
"""

import argparse
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from eval_predict.bench.bis_problems import Benchmark, Problem, across, split, stepped
from eval_predict.bis import calibration, combine, features
from eval_predict.bis.bis import ArrayBIS, FitArrays
from eval_predict.bis.diagnostics import MIN_ESS
from eval_predict.bis.heldout import SHARES, HeldOutEnds
from eval_predict.bis.inputs import read_scored_prompts
from eval_predict.bis.prompts import Prompts

Floats = NDArray[np.float64]

REACH = NormalDist().inv_cdf(0.95)
STEPS = (0.5, 0.65, 0.75, 0.85)
LENGTH = ("gsm8k", "asdiv", "humaneval", "mbpp", "svamp")
STEP_GROUP = "simulated scores, a step in length"
SETS = (
    ("length splits", "length", LENGTH),
    ("clusters held out", "cluster", ()),
    ("no shift", "none", ()),
    ("MMLU-Pro categories", "", ("mmlu_pro_",)),
    ("math sets", "", ("gsm8k", "svamp", "asdiv", "aqua")),
)


class Setting(NamedTuple):
    """What an estimate depends on.

    Attributes:
        shares: of the source, held out at either end.
        misfit: of the ends, beyond which `auto` is the doubly robust estimate.
        disagreement: with the doubly robust estimate, likewise.
        far: separability beyond which a target is far.
        wide: weight of all covariates in the near regression.
    """

    shares: tuple[float, ...] = SHARES
    misfit: float = combine.MISFIT
    disagreement: float = combine.DISAGREEMENT
    far: float = combine.FAR
    wide: float = features.WIDE_SHARE


class Spread(NamedTuple):
    """The unexplained shift behind the intervals, as in `calibration.shift_share`."""

    shift: float = calibration.SHIFT["auto"]
    gradual: float = calibration.GRADUAL
    power: int = calibration.POWER


SHARE_SETS = (SHARES, (0.1, 0.2, 0.3), (0.3, 0.4, 0.5))
WIDE = (0.1, 0.3, 1.0)
SETTINGS = [
    Setting(*values)
    for values in product(
        SHARE_SETS, (4.0, 8.0, np.inf), (2.5, 5.0, np.inf), (0.85, 0.9, 0.95), WIDE
    )
]
SPREADS = [
    Spread(*values)
    for values in product((0.35, 0.45, 0.55, 0.65, 0.75), (0.05, 0.15, 0.3), (8, 16, 32))
]


class Outcome(NamedTuple):
    """An estimate's errors, and their variances without the unexplained shift."""

    error_M: Floats
    variance_M: Floats


class Branches(NamedTuple):
    """Both estimates that `auto` may give, and by what it decides between them."""

    plain: Outcome
    robust: Outcome
    misfit: float
    disagreement: float


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """One problem with all that its estimates under any setting are made of.

    Attributes:
        group: one of `SETS`, or simulated scores.
        benchmarks: that it is made of.
        baseline_M: errors of the source's mean.
        separability: how well covariates tell source and target apart.
        few: whether next to no source item carries weight.
        branches: by covariates' weight, whether the target is far, and shares of the ends.
        spread_M: variances of the models' scores.
    """

    group: str
    benchmarks: frozenset[str]
    baseline_M: Floats
    separability: float
    few: bool
    branches: dict[tuple[float, bool, tuple[float, ...]], Branches]
    spread_M: Floats

    def outcome(self, setting: Setting) -> Outcome:
        """The estimate under a setting."""
        far = self.separability > setting.far or self.few
        # The far regression has no block of sizes beside which covariates could weigh.
        found = self.branches[WIDE[0] if far else setting.wide, far, setting.shares]
        falls = found.misfit > setting.misfit or found.disagreement > setting.disagreement
        return found.robust if falls and not far else found.plain

    def unexplained(self, spread: Spread) -> Floats:
        """The variance of what no feature explains."""
        x = float(np.clip(2 * self.separability - 1, 0, 1))
        share = spread.gradual * x**2 + (1 - spread.gradual) * x**spread.power
        return spread.shift**2 * share * self.spread_M


def main() -> None:
    """Print the table: constants as shipped, and left out."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seeds", type=int, default=1)
    args = parser.parse_args()
    benchmarks = {path.name: _read(path) for path in sorted(args.folder.iterdir()) if path.is_dir()}
    judged = [
        judge(group, problem)
        for group, shift, names in SETS
        for problem in problems(benchmarks, shift, names, args.seeds)
    ]
    judged += [judge(STEP_GROUP, problem) for problem in step_problems(benchmarks, args.seeds)]
    left_out = {
        names: choose([other for other in judged if not other.benchmarks & names])
        for names in dict.fromkeys(item.benchmarks for item in judged)
    }
    shipped, best = (Setting(), Spread()), choose(judged)
    print("| | shipped: error, covers | left out: error, covers |\n|---|---|---|")
    for group in dict.fromkeys(item.group for item in judged):
        part = [item for item in judged if item.group == group]
        print(
            f"| {group} ({len(part)}) | {_summary(part, [shipped] * len(part))} "
            f"| {_summary(part, [left_out[item.benchmarks] for item in part])} |"
        )
    print(f"\nOn all: {best[0]}, {best[1]}")
    for field in Setting._fields:
        print(f"{field}:", _counted(getattr(choice[0], field) for choice in left_out.values()))
    for field in Spread._fields:
        print(f"{field}:", _counted(getattr(choice[1], field) for choice in left_out.values()))


def problems(
    benchmarks: dict[str, Benchmark], shift: str, names: Sequence[str], seeds: int
) -> Iterator[Problem]:
    """Splits of benchmarks, or ordered pairs of them."""
    some = [part for name, part in benchmarks.items() if not names or name.startswith(tuple(names))]
    if shift:
        yield from (split(part, shift, seed) for part in some for seed in range(seeds))
        return
    for source, target in product(some, some):
        problem = across([source], target, 0) if source is not target else None
        if problem is not None:
            yield problem


def step_problems(benchmarks: dict[str, Benchmark], seeds: int) -> Iterator[Problem]:
    """Length splits of prompts whose simulated scores fall in one step with the length."""
    for name, place, seed in product(LENGTH, STEPS, range(seeds)):
        if name in benchmarks:
            yield split(stepped(benchmarks[name], place, seed), "length", seed)


def judge(group: str, problem: Problem) -> Judged:
    """Estimates of one problem; nothing they depend on is chosen by the target's scores."""
    branches, shipped = {}, features.WIDE_SHARE
    for wide in WIDE:
        features.WIDE_SHARE = wide
        fit = ArrayBIS(seed=problem.seed, force=True).fit(
            problem.source_prompts, problem.target_prompts
        )
        for far in (False, True) if wide == WIDE[0] else (False,):
            for shares, found in _branches(fit, fit.arrays_, problem, far):
                branches[wide, far, shares] = found
    features.WIDE_SHARE = shipped
    return Judged(
        group,
        frozenset({problem.source, problem.target}),
        np.nanmean(problem.source_MS, axis=1) - np.nanmean(problem.target_MT, axis=1),
        fit.separability_,
        fit.weights_.ess < MIN_ESS,
        branches,
        np.nanvar(problem.source_MS, axis=1),
    )


def _branches(
    fit: ArrayBIS, arrays: FitArrays, problem: Problem, far: bool
) -> Iterator[tuple[tuple[float, ...], Branches]]:
    """Both estimates by shares of the held-out ends."""
    source_SF, target_TF = (
        (arrays.far_SF, arrays.far_TF) if far else (arrays.near_SF, arrays.near_TF)
    )
    regression = combine.Regression(source_SF, target_TF, problem.seed)
    scores_SM, truth_M = problem.source_MS.T, np.nanmean(problem.target_MT, axis=1)
    robust = combine.doubly_robust(regression, scores_SM, fit.smoothed_S_)
    position = regression.ridge.choose(scores_SM).position
    filled_SM = regression.ridge.fill(scores_SM, position)
    shipped = combine.MISFIT, combine.DISAGREEMENT
    combine.MISFIT = combine.DISAGREEMENT = np.inf
    for shares in SHARE_SETS:
        ends = HeldOutEnds(source_SF, fit.log_ratio_S_, problem.seed, shares)
        plain = combine.auto(regression, ends, scores_SM, fit.smoothed_S_, far)
        apart_M = (robust.value_M - plain.value_M) ** 2
        of_target_M = plain.error_M / len(plain.predicted_TM)
        yield (
            shares,
            Branches(
                Outcome(plain.value_M - truth_M, plain.variance_M + of_target_M),
                Outcome(robust.value_M - truth_M, robust.variance_M + apart_M + of_target_M),
                ends.share(filled_SM, position, 0.0 if far else 1.0).misfit,
                float((apart_M / np.maximum(robust.variance_M, 1e-9)).mean()),
            ),
        )
    combine.MISFIT, combine.DISAGREEMENT = shipped


def choose(judged: Sequence[Judged]) -> tuple[Setting, Spread]:
    """The setting of least error, each group of problems counting alike; then the spread."""
    groups = [
        [item for item in judged if item.group == group]
        for group in dict.fromkeys(item.group for item in judged)
    ]
    setting = min(SETTINGS, key=lambda trial: sum(_ratio(group, trial) for group in groups))
    covered = {
        spread: np.mean(
            [_covered([(item, setting, spread) for item in group]) for group in groups], axis=0
        )
        for spread in SPREADS
    }
    enough = [spread for spread in SPREADS if covered[spread][0] >= 0.9]
    widest = max(SPREADS, key=lambda spread: covered[spread][1])
    return setting, min(enough or [widest], key=lambda spread: covered[spread][1])


def _ratio(judged: Sequence[Judged], setting: Setting) -> float:
    errors = sum(float(np.abs(item.outcome(setting).error_M).mean()) for item in judged)
    return errors / sum(float(np.abs(item.baseline_M).mean()) for item in judged)


def _covered(trials: Sequence[tuple[Judged, Setting, Spread]]) -> tuple[float, float]:
    """The share of intervals that hold the truth, and their mean width."""
    errors, reaches = [], []
    for item, setting, spread in trials:
        outcome = item.outcome(setting)
        errors.append(np.abs(outcome.error_M))
        reaches.append(REACH * np.sqrt(outcome.variance_M + item.unexplained(spread)))
    error, reach = np.concatenate(errors), np.concatenate(reaches)
    return float((error <= reach).mean()), 2 * float(reach.mean())


def _summary(judged: Sequence[Judged], choices: Sequence[tuple[Setting, Spread]]) -> str:
    trials = [(item, *choice) for item, choice in zip(judged, choices, strict=True)]
    errors = sum(float(np.abs(item.outcome(setting).error_M).mean()) for item, setting, _ in trials)
    baseline = sum(float(np.abs(item.baseline_M).mean()) for item in judged)
    coverage, width = _covered(trials)
    return f"{errors / baseline:.2f}, {coverage:.0%}, {100 * width:.0f} points wide"


def _counted(values: Iterator[object]) -> str:
    return ", ".join(f"{value} in {count}" for value, count in Counter(values).most_common())


def _read(folder: Path) -> Benchmark:
    described, scores = read_scored_prompts(folder, ())
    prompts = Prompts.describe(described.texts, None, described.more, folder.name)
    return Benchmark(folder.name, prompts, scores)


if __name__ == "__main__":
    main()
