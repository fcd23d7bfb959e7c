import pytest
from pydantic import ValidationError

from iwsi.recipe import Forecast, Gate


@pytest.mark.parametrize(("least", "words"), [(1.0, "can never be"), (-1.0, "is always exceeded")])
def test_a_gain_that_decides_nothing_is_refused(least, words):
    """A gain in accuracy lies between −1 and 1."""
    with pytest.raises(ValidationError, match=words):
        Gate(min_gain=least)
    assert Gate(min_gain=-0.99).min_gain == -0.99


@pytest.mark.parametrize(
    "keys", [{"budget": 0}, {"level": 0.5}, {"level": 1}, {"max_halfwidth": 1}]
)
def test_values_at_which_a_forecast_means_nothing_are_refused(keys):
    with pytest.raises(ValidationError):
        Forecast(**keys)
