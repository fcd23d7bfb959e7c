from worlds import TwoStageDesign, rasch_world

from eval_predict import METHODS, Method, Observed
from eval_predict.bench.cases import MAX_TARGETS
from eval_predict.bench.runner import (
    run_benchmark,
)
from eval_predict.predict.predictor import Prediction
from eval_predict.predict.sample_mean import SampleMean

RANDOM = {"random_sampling": METHODS["random_sampling"]}


def test_of_many_targets_some_are_drawn_for_each_repeat() -> None:
    seen: list[int] = []

    class Counting(SampleMean):
        def _predict(self, observed: Observed, level: float) -> Prediction:
            seen.append(observed.shape[0])
            return super()._predict(observed, level)

    method = {"one": Method(TwoStageDesign, Counting)}
    run_benchmark({"b": rasch_world(100)}, method, [5], ["interpolation", "frontier"], 2)
    assert seen == [MAX_TARGETS] * 2 + [10] * 2


def test_simulated_worlds_run_once_and_without_a_matrix() -> None:
    rows = run_benchmark({"a": rasch_world()}, RANDOM, [20], ["floor", "ceiling"], 1)
    assert [(row.benchmark, row.split) for row in rows] == [
        ("(simulated)", "floor"),
        ("(simulated)", "ceiling"),
    ]
    assert all(0 < row.mae < 10 for row in rows)
