"""The display of a run's diversity: a table of rounds, and signs of collapse."""

from collections.abc import Iterator

from rich.table import Table

from eval_predict.stats.estimate import Estimate
from iwsi.evaluation.diversity import Diversity, RoundDiversity
from iwsi.rounds.reports import RunSummary

CAPTION = (
    "Each row is about the model that the round samples with: that of the round before. pass@k, "
    "majority and loss are of labelled rows; the rest is of training questions."
)


def diversity_tables(summary: RunSummary) -> Iterator[Table | str]:
    """The table, where a round has its figures, and the warnings."""
    found = {row.round: row.diversity for row in summary.rounds if row.diversity}
    if not found:
        return
    yield _table(found)
    for number, row in found.items():
        yield from (f"round {number}: warning: {warning}" for warning in row.warnings)


def _table(found: dict[int, RoundDiversity]) -> Table:
    table = Table(title="diversity of the candidates, and how often one of them is right")
    table.caption = CAPTION
    table.add_column("round")
    most = max(
        (k for row in found.values() if row.labelled for k in row.labelled.pass_at), default=1
    )
    for heading in (
        "pass@1",
        f"pass@{most}",
        "majority",
        "loss",
        "answers",
        "entropy",
        "all agree",
        "tokens",
        "4-grams",
        "self-BLEU",
        "cut off",
    ):
        table.add_column(heading, justify="right")
    for number, row in found.items():
        table.add_row(str(number), *_labelled(row, most), *_unlabelled(row.training))
    return table


def _labelled(found: RoundDiversity, most: int) -> list[str]:
    if found.labelled is None:
        return ["–"] * 4
    passes, loss = found.labelled.pass_at, found.labelled.held_out_loss
    return [
        _share(passes[1]),
        _share(passes[most]) if most in passes else "–",
        _share(found.labelled.majority_accuracy),
        _number(loss.value if loss else None),
    ]


def _unlabelled(found: Diversity) -> list[str]:
    return [
        _number(found.distinct_answers, 1),
        _number(found.vote_entropy),
        "–" if found.unanimous is None else f"{found.unanimous:.0%}",
        f"{found.mean_tokens:.0f}",
        _number(found.distinct_4grams),
        _number(found.self_bleu),
        f"{found.truncated:.1%}",
    ]


def _share(estimate: Estimate) -> str:
    """A share and half of its interval's width, short enough for eleven columns."""
    return f"{estimate.value:.0%} ±{100 * (estimate.high - estimate.low) / 2:.0f}"


def _number(value: float | None, digits: int = 2) -> str:
    return "–" if value is None else f"{value:.{digits}f}"
