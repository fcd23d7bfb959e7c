import numpy as np
import pytest
import torch

from eval_predict.bis.densities import network
from eval_predict.bis.densities.flow import CouplingFlow

POINTS = np.random.default_rng(0).normal(size=(100, 3))


def test_a_fit_leaves_torchs_random_state_and_threads_as_they_were():
    state, threads = torch.get_rng_state(), torch.get_num_threads()
    CouplingFlow(epochs=1).fit(POINTS).log_prob(POINTS)
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.get_num_threads() == threads


class _Watched(CouplingFlow):
    """Keeps the mean log density of the held-out points at the end of each epoch."""

    def _log_prob(self, points, generator, final):
        found = super()._log_prob(points, generator, final)
        if not torch.is_grad_enabled():
            self.watched = [*getattr(self, "watched", []), float(found.mean())]
            self.points = points
        return found


def test_training_stops_when_the_held_out_points_get_no_likelier(monkeypatch):
    """Steps of rate zero change nothing: the first epoch is the best, and five more are waited."""
    monkeypatch.setattr(network, "_RATE", 0.0)
    density = _Watched(epochs=40).fit(POINTS)
    assert len(density.watched) == 6


def test_the_best_epoch_is_kept_and_not_the_last(monkeypatch):
    """At a rate as large as this every epoch after the first does harm."""
    monkeypatch.setattr(network, "_RATE", 0.05)
    density = _Watched(epochs=8).fit(POINTS)
    best = max(density.watched)
    assert density.watched[-1] < best
    assert density.log_prob(density.points.numpy()).mean() == pytest.approx(best, abs=1e-4)


def test_one_point_is_enough_to_fit():
    assert np.isfinite(CouplingFlow(epochs=2).fit(POINTS[:1]).log_prob(POINTS)).all()
