"""Every method by name: which design draws the items, which predictor reads their scores."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from eval_predict.irt.constants import LEFT_OUT
from eval_predict.predict.aipw import AIPWPredictor
from eval_predict.predict.auto import AutoPredictor
from eval_predict.predict.cf_debiased import DebiasedFilteringPredictor
from eval_predict.predict.greg import GREG
from eval_predict.predict.predictor import Predictor
from eval_predict.predict.published.aipw import PublishedAIPW
from eval_predict.predict.published.anchor_points import AnchorPointsPredictor, AnchorPointsWeighted
from eval_predict.predict.published.cf import CollaborativeFiltering
from eval_predict.predict.published.double_optimize import DoubleOptimizeWeights
from eval_predict.predict.published.faq import FAQ
from eval_predict.predict.published.irt import GPIRT, PIRT
from eval_predict.predict.published.lasso import LassoRegression
from eval_predict.predict.published.mean_ridge import MeanRidge
from eval_predict.predict.published.mrmr import MRMRRidge
from eval_predict.predict.published.pca import PCAImputation
from eval_predict.predict.sample_mean import SampleMean
from eval_predict.select.active import ActiveDesign, CoresetDesign
from eval_predict.select.anchor_points import AnchorPointsDesign, PredictorAnchorsDesign
from eval_predict.select.cf import ImportanceDesign, SimilarSpreadDesign
from eval_predict.select.design import Design, RandomDesign
from eval_predict.select.double_optimize import DoubleOptimizeDesign
from eval_predict.select.faq import FAQDesign
from eval_predict.select.irt_anchors import IRTAnchorsDesign
from eval_predict.select.lasso import LassoDesign
from eval_predict.select.mrmr import MRMRDesign
from eval_predict.select.pps import PPSDesign
from eval_predict.select.random_search import RandomSearchDesign


class Method(NamedTuple):
    """A design and a predictor that belong together.

    Attributes:
        design: makes the design.
        predictor: makes the predictor.
        slow: whether `bench` leaves it out unless it is named.
        tuned: whether both take `AutoConstants`, which were chosen on `MATRICES`.
    """

    design: Callable[..., Design]
    predictor: Callable[..., Predictor]
    slow: bool = False
    tuned: bool = False

    def without(self, benchmark: str) -> "Method":
        """The method with constants that were chosen without a benchmark, if in `LEFT_OUT`.

        `bench` measures every method so.
        """
        constants = LEFT_OUT.get(benchmark)
        if constants is None or not self.tuned:
            return self
        return self._replace(
            design=partial(self.design, constants), predictor=partial(self.predictor, constants)
        )


METHODS: dict[str, Method] = {
    "auto": Method(ActiveDesign, AutoPredictor, tuned=True),
    "auto_coreset": Method(CoresetDesign, AutoPredictor, tuned=True),
    "pps_dr": Method(PPSDesign, GREG),
    "random_sampling": Method(RandomDesign, SampleMean),
    "random_sampling_learn": Method(RandomDesign, MeanRidge),
    "random_search_learn": Method(RandomSearchDesign, MeanRidge, slow=True),
    "lasso": Method(LassoDesign, LassoRegression, slow=True),
    "double_optimize": Method(DoubleOptimizeDesign, DoubleOptimizeWeights),
    "anchor_points_weighted": Method(AnchorPointsDesign, AnchorPointsWeighted),
    "anchor_points_predictor": Method(PredictorAnchorsDesign, AnchorPointsPredictor),
    "p_irt": Method(IRTAnchorsDesign, PIRT, slow=True),
    "gp_irt": Method(IRTAnchorsDesign, GPIRT, slow=True),
    "pca": Method(RandomDesign, PCAImputation),
    "mrmr_ridge": Method(MRMRDesign, MRMRRidge),
    "faq": Method(FAQDesign, FAQ),
    "aipw": Method(RandomDesign, AIPWPredictor),
    "aipw_published": Method(RandomDesign, PublishedAIPW),
    "cf": Method(ImportanceDesign, CollaborativeFiltering),
    "cf_no_iteration": Method(partial(ImportanceDesign, rounds=1), CollaborativeFiltering),
    "cf_debiased": Method(SimilarSpreadDesign, DebiasedFilteringPredictor),
}
