import io

import pytest
from rich.console import Console

from eval_predict.stats.estimate import Estimate
from iwsi.commands.study import print_study
from iwsi.study.summary import ArmSummary, MeanCorrelations, Orthogonality, StudyResult


def _estimate(value, low, high, method="m", warnings=()):
    return Estimate(value, low, high, 0.95, method, 10, warnings)


@pytest.mark.parametrize("text", ["[red]x[/red]", "[/]"])
def test_a_swept_setting_is_not_taken_for_markup(text):
    half = _estimate(0.5, 0.4, 0.6)
    arm = ArmSummary("iwsi", text, (0,), half, half, None, 7.0, 9.0)
    nothing = Orthogonality((), MeanCorrelations(None, None))
    stream = io.StringIO()
    print_study(Console(file=stream, width=160), StudyResult(text, (arm,), (), nothing))
    assert f"{text}: greedy accuracy" in stream.getvalue()
    assert stream.getvalue().count(text) == 2
