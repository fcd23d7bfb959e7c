import numpy as np
import pytest

from eval_predict.irt.responses import fit_irt


def _world(models, items, seed=0):
    rng = np.random.default_rng(seed)
    ability, ease = rng.normal(0, 1.5, models), rng.normal(0, 1, items)
    chance = 1 / (1 + np.exp(-(ability[:, None] + ease)))
    return ability, ease, chance, (rng.random(chance.shape) < chance).astype(float)


def test_ability_and_ease_of_a_simulated_world_are_found():
    ability, ease, _, scores = _world(120, 200)
    fitted = fit_irt(scores, dimensions=1)
    assert np.corrcoef(fitted.ability_MK[:, 0], ability)[0, 1] > 0.97
    assert np.corrcoef(fitted.ease_N, ease)[0, 1] > 0.97


def test_a_new_model_is_placed_from_half_of_its_items():
    _, _, chance, scores = _world(160, 200)
    fitted = fit_irt(scores[:100])
    seen = np.arange(0, 200, 2)
    ability = fitted.abilities(seen, scores[100:, seen])
    guessed = fitted.probability(ability)[:, 1::2].mean(axis=1)
    # 100 scores of a 0/1 item leave a standard error of up to 0.05.
    assert np.abs(guessed - chance[100:, 1::2].mean(axis=1)).mean() < 0.05


@pytest.mark.parametrize("value", [0.0, 1.0, 0.5])
def test_constant_scores_stay_finite(value):
    fitted = fit_irt(np.full((5, 7), value))
    chance = fitted.probability(fitted.abilities(np.arange(3), np.full((2, 3), value)))
    assert np.isfinite(fitted.traits_NK).all()
    assert chance == pytest.approx(np.full((2, 7), value), abs=0.2)


def test_the_order_of_models_and_items_makes_no_difference():
    *_, scores = _world(30, 40)
    rng = np.random.default_rng(2)
    models, items = rng.permutation(30), rng.permutation(40)
    plain, mixed = fit_irt(scores), fit_irt(scores[models][:, items])
    seen = np.arange(10)
    expected = plain.probability(plain.abilities(items[seen], scores[:5, items[seen]]))[:, items]
    got = mixed.probability(mixed.abilities(seen, scores[:5, items[seen]]))
    assert got == pytest.approx(expected, abs=1e-6)


def test_few_models_take_fewer_dimensions():
    assert fit_irt(np.eye(4)).ability_MK.shape == (4, 2)
    assert fit_irt(np.eye(2)).ability_MK.shape == (2, 1)
