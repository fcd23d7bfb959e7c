"""The constants of BIS's `auto`, chosen without the benchmark that they are judged on.

    python scripts/benches/bis_constants.py FOLDER [--seeds 1]

FOLDER holds benchmarks as `eval-predict bis-bench` reads them. Each problem (a split of one
benchmark, or a pair of two) is judged with constants that were chosen on the problems that share no
benchmark with it: the shares of the held-out ends, the misfit beyond which `auto` is the doubly
robust estimate, and the unexplained shift behind the intervals. Chosen is what has the least
error, and the narrowest intervals that cover 90%.
"""

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from eval_predict.bench.bis_problems import Benchmark, Problem, across, split
from eval_predict.bis import calibration, combine
from eval_predict.bis.bis import ArrayBIS
from eval_predict.bis.heldout import SHARES, HeldOutEnds
from eval_predict.bis.inputs import read_scored_prompts
from eval_predict.bis.prompts import Prompts

SHARE_SETS = (SHARES, (0.1, 0.2, 0.3), (0.3, 0.4, 0.5))
MISFITS = (3.0, 4.0, 6.0, np.inf)
SHIFTS = (0.35, 0.45, 0.55, 0.65, 0.75)
REACH = NormalDist().inv_cdf(0.95)
SETS = (
    ("length splits", "length", ("gsm8k", "asdiv", "humaneval", "mbpp", "svamp")),
    ("clusters held out", "cluster", ()),
    ("no shift", "none", ()),
    ("MMLU-Pro categories", "", ("mmlu_pro_",)),
    ("math sets", "", ("gsm8k", "svamp", "asdiv", "aqua")),
)

Setting = tuple[tuple[float, ...], float]


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """One problem with the estimates of every setting.

    Attributes:
        group: one of `SETS`.
        benchmarks: that it is made of.
        baseline_M: errors of the source's mean.
        error_M: errors of `auto`, by setting.
        variance_M: variances without the unexplained shift, by setting.
        unit_M: variance of the unexplained shift for a constant of 1.
    """

    group: str
    benchmarks: frozenset[str]
    baseline_M: NDArray[np.float64]
    error_M: dict[Setting, NDArray[np.float64]]
    variance_M: dict[Setting, NDArray[np.float64]]
    unit_M: NDArray[np.float64]


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
    shipped = (SHARES, combine.MISFIT), calibration.SHIFT["auto"]
    best = {
        item.benchmarks: choose([o for o in judged if not o.benchmarks & item.benchmarks])
        for item in judged
    }
    print("| | shipped: error, covers | left out: error, covers |\n|---|---|---|")
    for group, _, _ in SETS:
        part = [item for item in judged if item.group == group]
        print(
            f"| {group} ({len(part)}) | {_summary(part, [shipped] * len(part))} "
            f"| {_summary(part, [best[item.benchmarks] for item in part])} |"
        )
    counts: dict[str, int] = {}
    for (shares, misfit), shift_sd in best.values():
        key = f"ends {shares}, misfit {misfit:g}, shift {shift_sd:g}"
        counts[key] = counts.get(key, 0) + 1
    print("\nChosen:", "; ".join(f"{key}: {n}" for key, n in counts.items()))


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


def judge(group: str, problem: Problem) -> Judged:
    """Estimates of one problem by every setting; nothing here depends on the target's scores."""
    fit = ArrayBIS(seed=problem.seed, force=True).fit(
        problem.source_prompts, problem.target_prompts
    )
    truth_M = np.nanmean(problem.target_MT, axis=1)
    regression, _ = fit._prepared()
    features_SF = fit.arrays_.far_SF if fit.is_far_ else fit.arrays_.near_SF
    error_M, variance_M = {}, {}
    shipped = combine.MISFIT
    for shares, misfit in product(SHARE_SETS, MISFITS):
        ends = HeldOutEnds(features_SF, fit.log_ratio_S_, problem.seed, shares)
        combine.MISFIT = misfit
        weight_S = fit.weights_.weight_S
        result = combine.auto(regression, ends, problem.source_MS.T, weight_S, fit.is_far_)
        error_M[shares, misfit] = result.value_M - truth_M
        of_target_M = result.error_M / len(result.predicted_TM)
        variance_M[shares, misfit] = result.variance_M + of_target_M
    combine.MISFIT = shipped
    share = calibration.shift_share("auto", fit.separability_) / calibration.SHIFT["auto"]
    return Judged(
        group,
        frozenset({problem.source, problem.target}),
        np.nanmean(problem.source_MS, axis=1) - truth_M,
        error_M,
        variance_M,
        share**2 * np.nanvar(problem.source_MS, axis=1),
    )


def choose(judged: Sequence[Judged]) -> tuple[Setting, float]:
    """The setting of least error, each group of problems counting alike; then the shift."""
    groups = {item.group for item in judged}
    settings: list[Setting] = list(product(SHARE_SETS, MISFITS))
    setting = min(
        settings,
        key=lambda candidate: sum(
            _ratio([item for item in judged if item.group == group], candidate) for group in groups
        ),
    )
    covers = [(shift, _coverage(judged, [(setting, shift)] * len(judged))) for shift in SHIFTS]
    enough = [shift for shift, share in covers if share >= 0.9]
    return setting, min(enough, default=SHIFTS[-1])


def _ratio(judged: Sequence[Judged], setting: Setting) -> float:
    errors = sum(float(np.abs(item.error_M[setting]).mean()) for item in judged)
    return errors / sum(float(np.abs(item.baseline_M).mean()) for item in judged)


def _coverage(judged: Sequence[Judged], constants: Sequence[tuple[Setting, float]]) -> float:
    inside = [
        np.abs(item.error_M[setting])
        <= REACH * np.sqrt(item.variance_M[setting] + shift**2 * item.unit_M)
        for item, (setting, shift) in zip(judged, constants, strict=True)
    ]
    return float(np.concatenate(inside).mean())


def _summary(judged: Sequence[Judged], constants: Sequence[tuple[Setting, float]]) -> str:
    errors = sum(
        float(np.abs(item.error_M[setting]).mean())
        for item, (setting, _) in zip(judged, constants, strict=True)
    )
    baseline = sum(float(np.abs(item.baseline_M).mean()) for item in judged)
    return f"{errors / baseline:.2f}, {_coverage(judged, constants):.0%}"


def _read(folder: Path) -> Benchmark:
    described, scores = read_scored_prompts(folder, ())
    prompts = Prompts.describe(described.texts, None, described.more, folder.name)
    return Benchmark(folder.name, prompts, scores)


if __name__ == "__main__":
    main()
