"""The notebooks of docs/examples run from top to bottom, in a kernel of their own."""

import nbformat
import pytest
from conftest import ROOT
from nbclient import NotebookClient

FOLDER = ROOT / "docs" / "examples"


def run_notebook(name, folder):
    """The outputs of a notebook's cells as text, after all of them have run in `folder`."""
    notebook = nbformat.read(FOLDER / name, as_version=4)
    nbformat.validate(notebook)
    kept = [cell for cell in notebook.cells if cell.get("outputs") or cell.get("execution_count")]
    assert kept == []  # outputs are not committed
    resources = {"metadata": {"path": str(folder)}}
    NotebookClient(notebook, timeout=1800, kernel_name="python3", resources=resources).execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    return [output.get("text") or output["data"] for output in outputs]


@pytest.fixture(autouse=True)
def _on_the_path(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))


def test_a_score_is_predicted_from_a_table(tmp_path):
    outputs = run_notebook("predict.ipynb", tmp_path)
    assert any("the interval holds the truth: True" in output for output in map(str, outputs))
    table = next(output for output in outputs if "RandomSampling" in str(output))
    assert "Auto" in table["text/plain"]


@pytest.mark.slow  # it samples, trains and tests
def test_a_run_on_the_small_model_shows_tables_and_a_plot(tmp_path):
    outputs = run_notebook("run.ipynb", tmp_path)
    assert any("image/svg+xml" in output for output in outputs if isinstance(output, dict))
    assert (tmp_path / "runs" / "notebook" / "round-1" / "adapter").is_dir()
    assert any("accuracy" in str(output) for output in outputs)
