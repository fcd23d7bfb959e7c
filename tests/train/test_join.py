import json
from types import SimpleNamespace

from training import recipe

from iwsi.train import join
from iwsi.train.launch import FOLDER, JOB, SAMPLES


def _write_job(root, number):
    folder = root / f"round-{number}" / FOLDER
    folder.mkdir(parents=True)
    (folder / JOB).write_text(json.dumps({"recipe": recipe().model_dump(mode="json")}))
    return folder


def test_each_training_is_joined_once_when_its_samples_are_there(tmp_path, monkeypatch):
    first = _write_job(tmp_path, 1)
    waited = []

    def sleep(seconds):
        waited.append(seconds)
        if len(waited) == 1:
            (first / SAMPLES).touch()
        if len(waited) == 2:
            (_write_job(tmp_path, 2) / SAMPLES).touch()

    monkeypatch.setattr(join.time, "sleep", sleep)
    jobs = join._jobs(tmp_path)
    assert next(jobs) == first
    assert len(waited) == 1  # not before the samples were written
    assert next(jobs).parent.name == "round-2"


def test_the_launchers_status_is_the_answer_and_its_lines_go_to_stderr(
    tmp_path, monkeypatch, capsys
):
    folder = _write_job(tmp_path, 1)
    started = []

    def start(train, where):
        started.append((train.num_processes, where))
        return SimpleNamespace(stdout=["a line\n"], wait=lambda: 3)

    monkeypatch.setattr(join, "start", start)
    assert join.join(folder) == 3
    assert started == [(1, folder)]
    assert capsys.readouterr().err == "a line\n"


def test_a_machine_that_does_not_know_its_place_ends_with_2(tmp_path, monkeypatch, capsys):
    (_write_job(tmp_path, 1) / SAMPLES).touch()
    for name in ("MASTER_ADDR", "MASTER_PORT", "NODE_RANK"):
        monkeypatch.delenv(name, raising=False)
    file = tmp_path / "round-1" / FOLDER / JOB
    two = recipe("train.distributed=ddp", "train.num_processes=2", "train.num_nodes=2")
    file.write_text(json.dumps({"recipe": two.model_dump(mode="json")}))
    monkeypatch.setattr("sys.argv", ["join", str(tmp_path)])
    assert join.main() == 2
    assert "MASTER_ADDR" in capsys.readouterr().err
