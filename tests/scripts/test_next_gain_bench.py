from benches.next_gain import judge, verdict

from iwsi.evaluation.next_gain import FinishedRound, UpcomingRound


def _run(name, gains, accuracy=0.5, headroom=0.2):
    rows = []
    for number, gain in enumerate(gains, start=2):
        before = UpcomingRound(name, number, accuracy, accuracy + headroom, 0.3)
        rows.append(FinishedRound(before, gain))
    return rows


def test_a_round_is_not_forecast_from_itself_or_from_later_ones():
    """With the gain of one round changed, only later rounds and other runs are told otherwise."""
    one = _run("a", [0.02, 0.02, 0.02]) + _run("b", [0.01, 0.01])
    other = _run("a", [0.02, 0.09, 0.02]) + _run("b", [0.01, 0.01])
    first, second = judge(one, 0.8), judge(other, 0.8)
    assert [a.value == b.value for a, b in zip(first, second, strict=True)] == [
        True,
        True,
        False,
        False,
        False,
    ]


def test_the_verdict_counts_worthless_and_good_rounds():
    flat, rising = _run("a", [0.0] * 5, headroom=0.0), _run("b", [0.06] * 5)
    found = verdict(judge(flat + rising, 0.8))
    assert (found.rounds, found.runs, found.worthless, found.good) == (10, 2, 5, 5)
    assert found.found > found.stopped == 0
