from pathlib import Path

import pytest
from log_shapes import Shape, evalplus, write
from log_shapes.harbor import trial
from log_shapes.inspect_ai import eval_archive, inspect_log, inspect_sample

from eval_predict import UserError
from eval_predict.data.readers import ReadOptions, read


def test_one_model_in_two_agents_is_distinguished(tmp_path: Path) -> None:
    for agent in "xy":
        record = trial("t", float(agent == "x"))
        record["agent_info"] = {**record["agent_info"], "name": agent}
        write(tmp_path, Shape(f"{agent}/result.json", record))
    assert read(tmp_path).models == ("org/m (agent=x)", "org/m (agent=y)")


def test_two_logs_of_one_run_are_read_once(tmp_path: Path) -> None:
    log = inspect_log([inspect_sample(1, match="C")])
    write(tmp_path, Shape("run.json", log))
    write(tmp_path, Shape("run.eval", eval_archive(log)))
    reading = read(tmp_path)
    assert reading.repeats is None
    assert reading.notes == ("run.json is the same run as run.eval: read once",)


def test_of_two_runs_of_a_model_the_later_counts(tmp_path: Path) -> None:
    for day, value in ((1, "C"), (2, "I")):
        log = inspect_log([inspect_sample(1, match=value)])
        log["eval"] = {**log["eval"], "eval_id": f"e{day}", "created": f"2026-02-0{day}T00:00:00"}
        write(tmp_path, Shape(f"{day}.json", log))
    reading = read(tmp_path)
    assert reading.matrix.mean_M.tolist() == [0]
    [note] = reading.notes
    assert note.startswith("2 runs of org/m on arith: the latest counts (2026-02-02T00:00:00; ")


def test_runs_with_other_settings_are_other_models(tmp_path: Path) -> None:
    for day in (1, 2):
        log = inspect_log([inspect_sample(1, match="C")])
        more = {"eval_id": f"e{day}", "model_generate_config": {"temperature": day}}
        log["eval"] = {**log["eval"], **more}
        write(tmp_path, Shape(f"{day}.json", log))
    assert read(tmp_path).models == ("org/m (temperature=1)", "org/m (temperature=2)")


def test_a_file_without_a_model_takes_the_name_that_is_given_or_its_own(tmp_path: Path) -> None:
    [old] = (shape for shape in evalplus.SHAPES if shape.name.startswith("old"))
    nameless = write(tmp_path, old)
    assert "give it with --model" in read(nameless).notes[0]
    assert read(nameless, ReadOptions(model="org/x")).models == ("org/x",)
    (nameless.parent / "other_eval_results.json").write_text(nameless.read_text())
    assert read([nameless, nameless.with_name("other_eval_results.json")]).models == (
        "old",
        "other",
    )
    with pytest.raises(UserError, match="which share items"):
        read([nameless, nameless.with_name("other_eval_results.json")], ReadOptions(model="org/x"))
