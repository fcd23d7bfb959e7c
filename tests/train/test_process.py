import json

import pytest
from training import SAMPLES as TABLE
from training import recipe

from iwsi.files import write_table
from iwsi.train import process, sft
from iwsi.train.counts import SampleCounts
from iwsi.train.launch import JOB, SAMPLES


class _Parent:
    """Keeps the messages that the launcher's parent would get."""

    def __init__(self):
        self.sent = []

    def send(self, event, **values):
        self.sent.append((event, values))

    def progress(self, done, total):
        self.send("progress", done=done, total=total)


@pytest.mark.parametrize(("rank", "reports"), [("0", True), ("1", False)])
def test_the_job_is_trained_and_the_first_process_alone_reports(
    tmp_path, monkeypatch, rank, reports
):
    trained = recipe("train.epochs=3")
    job = {"recipe": trained.model_dump(mode="json"), "adapter": str(tmp_path / "a"), "seed": 5}
    (tmp_path / JOB).write_text(json.dumps(job | {"previous": None}))
    write_table(tmp_path / SAMPLES, TABLE)
    calls = []

    def train(settings, samples, adapter, progress, started, *, previous, seed):
        calls.append((settings.train.epochs, samples.num_rows, adapter, previous, seed))
        started()
        progress(1, 2)
        return SampleCounts(20, 1)

    monkeypatch.setattr(sft, "train_in_process", train)
    monkeypatch.setenv("RANK", rank)
    parent = _Parent()
    process._train(tmp_path, parent)
    assert calls == [(3, 21, tmp_path / "a", None, 5)]
    done = ("done", {"counts": {"trained": 20, "too_long": 1}})
    expected = [("started", {}), ("progress", {"done": 1, "total": 2}), done]
    assert parent.sent == (expected if reports else [])
