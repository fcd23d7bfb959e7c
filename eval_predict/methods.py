"""Every method by name: which design draws the items, which predictor reads their scores."""

from collections.abc import Callable
from typing import NamedTuple

from eval_predict.predict.predictor import Predictor
from eval_predict.predict.sample_mean import SampleMean
from eval_predict.select.design import Design, RandomDesign


class Method(NamedTuple):
    """A design and a predictor that belong together, and whether `bench` calls them slow."""

    design: Callable[[], Design]
    predictor: Callable[[], Predictor]
    slow: bool = False


METHODS: dict[str, Method] = {
    "random_sampling": Method(RandomDesign, SampleMean),
}
