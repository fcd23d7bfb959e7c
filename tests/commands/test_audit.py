import io

from rich.console import Console

from eval_predict.stats.estimate import Estimate
from iwsi.audit.report import SHARES, AuditReport, ScoreReport
from iwsi.commands.audit import print_audit
from iwsi.rounds.later_audit import RunAudit


def test_scores_are_a_table_with_the_filters_own_marked():
    auc = Estimate(0.83, 0.79, 0.87, 0.95, "bootstrap", 90)
    scores = tuple(
        ScoreReport(name, name.title(), auc, (0.5,) * len(SHARES)) for name in ("share", "loss")
    )
    report = AuditReport(100, 90, auc, scores, "loss", "A [bold]sentence[/bold].", ("Few rows.",))
    console = Console(width=120, record=True, file=io.StringIO())
    print_audit(console, RunAudit("runs/a", 1, report, "the vote share"))
    text = console.export_text()
    assert "Loss (the filter's)" in text
    assert "Share (the filter's)" not in text
    assert "0.83 [0.79, 0.87]" in text
    assert "A [bold]sentence[/bold]." in text  # a model's text is no markup
    assert "warning: Few rows." in text
