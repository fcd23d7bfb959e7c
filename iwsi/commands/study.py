"""The display of a study: a table of filters, and the DS weight's correlations."""

import math

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from eval_predict.stats.estimate import Estimate
from iwsi.commands.display import PERCENT, POINTS, interval
from iwsi.study.summary import Orthogonality, StudyResult

LEAST_SEEDS = 3  # of fewer an interval over seeds says nothing


def print_study(console: Console, study: StudyResult) -> None:
    """Means over seeds with 95% t intervals, and the orthogonality analysis."""
    seeds = len({row.seed for row in study.rows})
    table = Table(
        title=f"{escape(study.task)}: greedy accuracy after one round, means over {seeds} "
        "seeds, 95% intervals"
    )
    swept = any(arm.setting for arm in study.arms)
    objectives = any(arm.objective for arm in study.arms)
    texts = [*(["objective"] if objectives else []), *(["setting"] if swept else [])]
    for heading in ("filter", *texts):
        table.add_column(heading)
    over = ["points over sft"] if objectives else ["points over lmsi"]
    labelled = any(arm.precision for arm in study.arms)
    right = ["of these right"] if labelled else []
    for heading in ("before", "after", *over, "kept", *right, "seconds alone"):
        table.add_column(heading, justify="right")
    for arm in study.arms:
        table.add_row(
            escape(arm.filter),
            *([arm.objective or ""] if objectives else []),
            *([escape(arm.setting or "")] if swept else []),
            _over_seeds(arm.accuracy_before, PERCENT),
            _over_seeds(arm.accuracy, PERCENT),
            _over_seeds(arm.over_sft if objectives else arm.over_lmsi, POINTS),
            f"{arm.kept:,.0f}",
            *([_over_seeds(arm.precision, PERCENT)] if labelled else []),
            f"{arm.seconds:.0f}",
        )
    console.print(table)
    for line in _correlations(study.orthogonality):
        console.print(line, markup=False, highlight=False)


def _over_seeds(estimate: Estimate | None, form: str) -> Text:
    """The mean, with its interval where there are seeds enough for one."""
    if estimate is None or estimate.n_observed >= LEAST_SEEDS:
        return interval(estimate, form)
    return Text(f"{form.format(100 * estimate.value)} [–]")


def _correlations(found: Orthogonality) -> list[str]:
    sides = {
        "vote entropy": (found.mean.vote_entropy, [row.vote_entropy for row in found.seeds]),
        "correctness": (found.mean.correct, [row.correct for row in found.seeds]),
    }
    lines = []
    for name, (mean, estimates) in sides.items():
        if mean is not None:
            enough = mean.n_observed >= LEAST_SEEDS
            lines.append(
                f"rank correlation of DS weight and {name} over voted candidates, mean over "
                f"seeds: {_plain(mean) if enough else f'{mean.value:+.2f} [–]'}"
            )
        lines += [
            f"  seed {row.seed}: {_plain(estimate)} ({row.questions:,} questions resampled)"
            for row, estimate in zip(found.seeds, estimates, strict=True)
            if estimate is not None
        ]
    return lines


def _plain(estimate: Estimate) -> str:
    value, low, high = (
        f"{number:+.2f}" if math.isfinite(number) else "?"
        for number in (estimate.value, estimate.low, estimate.high)
    )
    return f"{value} [{low}, {high}]"
