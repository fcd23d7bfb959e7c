import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from sklearn.base import BaseEstimator, clone
from sklearn.exceptions import NotFittedError as SklearnNotFittedError
from worlds import rasch_world

import eval_predict
from eval_predict import (
    AIPW,
    METHODS,
    Auto,
    Draw,
    MethodEstimator,
    RandomSampling,
    UserError,
    evaluate,
)
from eval_predict.bench.runner import observe

WORLD = rasch_world(31, 120, seed=3)
ITEMS = [f"q{position}" for position in range(120)]
FRAME = pd.DataFrame(WORLD.dense_MN()[:30], index=[f"m{row}" for row in range(30)], columns=ITEMS)
TRUTH = pd.Series(WORLD.dense_MN()[30], index=ITEMS)
ESTIMATORS = [
    eval_predict.AIPW,
    eval_predict.Auto,
    eval_predict.AutoCoreset,
    eval_predict.DebiasedFiltering,
    eval_predict.MethodEstimator,
    eval_predict.PPSDoublyRobust,
    eval_predict.RandomSampling,
]


@pytest.mark.parametrize("kind", ESTIMATORS)
def test_estimators_have_the_manners_of_scikit_learn(kind: type) -> None:
    estimator = kind(level=0.9, random_state=7)
    assert isinstance(estimator, BaseEstimator)
    copy = clone(estimator)
    assert copy is not estimator
    assert copy.get_params() == estimator.get_params()
    assert estimator.get_params()["level"] == 0.9
    assert estimator.set_params(level=0.8).level == 0.8
    assert repr(kind()) == f"{kind.__name__}()"
    assert repr(kind(random_state=7)) == f"{kind.__name__}(random_state=7)"
    assert estimator.fit(FRAME) is estimator
    assert not hasattr(clone(estimator), "history_")


@pytest.mark.parametrize("kind", ESTIMATORS)
def test_before_fit_it_says_so(kind: type) -> None:
    for call in (
        lambda one: one.predict(TRUTH),
        lambda one: one.select(5),
        lambda one: one.predict_many(FRAME),
        lambda one: one.evaluate(lambda names: [0] * len(names)),
    ):
        with pytest.raises(SklearnNotFittedError, match="is not fitted") as caught:
            call(kind())
        assert isinstance(caught.value, UserError)
        assert isinstance(caught.value, ValueError)


@pytest.mark.parametrize("kind", ESTIMATORS)
def test_what_is_drawn_can_be_run_and_predicted_from(kind: type) -> None:
    estimator = kind().fit(FRAME)
    draw = estimator.select(40)
    estimate = estimator.predict(TRUTH[list(draw)], draws=draw)
    assert estimate.low < TRUTH.mean() < estimate.high
    assert estimate.n_observed == 40
    assert not any("draw" in warning for warning in estimate.warnings)
    assert list(estimator.feature_names_in_) == ITEMS
    assert estimator.n_features_in_ == 120


def test_the_estimate_is_that_of_the_design_and_the_predictor() -> None:
    auto = Auto(random_state=5).fit(FRAME)
    requested: list[int] = []

    def score_items(names: list[str]) -> list[float]:
        requested.append(len(names))
        return TRUTH[names].tolist()

    estimate = auto.evaluate(score_items, 30)
    design = METHODS["auto"].design().fit(auto.history_)
    assert requested == design.stages(30)
    assert sum(requested) == 30
    assert estimate.method == "auto"
    assert estimate == Auto(random_state=5).fit(FRAME).evaluate(score_items, 30)


@pytest.mark.parametrize("kind", [Auto, RandomSampling])
def test_stages_can_be_run_one_by_one(kind: type) -> None:
    """As where the model runs elsewhere, and its scores come back a day later."""
    draws = [kind(random_state=5).fit(FRAME).start(30)]
    while (
        draw := kind(random_state=5).fit(FRAME).next(TRUTH[_items(draws)], draws, 30)
    ) is not None:
        draws.append(draw)
    assert len(_items(draws)) == len(set(_items(draws))) == 30
    assert (len(draws) > 1) == (kind is Auto)
    estimate = kind().fit(FRAME).predict(TRUTH[_items(draws)], draws=draws)
    at_once = kind(random_state=5).fit(FRAME).evaluate(lambda names: TRUTH[names], 30)
    assert estimate == at_once


def _items(draws: list[Draw]) -> list[str]:
    return [name for draw in draws for name in draw]


def test_the_next_stage_needs_all_scores_of_the_stages_before() -> None:
    auto = Auto().fit(FRAME)
    first = auto.start(30)
    second = auto.next(TRUTH[list(first)], first, 30)
    with pytest.raises(UserError, match="items of draw 0 are missing"):
        auto.next(TRUTH[[*first.items[1:], *second]], [first, second], 30)


def test_the_seed_decides_the_draw() -> None:
    same = [RandomSampling(random_state=1).fit(FRAME).select(9) for _ in range(2)]
    assert same[0] == same[1]
    assert same[0] != RandomSampling(random_state=2).fit(FRAME).select(9)


def test_one_sample_at_once_is_drawn_as_the_design_draws() -> None:
    coreset = eval_predict.AutoCoreset().fit(FRAME)
    draw = coreset.select(20)
    selection = (
        METHODS["auto_coreset"]
        .design()
        .fit(coreset.history_)
        .select(20, np.random.default_rng([0, 0]))
    )
    options = dict(
        zip(
            (ITEMS[place] for place in selection.items_Tn[0]),
            selection.probability_Tn[0],
            strict=True,
        )
    )
    assert dict(zip(draw.items, draw.probability, strict=True)) == options


@pytest.mark.parametrize(
    "history",
    [
        FRAME,
        FRAME.rename_axis("model").reset_index().melt("model", var_name="item", value_name="score"),
        pa.Table.from_pandas(
            FRAME.rename_axis("model")
            .reset_index()
            .melt("model", var_name="item", value_name="score"),
            preserve_index=False,
        ),
    ],
    ids=["wide", "rows", "arrow"],
)
def test_histories_of_every_form_agree(history: object) -> None:
    estimator = Auto().fit(history)
    assert set(estimator.history_.items) == set(ITEMS)
    some = TRUTH.iloc[::3]
    expected = Auto().fit(FRAME).predict(some)
    assert estimator.predict(some).value == pytest.approx(expected.value, abs=1e-6)


def test_scores_are_matched_by_name_whatever_their_order() -> None:
    """pandas sorts 0, 1, 10; a reader of numbers 0, 1, 2."""
    numbered = FRAME.set_axis(range(120), axis=1)
    estimator = AIPW().fit(numbered)
    by_number = pd.Series(TRUTH.to_numpy(), index=range(120))[::2]
    as_text = by_number.rename(index=str).sort_index()
    assert list(as_text.index[:3]) == ["0", "10", "100"]
    expected = estimator.predict(by_number)
    assert estimator.predict(as_text).value == pytest.approx(expected.value, abs=1e-12)
    assert estimator.predict(as_text.to_dict()).value == pytest.approx(expected.value, abs=1e-12)
    shuffled = numbered[sorted(numbered.columns, key=str)]
    assert AIPW().fit(shuffled).predict(by_number).value == pytest.approx(expected.value, abs=1e-9)


def test_positions_are_taken_where_neither_side_has_names() -> None:
    history, truth = FRAME.to_numpy(), TRUTH.to_numpy(copy=True)
    whole = RandomSampling().fit(history).predict(truth)
    assert (whole.value, whole.low, whole.high) == (truth.mean(),) * 3
    truth[10:] = np.nan
    assert RandomSampling().fit(history).predict(truth).n_observed == 10
    with pytest.raises(UserError, match="scores without item names"):
        RandomSampling().fit(FRAME).predict(truth)
    with pytest.raises(UserError, match=r"shape \(10,\); expected \(120,\)"):
        RandomSampling().fit(history).predict(truth[:10])


def test_several_models_at_once() -> None:
    both = pd.DataFrame([TRUTH, 1 - TRUTH], index=["new", "contrary"]).iloc[:, ::2]
    estimates = AIPW().fit(FRAME).predict_many(both)
    assert list(estimates) == ["new", "contrary"]
    assert estimates["new"] == AIPW().fit(FRAME).predict(TRUTH.iloc[::2])
    with pytest.raises(UserError, match='3 of 3 unknown: "x1"'):
        AIPW().fit(FRAME).predict_many(pd.DataFrame([[1, 0, 1]], columns=["x1", "x2", "x3"]))


def test_the_easiest_items_give_a_wide_interval_and_a_warning() -> None:
    easiest = FRAME.mean().nlargest(40).index
    estimate = Auto().fit(FRAME).predict(TRUTH[easiest])
    assert any("not a random draw" in warning for warning in estimate.warnings)
    assert estimate.high - estimate.low == pytest.approx(80 / 120)


def test_a_model_of_the_history_is_recognised() -> None:
    estimate = RandomSampling().fit(FRAME).predict(FRAME.loc["m4"].iloc[::2], model="m4")
    assert any('"m4" is in the history' in warning for warning in estimate.warnings)


def test_rows_of_a_draw_may_not_be_dropped() -> None:
    estimator = RandomSampling().fit(FRAME)
    draw = estimator.select(30)
    scores = TRUTH[list(draw)]
    scores.iloc[-1], scores.iloc[0] = 1, 0
    with pytest.raises(UserError, match="of the 30 items of draw 0 are missing"):
        estimator.predict(scores[scores == 1], draws=draw)
    early = estimator.predict(scores.iloc[:12], draws=draw)
    assert early.warnings == ("the first 12 of 30 items of draw 0 were run",)
    others = [name for name in ITEMS if name not in draw.items][:1]
    with pytest.raises(UserError, match="1 items that were not drawn"):
        estimator.predict(TRUTH[[*draw, *others]], draws=draw)


def test_items_of_one_passage_count_together() -> None:
    passages = {name: f"passage {place // 6}" for place, name in enumerate(ITEMS)}
    whole = [
        name for name in ITEMS if passages[name] in {f"passage {number}" for number in range(12)}
    ]
    estimator = RandomSampling().fit(FRAME)
    alone = estimator.predict(TRUTH[whole])
    together = estimator.predict(TRUTH[whole], clusters=passages)
    assert together.value == alone.value
    assert together.high - together.low > alone.high - alone.low
    assert together == estimator.predict(TRUTH[whole], clusters=pd.Series(passages))
    del passages["q3"]
    with pytest.raises(UserError, match="no cluster for 1 of 120 items"):
        estimator.predict(TRUTH[whole], clusters=passages)


def test_a_draws_rows_can_be_filled_in_as_a_frame() -> None:
    estimator = eval_predict.AutoCoreset().fit(FRAME)
    draw = estimator.select(30)
    rows = draw.to_frame()
    rows["score"] = TRUTH[rows["item"]].to_numpy()
    expected = estimator.predict(TRUTH[list(draw)], draws=draw)
    assert estimator.predict(rows) == expected
    assert estimator.predict(rows.sample(frac=1, random_state=0)).value == pytest.approx(
        expected.value, abs=1e-9
    )
    with pytest.raises(UserError, match="items of draw 0 are missing"):
        estimator.predict(rows[rows["score"] == 1])


@pytest.mark.parametrize(
    ("parameters", "fault"),
    [
        ({"level": 95}, "level: 95; expected a number between 0 and 1"),
        ({"random_state": -1}, "random_state: -1; expected a whole number"),
        ({"random_state": None}, "random_state: None; expected a whole number"),
    ],
)
def test_parameters_are_checked_in_fit(parameters: dict, fault: str) -> None:
    estimator = Auto(**parameters)
    with pytest.raises(UserError, match=fault):
        estimator.fit(FRAME)


def test_an_unknown_method_is_named() -> None:
    with pytest.raises(UserError, match='Did you mean "random_sampling"'):
        MethodEstimator("random_samplin").fit(FRAME)


def test_a_budget_above_the_benchmark_is_refused_by_select_and_run_by_evaluate() -> None:
    estimator = RandomSampling().fit(FRAME)
    with pytest.raises(UserError, match="budget: 121 items; expected 1 to 120"):
        estimator.select(121)
    for wrong in (0, 1.5, "ten", True):
        with pytest.raises(UserError, match="budget: "):
            estimator.select(wrong)
    assert len(estimator.select(0.1)) == 12
    whole = estimator.evaluate(lambda names: TRUTH[names], 500)
    assert (whole.value, whole.n_observed) == (TRUTH.mean(), 120)
    assert whole.warnings == ("budget 500 exceeds the 120 items of the benchmark: all were run",)


def test_evaluate_takes_scores_in_order_or_by_name() -> None:
    answers = [
        lambda names: TRUTH[names].tolist(),
        lambda names: TRUTH[names].to_numpy(),
        lambda names: TRUTH[names].sort_index(),
        lambda names: {name: TRUTH[name] for name in reversed(names)},
    ]
    estimates = {evaluate(FRAME, score_items, 20, random_state=3) for score_items in answers}
    assert len(estimates) == 1


@pytest.mark.parametrize(
    ("score_items", "fault"),
    [
        (lambda names: [1], r"scores of shape \(1,\); expected \(20,\)"),
        (lambda names: [None] * len(names), "no score for 20 of 20 items"),
        (lambda names: dict.fromkeys(names[1:], 1), "no score for 1 of 20 items"),
        (lambda names: dict.fromkeys([*names, "q"], 1), 'a score for "q"'),
        (lambda names: ["right"] * len(names), "score_items: could not convert"),
        (lambda names: [100] * len(names), "expected scores in"),
    ],
)
def test_scores_that_a_model_cannot_have_are_refused(score_items: object, fault: str) -> None:
    with pytest.raises(UserError, match=fault):
        evaluate(FRAME, score_items, 20, method="random_sampling")


def test_evaluate_takes_an_estimator_and_leaves_it_alone() -> None:
    given = AIPW(level=0.8)
    estimate = evaluate(FRAME, lambda names: TRUTH[names], 20, method=given)
    assert (estimate.level, estimate.method) == (0.8, "aipw")
    assert not hasattr(given, "history_")


def test_intervals_of_evaluate_cover() -> None:
    covered = 0
    for seed in range(60):
        world = rasch_world(21, 100, seed=seed)
        truth = world.dense_MN()[20]
        estimate = evaluate(
            world.dense_MN()[:20],
            lambda names, truth=truth: truth[[int(name) for name in names]],
            20,
            random_state=seed,
        )
        covered += estimate.low <= truth.mean() <= estimate.high
    assert covered >= 53  # 57 is 95% of 60, and two standard errors are 3.4


def test_observed_items_are_taken_as_they_are() -> None:
    auto = Auto().fit(FRAME)
    observed = observe(auto.design_, 20, TRUTH.to_numpy()[None], np.random.default_rng(0))
    expected = auto.predictor_.predict(observed)
    assert auto.predict(observed).value == expected.value
