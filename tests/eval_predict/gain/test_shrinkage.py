import pytest

from eval_predict.gain.shrinkage import shrunken


def _mean(distance: float, distance_variance: float) -> float:
    mixture = shrunken(
        0.5,
        distance,
        modelled_variance=0.01**2,
        distance_variance=distance_variance,
        robust_variance=distance_variance + 0.01**2,
        scale=0.25,
        effective_size=50,
    )
    return float(mixture.mean_T[0])


def test_a_model_within_the_noise_is_believed() -> None:
    assert _mean(0.02, 0.04**2) == pytest.approx(0.5, abs=0.006)


def test_a_model_that_is_clearly_off_is_not() -> None:
    assert _mean(-0.2, 0.02**2) == pytest.approx(0.3, abs=0.01)


def test_the_estimate_lies_between_both() -> None:
    for distance in (0.01, 0.05, 0.1):
        assert 0.5 < _mean(distance, 0.03**2) < 0.5 + distance


def test_a_small_sample_widens_what_the_design_adds() -> None:
    wide, narrow = (
        shrunken(
            0.5,
            0.1,
            modelled_variance=0.01**2,
            distance_variance=0.02**2,
            robust_variance=0.03**2,
            scale=0.25,
            effective_size=size,
        ).variance_T[0]
        for size in (9, 500)
    )
    assert wide > narrow


def test_no_part_is_much_surer_than_the_draws() -> None:
    mixture = shrunken(
        0.5,
        0.0,
        modelled_variance=1e-6,
        distance_variance=0.03**2,
        robust_variance=0.03**2,
        scale=0.25,
        effective_size=50,
    )
    assert mixture.variance_TK.min() == pytest.approx(0.8 * 0.03**2)
