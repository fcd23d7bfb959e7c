import pytest

from eval_predict.errors import UserError
from iwsi.pool import gpus
from iwsi.pool.gpus import share_gpus, visible_gpus

LISTED = """GPU 0: NVIDIA H100 80GB HBM3 (UUID: GPU-1)
GPU 1: NVIDIA H100 80GB HBM3 (UUID: GPU-2)
  MIG 1g.10gb     Device  0: (UUID: MIG-3)
"""


QUERIED = """0, GPU-a, 70000, 81559
1, GPU-b, 30000, 81559
2, GPU-c, [N/A], [N/A]
"""


def _driver(folder, monkeypatch, answer):
    """A driver's command that answers so whatever it is asked."""
    command = folder / "nvidia-smi"
    command.write_text(f"#!/bin/sh\ncat <<END\n{answer}END\n")
    command.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=":")


def test_memory_is_that_of_the_visible_gpus_by_number_or_name(monkeypatch, tmp_path):
    _driver(tmp_path, monkeypatch, QUERIED)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1,GPU-a")
    assert gpus.gpu_memory() == [(30000 * 2**20, 81559 * 2**20), (70000 * 2**20, 81559 * 2**20)]


@pytest.mark.parametrize("visible", ["2", "7", ""])
def test_memory_that_the_driver_does_not_give_is_none(monkeypatch, tmp_path, visible):
    _driver(tmp_path, monkeypatch, QUERIED)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    assert gpus.gpu_memory() == []


def test_a_model_takes_as_many_gpus_as_hold_its_weights(monkeypatch):
    monkeypatch.setattr(gpus, "gpu_memory", lambda: [(80, 100)] * 4)
    # 80 of 100 bytes are for weights.
    assert [gpus.gpus_for(size) for size in (1, 80, 81, 240, 999)] == [1, 1, 2, 3, 4]
    assert gpus.gpus_for(None) == 1
    monkeypatch.setattr(gpus, "gpu_memory", list)
    assert gpus.gpus_for(999) == 1


def test_gpus_are_those_that_the_environment_leaves(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3, GPU-5")
    assert visible_gpus() == ["3", "GPU-5"]
    for none in ("", "-1"):
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", none)
        assert visible_gpus() == []


def test_gpus_are_else_those_that_the_driver_lists(monkeypatch, tmp_path):
    driver = tmp_path / "nvidia-smi"
    driver.write_text(f"#!/bin/sh\ncat <<END\n{LISTED}END\n")
    driver.chmod(0o755)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert visible_gpus() == ["0", "1"]


def test_every_gpu_gets_a_process_and_no_two_share_one(monkeypatch):
    monkeypatch.setattr(gpus, "visible_gpus", lambda: list("01234"))
    assert share_gpus(None, 1, "sample") == [["0"], ["1"], ["2"], ["3"], ["4"]]
    assert share_gpus(None, 2, "sample") == [["0", "1"], ["2", "3"]]
    assert share_gpus(1, 3, "sample") == [["0", "1", "2"]]


def test_without_gpus_there_is_one_process_or_as_many_as_are_asked_for(monkeypatch):
    monkeypatch.setattr(gpus, "visible_gpus", list)
    assert share_gpus(None, 4, "sample") == [[]]
    assert share_gpus(3, 1, "sample") == [[], [], []]


@pytest.mark.parametrize(("processes", "gpus_per_process"), [(3, 1), (2, 2), (None, 3)])
def test_more_gpus_than_there_are_is_refused(monkeypatch, processes, gpus_per_process):
    monkeypatch.setattr(gpus, "visible_gpus", lambda: ["0", "1"])
    with pytest.raises(UserError, match=r"sample.processes: .* expected at most the 2"):
        share_gpus(processes, gpus_per_process, "sample")
