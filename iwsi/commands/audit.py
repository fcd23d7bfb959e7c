"""The display of an audit: a table of scores, best first, then what it means."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from iwsi.audit.report import SHARES
from iwsi.rounds.later_audit import RunAudit


def print_audit(console: Console, result: RunAudit) -> None:
    """A table of scores, best first, then what it means."""
    report = result.report
    right = report.vote_accuracy
    table = Table(
        title=f"{report.rows} labelled rows, {report.voted} with a majority; of these the vote is "
        f"right on {right.value:.0%} [{right.low:.0%}, {right.high:.0%}]",
        caption="right votes among the share that scores best",
    )
    table.add_column("score")
    table.add_column("AUC [95%]", justify="right")
    for share in SHARES:
        table.add_column(f"{share:.0%}", justify="right")
    for score in report.scores:
        is_ranking = score.name == report.ranked_by
        table.add_row(
            Text(score.title + (" (the filter's)" if is_ranking else "")),
            f"{score.auc.value:.2f} [{score.auc.low:.2f}, {score.auc.high:.2f}]",
            *(f"{precision:.0%}" for precision in score.precision),
        )
    console.print(table)
    console.print(report.sentence, highlight=False, markup=False)
    console.print(f"auto: {result.auto}", highlight=False, markup=False)
    for warning in report.warnings:
        console.print(f"warning: {warning}", highlight=False, markup=False)
