import numpy as np
import pytest

from eval_predict.bis.features import SIZES, join_features
from eval_predict.bis.prompts import Prompts


def _prompts(values_NC: np.ndarray, names: tuple[str, ...]) -> Prompts:
    texts = [f"prompt {row}" for row in range(len(values_NC))]
    return Prompts(tuple(texts), names, values_NC, None)


def test_both_benchmarks_have_unit_spread_together_and_constant_columns_go() -> None:
    rng = np.random.default_rng(0)
    names = ("words", "options", "constant")
    source_SC = np.column_stack([rng.normal(5, 2, 300), rng.normal(0, 9, 300), np.ones(300)])
    target_TC = np.column_stack([rng.normal(5, 2, 80), rng.normal(0, 9, 80), np.ones(80)])
    joined = join_features(_prompts(source_SC, names), _prompts(target_TC, names))
    assert joined.ratio_SD.shape == (300, 2)
    variance_C = (joined.ratio_SD.var(axis=0) + joined.ratio_TD.var(axis=0)) / 2
    assert variance_C == pytest.approx([1, 1], abs=0.1)


def test_the_targets_covariates_stay_inside_the_sources_range() -> None:
    source_SC = np.linspace(0, 1, 50)[:, None]
    target_TC = np.linspace(0, 5, 50)[:, None]
    joined = join_features(_prompts(source_SC, ("words",)), _prompts(target_TC, ("words",)))
    assert joined.far_TF.max() == pytest.approx(joined.far_SF.max())
    assert joined.ratio_TD.max() > joined.ratio_SD.max()


def test_size_columns_weigh_more_for_a_near_target() -> None:
    rng = np.random.default_rng(1)
    names = (SIZES[0], "options")
    source = _prompts(rng.normal(size=(60, 2)), names)
    target = _prompts(rng.normal(size=(60, 2)), names)
    joined = join_features(source, target)
    assert joined.near_SF.shape[1] == joined.far_SF.shape[1] + 1
    size_part, wide_part = joined.near_SF[:, 0], joined.near_SF[:, 1]
    # One size column alone in its block; two columns share the wide block, weighted by 0.3.
    assert size_part.std() / wide_part.std() == pytest.approx((2 / 0.3) ** 0.5, rel=1e-6)
