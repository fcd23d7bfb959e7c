import os

import pytest

from iwsi.rounds.environment import keep_one_gpu


@pytest.mark.parametrize(
    ("visible", "kept"), [("2,3", "2"), ("GPU-abc,GPU-def", "GPU-abc"), ("1", "1")]
)
def test_the_first_visible_gpu_is_kept(monkeypatch, visible, kept):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    keep_one_gpu()
    assert os.environ["CUDA_VISIBLE_DEVICES"] == kept


@pytest.mark.parametrize("visible", ["", "-1"])
def test_a_machine_without_a_gpu_gets_none(monkeypatch, visible):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    keep_one_gpu()
    assert os.environ["CUDA_VISIBLE_DEVICES"] == visible


def test_a_machine_that_names_no_gpu_is_left_as_it_is(monkeypatch):
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setattr("iwsi.rounds.environment.visible_gpus", list)
    keep_one_gpu()
    assert "CUDA_VISIBLE_DEVICES" not in os.environ
