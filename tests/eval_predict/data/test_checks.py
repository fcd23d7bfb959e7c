import warnings

import numpy as np
import pytest
from worlds import rasch_world

from eval_predict import METHODS, Observed, ScoreMatrix, Selection, UserError
from eval_predict.bench.runner import observe
from eval_predict.data.checks import (
    Kind,
    check_observed,
    describe,
    in_history,
    thin_items,
    undrawn,
    unlike_the_whole,
    weights_off,
)

WORLD = rasch_world(30, 400, seed=1)
HISTORY, TRUTH_TN = WORLD.take_models(np.arange(29)), WORLD.dense_MN()[29:]
N = 400


def _observed(items: np.ndarray, probability: object = None, stage: object = None) -> Observed:
    items_Tn = np.asarray(items)[None]
    n = items_Tn.shape[1]
    probability_n = np.full(n, n / N) if probability is None else np.asarray(probability, float)
    observed = Observed.of(Selection(items_Tn, probability_n[None]), TRUTH_TN)
    stages = np.zeros(n, int) if stage is None else np.asarray(stage)
    return Observed(observed.items_Tn, observed.scores_Tn, observed.probability_Tn, stages)


def _kinds(observed: Observed, history: ScoreMatrix = HISTORY) -> set[Kind]:
    return {finding.kind for finding in check_observed(history, observed)}


def test_what_was_read_is_one_line() -> None:
    matrix = ScoreMatrix.from_array(np.zeros((2, 1200)))
    assert describe(matrix) == "2 models × 1,200 items, none missing"
    half = ScoreMatrix.from_array([[1.0, np.nan], [np.nan, 0.0]])
    assert describe(half) == "2 models × 2 items, 50.0% missing"


@pytest.mark.parametrize("name", ["auto", "auto_coreset", "random_sampling", "cf_debiased"])
def test_honest_draws_of_every_design_pass(name: str) -> None:
    design = METHODS[name].design().fit(HISTORY)
    found = [
        _kinds(observe(design, 40, TRUTH_TN, np.random.default_rng(seed))) for seed in range(40)
    ]
    assert sum(map(bool, found)) <= 2  # 0.3% are beyond 3 standard errors


def test_the_easiest_items_are_no_random_draw() -> None:
    easiest = np.argsort(-HISTORY.mean_N)[:50]
    (finding,) = check_observed(HISTORY, _observed(easiest))
    assert finding.kind == Kind.UNLIKE
    assert finding.unbounded
    assert "not a random draw" in finding.text
    warnings = unlike_the_whole(HISTORY, _observed(easiest, np.full(50, np.nan)))
    assert warnings is not None
    assert not warnings.unbounded


def test_missing_rows_of_an_even_draw_show_in_the_probabilities() -> None:
    items = np.random.default_rng(0).permutation(N)[:50]
    whole = _observed(items, np.full(50, 50 / N))
    assert list(weights_off(whole, N)) == []
    (finding,) = weights_off(whole.columns(np.arange(50) < 47), N)
    assert "add up to 376 items, but it was drawn from 400" in finding.text  # 47 × 400/50
    assert finding.unbounded


def test_two_draws_under_one_stage_show_in_the_probabilities() -> None:
    items = np.random.default_rng(0).permutation(N)[:40]
    share = np.r_[np.full(20, 20 / 400), np.full(20, 20 / 380)]
    assert list(weights_off(_observed(items, share, np.repeat([0, 1], 20)), N)) == []
    (finding,) = weights_off(_observed(items, share), N)
    assert "add up to 780 items" in finding.text


def test_rows_without_probability_among_others_are_counted() -> None:
    share = np.r_[np.full(8, 0.02), np.nan, np.nan]
    found = undrawn(_observed(np.arange(10), share))
    assert found is not None
    assert found.text.startswith("2 of 10 items have no probability")
    assert undrawn(_observed(np.arange(10), share, np.r_[np.zeros(8), 1, 1])) is None


def test_a_target_in_its_own_history_is_recognised_by_name_and_by_scores() -> None:
    observed = _observed(np.random.default_rng(1).permutation(N)[:40])
    assert in_history(HISTORY, observed) is None
    by_scores = in_history(WORLD, observed)
    assert by_scores is not None
    assert f'"{WORLD.models[29]}"' in by_scores.text
    by_name = in_history(HISTORY, observed, HISTORY.models[3])
    assert by_name is not None
    assert "is in the history" in by_name.text
    assert in_history(WORLD, _observed(np.arange(10))) is None  # ten scores are often shared


def test_a_history_without_scores_says_nothing_of_the_items() -> None:
    empty = ScoreMatrix.from_array(np.full((2, N), np.nan))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert unlike_the_whole(empty, _observed(np.arange(50))) is None


def test_items_that_one_model_alone_ran_are_counted() -> None:
    scores = HISTORY.dense_MN()
    scores[1:, :7] = np.nan
    found = thin_items(ScoreMatrix.from_array(scores))
    assert found is not None
    assert found.text.startswith("7 of 400 items were run by at most one model")


@pytest.mark.parametrize(
    ("history", "scores", "fix"),
    [
        ([0.0, 1.0], [0.0, 100.0], "Divide the scores by 100 if they are percentages."),
        ([0.0, 1.0], [0.0, 250.0], "Bring the scores to the history's scale."),
        ([0.0, 100.0], [0.0, 1.0], "Multiply the scores by 100 if they are shares."),
    ],
)
def test_another_scale_is_refused(history: list[float], scores: list[float], fix: str) -> None:
    matrix = ScoreMatrix.from_array([history * 5, history * 5])
    observed = Observed(
        np.array([[0, 1]]), np.array([scores]), np.full((1, 2), 0.2), np.zeros(2, int)
    )
    with pytest.raises(UserError, match=r"score: observed scores from 0 to") as caught:
        check_observed(matrix, observed)
    assert caught.value.fix == fix


@pytest.mark.parametrize(
    ("items", "probability", "fault"),
    [
        ([1, 1], [0.1, 0.1], "items: 1 items repeat"),
        ([1, 400], [0.1, 0.1], "items: positions that are not there; expected 0 to 399"),
        ([1, 2], [0.1, 1.5], "probability: 1.5"),
        ([1, 2], [0.0, 0.5], "probability: 0"),
    ],
)
def test_what_cannot_be_a_draw_is_refused(
    items: list[int], probability: list[float], fault: str
) -> None:
    observed = Observed(
        np.array([items]), np.ones((1, 2)), np.array([probability]), np.zeros(2, int)
    )
    with pytest.raises(UserError, match=fault):
        check_observed(HISTORY, observed)
