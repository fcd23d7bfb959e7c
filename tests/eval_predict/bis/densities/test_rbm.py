import itertools

import numpy as np
import pytest

from eval_predict.bis.densities.rbm import BoltzmannMachine


def test_the_density_sums_over_all_states_of_the_hidden_units():
    """Against the sum itself: log of all exp(−½‖v − b‖² + c·h + v·W h), two hidden units."""
    machine = BoltzmannMachine()
    machine.weight_DH_ = np.array([[0.5, -1.0], [2.0, 0.0], [0.0, 1.0]])
    machine.visible_D_ = np.array([0.5, 0.0, -1.0])
    machine.hidden_H_ = np.array([0.1, -0.2])
    point_D = np.array([1.0, -0.5, 2.0])
    drive_H = machine.hidden_H_ + point_D @ machine.weight_DH_
    states = [np.dot(state, drive_H) for state in itertools.product((0, 1), repeat=2)]
    distance = np.square(point_D - machine.visible_D_).sum()
    expected = np.log(np.exp(states).sum()) - distance / 2
    assert machine.log_prob(point_D[None]) == pytest.approx([expected])
