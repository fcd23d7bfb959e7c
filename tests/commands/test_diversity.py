import io

from rich.console import Console

from eval_predict.stats.estimate import Estimate
from iwsi.commands.diversity import diversity_tables
from iwsi.evaluation.diversity import Diversity, LabelledDiversity, RoundDiversity
from iwsi.rounds.reports import FixedCost, RoundSummary, RunSummary

TRAINING = Diversity(60, 480, 3.7, 0.5, 0.1, 18.0, 0.001, 0.53, 0.79)


def _share(value):
    return Estimate(value, value - 0.05, value + 0.05, 0.95, "m", 30)


def _shown(*found):
    rounds = tuple(
        RoundSummary(
            round=number,
            accuracy=None,
            gain=None,
            forecast=None,
            forecast_error=None,
            gate=None,
            audit=None,
            diversity=row,
            funnel=None,
            pairs=None,
            train=None,
            seconds={},
            startup_seconds={},
            fixed_cost=FixedCost(0.0, 0.0, {}),
        )
        for number, row in enumerate(found)
    )
    stream = io.StringIO()
    console = Console(file=stream, width=120)
    for part in diversity_tables(RunSummary("t", 0.95, None, rounds, None, None, 0.0)):
        console.print(part)
    return stream.getvalue()


def test_a_round_is_a_row_that_fits_a_terminal():
    passes = {1: _share(0.6), 8: _share(0.95)}
    labelled = LabelledDiversity(TRAINING, passes, _share(0.77), _share(0.06))
    text = _shown(None, RoundDiversity(TRAINING, labelled, ("Completions are short.",)))
    for part in ("pass@8", "60% ±5", "95% ±5", "77% ±5", "0.06", "3.7", "self-BLEU", "0.79"):
        assert part in text
    assert "…" not in text
    assert "round 1: warning: Completions are short." in text


def test_without_labelled_rows_their_columns_are_dashes():
    text = _shown(None, RoundDiversity(TRAINING, None))
    assert text.count("–") == 4


def test_a_run_without_rounds_shows_nothing():
    assert _shown(None) == ""
