"""A training that is killed and goes on, for real."""

import json
import signal

import pytest
from training import SAMPLES, metrics, recipe, train, train_until

from iwsi.files import file_digest
from iwsi.train.checkpoints import MARK, Checkpoints

EXTRA = ["train.epochs=6", "train.lora.dropout=0.1", "train.save_steps=4"]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    adapter = tmp_path_factory.mktemp("whole") / "adapter"
    steps = train(adapter, *EXTRA)
    assert steps[-1] == (18, 18)
    return adapter


def test_a_killed_training_goes_on_to_the_same_curve_and_adapter(undisturbed, tmp_path):
    adapter = tmp_path / "adapter"
    process = train_until(8, EXTRA, adapter)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not adapter.exists()
    steps = train(adapter, *EXTRA)
    assert 8 < steps[0][0] <= steps[-1][0] == 18  # in the middle of an epoch of three steps
    assert metrics(adapter) == metrics(undisturbed)
    name = "adapter_model.safetensors"
    assert (adapter / name).read_bytes() == (undisturbed / name).read_bytes()
    assert [path.name for path in tmp_path.iterdir()] == ["adapter"]


def test_checkpoints_change_nothing_but_what_is_logged(undisturbed, tmp_path):
    train(tmp_path / "adapter", *EXTRA[:-1])
    name = "adapter_model.safetensors"
    assert (tmp_path / "adapter" / name).read_bytes() == (undisturbed / name).read_bytes()
    ours, theirs = metrics(tmp_path / "adapter")[-1], metrics(undisturbed)[-1]
    assert ours["train_loss"] == pytest.approx(theirs["train_loss"], rel=1e-6)


def test_only_a_whole_checkpoint_of_the_same_training_is_gone_on_from(tmp_path):
    checkpoints = Checkpoints(recipe(), SAMPLES, None, 0, tmp_path)
    assert checkpoints.last() is None
    older, newer = (tmp_path / f"checkpoint-{step}" for step in (9, 10))
    for folder in (older, newer):
        folder.mkdir()
        (folder / "optimizer.pt").write_text("weights")
        files = {"optimizer.pt": file_digest(folder / "optimizer.pt")}
        (folder / MARK).write_text(json.dumps({"of": checkpoints._of, "files": files}))
    assert checkpoints.last() == str(newer)
    (newer / "optimizer.pt").write_text("other weights")
    assert checkpoints.last() == str(older)
    (newer / MARK).unlink()  # it was killed before it was whole
    assert checkpoints.last() == str(older)
    for other in (
        Checkpoints(recipe("train.learning_rate=1e-5"), SAMPLES, None, 0, tmp_path),
        Checkpoints(recipe(), SAMPLES.slice(1), None, 0, tmp_path),
        Checkpoints(recipe(), SAMPLES, None, 1, tmp_path),
    ):
        assert other.last() is None
