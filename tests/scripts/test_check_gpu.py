import shutil

import check_gpu
import pytest
import torch


@pytest.fixture
def machine(monkeypatch):
    """A machine with a CUDA build of PyTorch, a GPU that it sees, and a compiler."""
    monkeypatch.setattr(torch.version, "cuda", "13.0")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    return monkeypatch


def test_all_is_well(machine):
    assert check_gpu.problem() is None


def test_a_cpu_build_is_named(machine):
    machine.setattr(torch.version, "cuda", None)
    assert "is a CPU build; remove .venv" in check_gpu.problem()


def test_a_driver_that_is_too_old_is_named_with_its_version(machine):
    machine.setattr(torch.cuda, "is_available", lambda: False)
    machine.setattr(check_gpu, "_driver", lambda: "550.54")
    found = check_gpu.problem()
    assert "the driver is 550.54. Install a driver for CUDA 13.0 or newer" in found


def test_a_missing_compiler_is_named_before_triton_needs_it(machine):
    machine.setattr(shutil, "which", lambda name: None)
    assert "no C compiler" in check_gpu.problem()
