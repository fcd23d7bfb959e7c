"""Several processes on one machine without a GPU, against one process."""

import json
import os
import signal
import socket
import subprocess
import sys

import psutil
import pytest
from safetensors.torch import load_file
from training import metrics, recipe, train, train_until

from eval_predict.errors import UserError
from iwsi.train.launch import check_processes, this_node

TWO = ["train.num_processes=2", "train.micro_batch_size=2"]


def _assert_same(ours, theirs):
    """Each weight alike within a hundredth of what the largest moved."""
    ours, theirs = (load_file(folder / "adapter_model.safetensors") for folder in (ours, theirs))
    assert ours.keys() == theirs.keys()
    largest = max(t.abs().max().item() for name, t in theirs.items() if "lora_B" in name)
    assert largest > 1e-3
    for name in theirs:
        assert ours[name].shape == theirs[name].shape
        assert (ours[name] - theirs[name]).abs().max() < 0.01 * largest


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """What one process trains, with the loss of unlike weights."""
    adapter = tmp_path_factory.mktemp("one") / "adapter"
    train(adapter)
    return adapter


@pytest.mark.parametrize("distributed", ["ddp", "zero2", "zero3"])
def test_two_processes_train_what_one_does(alone, tmp_path, distributed):
    if distributed != "ddp":
        pytest.importorskip("deepspeed")
    adapter = tmp_path / "adapter"
    steps = train(adapter, f"train.distributed={distributed}", *TWO)
    assert steps[-1] == (6, 6)
    _assert_same(adapter, alone)
    ours, theirs = metrics(adapter)[-1], metrics(alone)[-1]
    assert ours["train_loss"] == pytest.approx(theirs["train_loss"], rel=1e-5)
    kept = {path.name for path in (tmp_path / "launch").iterdir()}
    deepspeed = set() if distributed == "ddp" else {"deepspeed.json"}
    assert kept == {"accelerate.yaml", "job.json"} | deepspeed
    assert {path.name for path in tmp_path.iterdir()} == {"adapter", "launch"}
    if deepspeed:
        config = json.loads((tmp_path / "launch" / "deepspeed.json").read_text())
        assert config["train_batch_size"] == 8
        assert config["zero_optimization"]["stage"] == int(distributed[-1])


def test_killed_processes_leave_no_orphan_and_go_on_from_their_checkpoint(alone, tmp_path):
    pytest.importorskip("deepspeed")
    extra = ["train.distributed=zero3", "train.save_steps=2", *TWO]
    adapter = tmp_path / "adapter"
    process = train_until(2, extra, adapter)
    children = psutil.Process(process.pid).children(recursive=True)
    assert sum("iwsi.train.process" in child.cmdline() for child in children) == 3  # the launcher's
    process.send_signal(signal.SIGKILL)
    process.wait()
    _, alive = psutil.wait_procs(children, timeout=60)
    assert not alive
    assert not adapter.exists()
    steps = train(adapter, *extra)
    assert 2 < steps[0][0] <= steps[-1][0] == 6
    _assert_same(adapter, alone)
    assert metrics(adapter)[-1]["train_loss"] == pytest.approx(
        metrics(alone)[-1]["train_loss"], rel=1e-5
    )
    assert {path.name for path in tmp_path.iterdir()} == {"adapter", "launch"}


def test_two_machines_train_what_one_does(alone, tmp_path, monkeypatch):
    """Both of them this one; the second joins by the run directory that they share."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    where = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "NODE_RANK": "1"}
    second = subprocess.Popen(
        [sys.executable, "-m", "iwsi.train.join", str(tmp_path)], env=os.environ | where
    )
    for name, value in (where | {"NODE_RANK": "0"}).items():
        monkeypatch.setenv(name, value)
    adapter = tmp_path / "round-1" / "adapter"
    try:
        steps = train(adapter, "train.distributed=ddp", "train.num_nodes=2", *TWO)
    finally:
        children = psutil.Process(second.pid).children(recursive=True)
        second.kill()
        second.wait()
    assert steps[-1] == (6, 6)
    _assert_same(adapter, alone)
    _, alive = psutil.wait_procs(children, timeout=60)
    assert not alive


def test_an_error_of_the_users_comes_back_and_no_process_stays(tmp_path):
    before = set(psutil.Process().children(recursive=True))
    with pytest.raises(UserError, match=r"train.max_length: 8, and all 21 samples are longer"):
        train(tmp_path / "adapter", "train.distributed=ddp", "train.max_length=8", *TWO)
    ours = set(psutil.Process().children(recursive=True)) - before
    _, alive = psutil.wait_procs(list(ours), timeout=60)
    assert not alive


def test_more_processes_than_gpus_are_refused(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "2")
    with pytest.raises(UserError, match=r"num_processes: 2 processes on a machine with 1 GPU; "):
        check_processes(recipe("train.distributed=ddp", "train.num_processes=2").train)
    check_processes(recipe("train.distributed=ddp").train)
    check_processes(recipe().train)


def test_several_machines_find_each_other_by_the_environment(monkeypatch):
    two = recipe("train.distributed=ddp", "train.num_processes=2", "train.num_nodes=2").train
    for name in ("MASTER_ADDR", "MASTER_PORT", "NODE_RANK"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(UserError, match="MASTER_ADDR, MASTER_PORT, NODE_RANK: '', '', ''"):
        check_processes(two)
    monkeypatch.setenv("MASTER_ADDR", "node-0")
    monkeypatch.setenv("MASTER_PORT", "29501")
    monkeypatch.setenv("NODE_RANK", "1")
    assert this_node(two) == (1, "node-0", 29501)
    monkeypatch.setenv("NODE_RANK", "2")
    with pytest.raises(UserError, match="0 to 1"):
        this_node(two)
