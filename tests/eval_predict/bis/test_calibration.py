"""The unexplained shift: none where nothing differs, more the further source and target are."""

import numpy as np
import pytest

from eval_predict.bis.calibration import shift_share
from eval_predict.bis.combine import METHODS


@pytest.mark.parametrize("method", METHODS)
def test_shift_grows_from_nothing(method):
    shares = [shift_share(method, area) for area in np.linspace(0.5, 1, 6)]
    assert shares[0] == 0
    assert (np.diff(shares) > 0).all()
    assert shift_share(method, 0.3) == 0
