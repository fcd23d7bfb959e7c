import numpy as np
import pytest
from worlds import FactorWorld, factor_world

from eval_predict.irt.factor_model import FactorModel, published_model

MODELS, ITEMS, TARGETS = 80, 300, 40


@pytest.fixture(scope="module")
def world() -> FactorWorld:
    ability_M = np.random.default_rng(1).normal(size=MODELS + TARGETS)
    return factor_world(ability_M, ITEMS, seed=1)


@pytest.fixture(scope="module")
def fitted(world: FactorWorld) -> FactorModel:
    return FactorModel(0.5).fit(world.scores_MN[:MODELS])


def _rmse(found: np.ndarray, expected: np.ndarray) -> float:
    return float(np.sqrt(((found - expected) ** 2).mean()))


def _likelihood_error(truth_MN: np.ndarray, share: float) -> float:
    """What maximum likelihood would miss by, to first order; priors should do better.

    Four parameters an item from 80 scores, three a model from 300: p(1 - p)(4/80 + 3/300).
    """
    variance = float((truth_MN * (1 - truth_MN)).mean())
    return float(np.sqrt(variance * (4 / MODELS + 3 / ITEMS) / share))


def _items(shape: tuple[int, int], seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.stack([rng.permutation(ITEMS)[: shape[1]] for _ in range(shape[0])])


def test_probabilities_behind_the_history_are_found(
    world: FactorWorld, fitted: FactorModel
) -> None:
    truth_MN = world.probability_MN[:MODELS]
    logit_MN = fitted.bias_N_ + fitted.factor_Mk_ @ fitted.loading_Nk_.T
    found_MN = 1 / (1 + np.exp(-logit_MN))
    assert np.corrcoef(found_MN.ravel(), truth_MN.ravel())[0, 1] > 0.9
    assert _rmse(found_MN, truth_MN) < _likelihood_error(truth_MN, 1.0)


@pytest.mark.parametrize("within", [True, False])
def test_a_targets_probabilities_are_found_from_a_part_of_its_scores(
    world: FactorWorld, fitted: FactorModel, within: bool
) -> None:
    scores_TN, truth_TN = world.scores_MN[MODELS:], world.probability_MN[MODELS:]
    items_Tn = _items((TARGETS, 60))
    posterior = fitted.posterior(items_Tn, np.take_along_axis(scores_TN, items_Tn, 1), within)
    for found_TN in (fitted.probability(posterior), fitted.probability_at_mean(posterior)):
        assert _rmse(found_TN, truth_TN) < 0.15
        assert np.corrcoef(found_TN.ravel(), truth_TN.ravel())[0, 1] > 0.87
        gap_T = found_TN.mean(axis=1) - truth_TN.mean(axis=1)
        # Binomial noise of 60 scores is 0.05 to 0.06.
        assert np.abs(gap_T).mean() < 0.05


@pytest.mark.parametrize("within", [True, False])
def test_without_observations_the_posterior_is_the_prior(fitted: FactorModel, within: bool) -> None:
    mean_Tk, covariance_Tkk = fitted.posterior(
        np.zeros((2, 0), np.intp), np.zeros((2, 0)), within=within
    )
    np.testing.assert_array_equal(mean_Tk, np.zeros((2, 3)))
    spread_kk = np.cov(fitted.factor_Mk_.T)
    # The ability of a target that may lie beyond the history has 4² more variance.
    spread_kk[0, 0] += 0 if within else 16
    np.testing.assert_allclose(covariance_Tkk, [spread_kk] * 2, atol=1e-4)


def test_more_observations_never_widen_the_posterior(
    world: FactorWorld, fitted: FactorModel
) -> None:
    items_n = np.arange(100)[None]
    scores_n = world.scores_MN[MODELS:][:1, :100]
    trace = [
        np.trace(fitted.posterior(items_n[:, :n], scores_n[:, :n]).covariance_Tkk[0])
        for n in (0, 5, 20, 100)
    ]
    assert trace == sorted(trace, reverse=True)


def test_probabilities_lie_inside_0_and_1_even_for_perfect_targets(fitted: FactorModel) -> None:
    items_Tn = np.tile(np.arange(ITEMS), (2, 1))
    posterior = fitted.posterior(items_Tn, np.array([[0.0], [1.0]]) * np.ones(items_Tn.shape))
    for found_TN in (fitted.probability(posterior), fitted.probability_at_mean(posterior)):
        assert (found_TN > 0).all()
        assert (found_TN < 1).all()
        assert found_TN[0].mean() < 0.02
        assert found_TN[1].mean() > 0.98


def test_averaging_over_the_posterior_draws_towards_a_half(fitted: FactorModel) -> None:
    posterior = fitted.posterior(np.array([[0, 1, 2]]), np.ones((1, 3)))
    averaged, at_mean = fitted.probability(posterior), fitted.probability_at_mean(posterior)
    assert (np.abs(averaged - 0.5) <= np.abs(at_mean - 0.5) + 1e-12).all()


def test_what_stands_under_a_false_mask_hardly_matters(world: FactorWorld) -> None:
    scores_MN, truth_MN = world.scores_MN[:MODELS], world.probability_MN[:MODELS]
    observed_MN = np.random.default_rng(2).random(scores_MN.shape) > 0.3
    mean_MN = np.broadcast_to(scores_MN.mean(axis=0), scores_MN.shape)
    found = []
    for fill_MN in (mean_MN, np.full_like(scores_MN, 0.5), 1 - scores_MN):
        model = FactorModel(0.5).fit(np.where(observed_MN, scores_MN, fill_MN), observed_MN)
        logit_MN = model.bias_N_ + model.factor_Mk_ @ model.loading_Nk_.T
        found.append(1 / (1 + np.exp(-logit_MN)))
        # Nothing of a hidden score was seen, so it is predicted and not fitted.
        hidden = _rmse(found[-1][~observed_MN], truth_MN[~observed_MN])
        assert hidden < _likelihood_error(truth_MN, observed_MN.mean())
    assert _rmse(found[1], found[0]) < 0.01
    assert _rmse(found[2], found[0]) < 0.06


def test_all_known_is_the_same_as_no_mask(world: FactorWorld, fitted: FactorModel) -> None:
    scores_MN = world.scores_MN[:MODELS]
    masked = FactorModel(0.5).fit(scores_MN, np.ones(scores_MN.shape, dtype=bool))
    np.testing.assert_allclose(masked.bias_N_, fitted.bias_N_, atol=1e-4)


def test_a_narrow_prior_keeps_loadings_on_ability_near_1(
    world: FactorWorld, fitted: FactorModel
) -> None:
    narrow = FactorModel(0.05).fit(world.scores_MN[:MODELS])
    assert np.abs(narrow.loading_Nk_[:, 0] - 1).max() < 0.1
    assert fitted.loading_Nk_[:, 0].std() > 3 * narrow.loading_Nk_[:, 0].std()
    np.testing.assert_allclose(fitted.factor_Mk_.mean(axis=0), 0, atol=1e-9)
    np.testing.assert_allclose(fitted.factor_Mk_.std(axis=0)[1:], 1)


@pytest.mark.parametrize("models", [2, 3])
def test_few_models_and_constant_scores_leave_finite_numbers(models: int) -> None:
    for scores_MN in (np.zeros((models, 9)), np.ones((models, 9)), np.eye(models, 9)):
        model = FactorModel(0.5).fit(scores_MN)
        posterior = model.posterior(np.array([[0, 3]]), np.array([[1.0, 0.0]]))
        found_TN = model.probability(posterior)
        assert ((found_TN > 0) & (found_TN < 1)).all()


def _rasch(models: int, items: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    ability, ease = rng.normal(0, 1.5, models), rng.normal(0, 1, items)
    probability = 1 / (1 + np.exp(-(ability[:, None] + ease)))
    return ability, ease, probability, (rng.random(probability.shape) < probability).astype(float)


def test_ability_and_ease_of_a_simulated_world_are_found() -> None:
    ability, ease, _, scores = _rasch(120, 200)
    fitted = FactorModel(0.5, factors=1).fit(scores)
    assert np.corrcoef(fitted.factor_Mk_[:, 0], ability)[0, 1] > 0.97
    assert np.corrcoef(fitted.traits_Nd[:, 0], ease)[0, 1] > 0.97


def test_the_published_model_places_a_new_model_from_half_of_its_items() -> None:
    _, _, probability, scores = _rasch(160, 200)
    fitted = published_model(scores[:100])
    seen = np.tile(np.arange(0, 200, 2), (60, 1))
    expected = fitted.probability_at_mean(fitted.posterior(seen, scores[100:, ::2]))[:, 1::2].mean(
        axis=1
    )
    # 100 scores of a 0/1 item leave a standard error of up to 0.05.
    assert np.abs(expected - probability[100:, 1::2].mean(axis=1)).mean() < 0.05


@pytest.mark.parametrize("value", [0.0, 1.0, 0.5])
def test_constant_scores_stay_finite(value: float) -> None:
    fitted = published_model(np.full((5, 7), value))
    probability = fitted.probability_at_mean(
        fitted.posterior(np.tile(np.arange(3), (2, 1)), np.full((2, 3), value))
    )
    assert np.isfinite(fitted.traits_Nd).all()
    assert probability == pytest.approx(np.full((2, 7), value), abs=0.2)


def test_few_models_take_fewer_factors() -> None:
    assert published_model(np.eye(4)).factor_Mk_.shape == (4, 2)
    assert published_model(np.eye(2)).factor_Mk_.shape == (2, 1)
