"""Every method by name: which design draws the items, which predictor reads their scores."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from eval_predict.predict.auto import Auto
from eval_predict.predict.cf import CollaborativeFiltering
from eval_predict.predict.cf_debiased import DebiasedFiltering
from eval_predict.predict.predictor import Predictor
from eval_predict.predict.sample_mean import SampleMean
from eval_predict.select.active import ActiveDesign, CoresetDesign
from eval_predict.select.cf import ImportanceDesign, SimilarSpreadDesign
from eval_predict.select.design import Design, RandomDesign


class Method(NamedTuple):
    """A design and a predictor that belong together, and whether `bench` calls them slow."""

    design: Callable[[], Design]
    predictor: Callable[[], Predictor]
    slow: bool = False


METHODS: dict[str, Method] = {
    "auto": Method(ActiveDesign, Auto),
    "auto_coreset": Method(CoresetDesign, Auto),
    "pps_dr": Method(partial(ActiveDesign, informative=False), partial(Auto, shrink=False)),
    "random_sampling": Method(RandomDesign, SampleMean),
    "cf": Method(ImportanceDesign, CollaborativeFiltering),
    "cf_no_ot": Method(ImportanceDesign, CollaborativeFiltering),
    "cf_no_iteration": Method(partial(ImportanceDesign, rounds=1), CollaborativeFiltering),
    "cf_debiased": Method(SimilarSpreadDesign, DebiasedFiltering),
}
