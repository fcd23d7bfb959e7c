import numpy as np
import pyarrow as pa
import pytest
from benches.next_gain import arms_of, by, judge, rounds_of, verdict

from eval_predict.stats.estimate import mean_score
from iwsi.evaluation.diversity import Diversity, LabelledDiversity, RoundDiversity
from iwsi.evaluation.next_gain import FinishedRound, UpcomingRound
from iwsi.files import as_json, write_json, write_table


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


def _run_directory(root, gains, sampled):
    """A finished run of 100 test items, with the votes of each round."""
    rates = np.cumsum([0.5, *gains])
    share = mean_score([1.0] * round(10 * sampled) + [0.0] * round(10 - 10 * sampled))
    training = Diversity(10, 80, 2.0, 0.3, 0.4, 20.0, 0.0, 0.5, 0.5)
    votes = RoundDiversity(training, LabelledDiversity(training, {1: share}, share, None))
    rows = [
        {"round": number, "diversity": as_json(votes) if number else None}
        for number in range(len(rates))
    ]
    write_json(root / "summary.json", {"rounds": rows})
    scores = [np.arange(100) < round(100 * rate) for rate in rates]
    names = [f"run/round-{number}" for number in range(len(rates)) for _ in range(100)]
    write_table(
        root / "scores.parquet",
        pa.table({"model": names, "score": np.concatenate(scores).astype(float)}),
    )


def test_rounds_are_read_from_a_run_directory_and_what_stands_for_headroom_changes(tmp_path):
    _run_directory(tmp_path, [0.04, 0.10, -0.02], sampled=0.8)
    second, third = rounds_of(tmp_path)
    assert (second.before.number, round(second.gain, 9), round(third.gain, 9)) == (2, 0.1, -0.02)
    headrooms = {
        way: by(way, [second], tmp_path)[0].before.headroom
        for way in ("votes", "sampled", "room", "last", "nothing")
    }
    # Greedy accuracy is 54%, the vote's and the sampled answers' 80%, the last gain 4 points.
    expected = {"votes": 0.26, "sampled": 0.26, "room": 0.46, "last": 0.04, "nothing": 0.0}
    assert headrooms == pytest.approx(expected)


def test_arms_share_what_was_before_them_and_the_oracle_is_none(tmp_path):
    for name, gain in (("auto", 0.03), ("lmsi", -0.01), ("oracle", 0.2)):
        _run_directory(tmp_path / name, [gain], sampled=0.7)
    first, second = arms_of(tmp_path)
    assert first.before == second.before
    assert first.before.headroom == pytest.approx(0.2)
    assert [round(row.gain, 9) for row in (first, second)] == [0.03, -0.01]
    assert [row.number for row in judge([first, second], 0.8)] == [1, 1]
