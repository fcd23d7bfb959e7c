"""Every shape is read right, or refused with the right words; no command fails on any."""

import gzip
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from log_shapes import SHAPES, Shape, eval_archive, helm, inspect_log, inspect_sample, trial, write
from typer.testing import CliRunner

import eval_predict.cli
from eval_predict import UserError
from eval_predict.data.readers import ReadOptions, read
from eval_predict.data.readers.registry import readers

READ = [shape for shape in SHAPES if not shape.says]
REFUSED = [shape for shape in SHAPES if shape.says]


@pytest.mark.parametrize("shape", READ, ids=lambda shape: shape.name)
def test_a_shape_is_read(tmp_path: Path, shape: Shape) -> None:
    reading = read(write(tmp_path, shape))
    means = dict(zip(reading.models, reading.matrix.mean_M, strict=True))
    assert means == pytest.approx(shape.means)
    assert len(reading.items) == shape.items
    assert shape.metric in ("", reading.metric)


@pytest.mark.parametrize("shape", REFUSED, ids=lambda shape: shape.name)
def test_a_shape_without_scores_is_refused_by_name(tmp_path: Path, shape: Shape) -> None:
    with pytest.raises(UserError) as caught:
        read(write(tmp_path, shape))
    line = str(caught.value)
    assert shape.says in line
    assert "\n" not in line


def test_every_reader_has_a_shape(tmp_path: Path) -> None:
    seen = {read(write(tmp_path / str(n), shape)).format for n, shape in enumerate(READ)}
    refusing = {"a file without scores of items"}
    assert {reader.NAME for reader in readers()} - refusing <= seen


def test_a_name_tells_nothing(tmp_path: Path) -> None:
    for number, shape in enumerate(READ):
        if shape.name.endswith((".csv", ".tsv", ".parquet")):
            continue
        file = write(tmp_path / str(number), shape)
        other = file.rename(file.with_name("x.dat"))
        assert len(read(other).items) == shape.items


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le"])
def test_marks_and_wide_encodings_are_read(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "s.csv").write_text("question,model ü,b\nq1,1,0\n", encoding=encoding)
    assert read(tmp_path / "s.csv").models == ("model ü", "b")
    text = json.dumps([{"subject_id": "a", "responses": {"q": 1}}])
    (tmp_path / "s.json").write_text(text, encoding=encoding)
    assert read(tmp_path / "s.json").models == ("a",)


def test_gzip_is_unpacked_and_a_bomb_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "s.csv.gz"
    file.write_bytes(gzip.compress(b"question,a\nq1,1\n"))
    assert read(file).models == ("a",)
    file.write_bytes(gzip.compress(b"question,a\nq1,1\n")[:-9])
    with pytest.raises(UserError, match="expected a whole gzip file"):
        read(file)
    monkeypatch.setattr("eval_predict.data.readers.content.MAX_BYTES", 100)
    file.write_bytes(gzip.compress(b"question,a\n" + b"q1,1\n" * 99))
    with pytest.raises(UserError, match="more than 1 GiB unpacked"):
        read(file)


def test_a_zip_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "run.eval"
    eval_archive(inspect_log([inspect_sample(1, match="C")]))(file)
    monkeypatch.setattr("eval_predict.data.readers.inspect_ai.MAX_BYTES", 50)
    with pytest.raises(UserError, match="more than 1 GiB unpacked"):
        read(file)


def test_a_log_that_was_cut_off_is_read_by_its_journal(tmp_path: Path) -> None:
    file = tmp_path / "run.eval"
    eval_archive(inspect_log([inspect_sample(1, match="C")]))(file)
    with zipfile.ZipFile(file) as whole, zipfile.ZipFile(tmp_path / "cut.eval", "w") as cut:
        for name in whole.namelist():
            if name != "header.json":
                cut.writestr(name, whole.read(name))
    reading = read(tmp_path / "cut.eval")
    assert (reading.models, reading.notes) == (
        ("org/m",),
        ("cut.eval: the run did not finish (status started)",),
    )


def test_a_log_that_is_packed_with_zstandard_is_read(tmp_path: Path) -> None:
    log = inspect_log([inspect_sample(1, match="C"), inspect_sample(2, match="I")])
    members = {"header.json": {key: value for key, value in log.items() if key != "samples"}}
    members |= {f"samples/{n}_epoch_1.json": log["samples"][n - 1] for n in (1, 2)}
    file = tmp_path / "run.eval"
    with zipfile.ZipFile(file, "w") as archive:
        for name, value in members.items():
            text = json.dumps(value).encode()
            archive.writestr(name, pa.compress(text, codec="zstd", asbytes=True))
            # What the directory of the zip says of the member: zipfile itself cannot pack so.
            archive.infolist()[-1].compress_type = 93
            archive.infolist()[-1].file_size = len(text)
    assert read(file).matrix.mean_M.tolist() == [0.5]


def test_a_large_log_is_read_by_its_summaries(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = inspect_log([inspect_sample(n, match="C") for n in range(3)])
    file = tmp_path / "run.eval"
    eval_archive(log)(file)
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr("summaries.json", json.dumps(log["samples"][:2]))
    monkeypatch.setattr("eval_predict.data.readers.inspect_ai._DIRECT", 10)
    assert len(read(file).items) == 2


def test_a_folder_is_one_reading_and_its_other_files_are_named(tmp_path: Path) -> None:
    for task, reward in (("a", 1.0), ("b", 0.0), ("c", None)):
        write(tmp_path, Shape(f"job/{task}/result.json", trial(task, reward)))
    write(tmp_path, Shape("job/result.json", {"n_total_trials": 3}))
    write(tmp_path, Shape("job/notes.json", {"what": "else"}))
    write(tmp_path, Shape("job/export.csv", "model,item,score\nm,a,1\n"))
    reading = read(tmp_path)
    assert reading.items == ("a", "b", "c")
    np.testing.assert_allclose(reading.matrix.dense_MN(), [[1, 0, 0]])
    assert any("a JSON object with what" in note for note in reading.notes)
    assert "1 file holds no scores of items: passed over" in reading.notes
    assert "tables beside the logs were passed over: 1" in reading.notes


def test_an_only_reward_counts_whatever_its_name_beside_a_trial_without_one(tmp_path: Path) -> None:
    named = {**trial("a", 0), "verifier_result": {"rewards": {"accuracy": 0.75}}}
    for task, record in (("a", named), ("b", trial("b", None)), ("c", trial("c", 1.0))):
        write(tmp_path, Shape(f"job/{task}/result.json", record))
    reading = read(tmp_path)
    assert reading.metric == "reward"
    np.testing.assert_allclose(reading.matrix.dense_MN(), [[0.75, 0, 1]])


def test_each_task_takes_the_metric_that_its_kind_prefers(tmp_path: Path) -> None:
    for name, method, scores in (
        ("mmlu", "multiple_choice_joint", {"exact_match": 1.0, "f1_score": 0.0}),
        ("narrative_qa", "generation", {"exact_match": 0.0, "f1_score": 0.5}),
    ):
        spec = {
            "name": f"{name}:model=m",
            "scenario_spec": {},
            "adapter_spec": {"method": method, "model": "m"},
        }
        write(tmp_path, Shape(f"{name}/per_instance_stats.json", [helm("id1", "test", **scores)]))
        write(tmp_path, Shape(f"{name}/run_spec.json", spec))
    reading = read(tmp_path)
    assert reading.metric == "exact_match (mmlu), f1_score (narrative_qa)"
    assert reading.matrix.dense_MN().tolist() == [[1, 0.5]]


def test_a_trial_that_is_in_two_files_counts_once(tmp_path: Path) -> None:
    trials = [
        {"task_id": task, "trial_name": f"{task}.{n}", "is_resolved": task == "a"}
        for task in "ab"
        for n in (1, 2)
    ]
    write(tmp_path, Shape("run/results.json", {"results": trials}))
    write(tmp_path, Shape("run/run_metadata.json", {"model_name": "org/m"}))
    for result in trials:
        folder = f"run/{result['task_id']}/{result['trial_name']}"
        write(tmp_path, Shape(f"{folder}/results.json", result))
    reading = read(tmp_path)
    assert (reading.models, reading.items) == (("org/m",), ("a", "b"))
    assert reading.repeats is not None
    assert reading.repeats.count_MN.tolist() == [[2, 2]]
    assert "4 trials are in two files: read once" in reading.notes


def test_a_summary_beside_the_whole_results_is_not_read_again(tmp_path: Path) -> None:
    for shape in SHAPES:
        if shape.name.startswith("O1/"):
            write(tmp_path, shape)
    assert read(tmp_path).items == ("a", "b")


def test_one_model_in_two_agents_is_told_apart(tmp_path: Path) -> None:
    for agent in "xy":
        record = trial("t", float(agent == "x"))
        record["agent_info"] = {**record["agent_info"], "name": agent}
        write(tmp_path, Shape(f"{agent}/result.json", record))
    assert read(tmp_path).models == ("org/m (agent=x)", "org/m (agent=y)")


def test_files_of_two_tools_are_not_mixed(tmp_path: Path) -> None:
    write(tmp_path, Shape("a/result.json", trial("a", 1.0)))
    write(tmp_path, Shape("run.json", inspect_log([inspect_sample(1, match="C")])))
    with pytest.raises(UserError, match=r"files of 2 tools: .*; expected results of one tool"):
        read(tmp_path)


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


def test_an_epoch_a_judge_and_a_model_can_be_chosen(tmp_path: Path) -> None:
    samples = [inspect_sample("a", 1, match="C"), inspect_sample("a", 2, match="I")]
    file = write(tmp_path, Shape("run.json", inspect_log(samples)))
    assert read(file, ReadOptions(epoch="2")).matrix.mean_M.tolist() == [0]
    with pytest.raises(UserError, match='epoch: "3"; expected one of 1, 2'):
        read(file, ReadOptions(epoch="3"))
    rows = [
        {"instruction": "i", "generator_2": "m", "annotator": judge, "preference": preference}
        for judge, preference in (("x", 1), ("y", 2))
    ]
    file = write(tmp_path, Shape("annotations.json", rows))
    assert read(file).matrix.mean_M.tolist() == [0]
    assert "judge x (also there: y; choose with --judge)" in read(file).choices
    assert read(file, ReadOptions(judge="y")).matrix.mean_M.tolist() == [1]
    nameless = write(tmp_path, READ[[shape.name for shape in READ].index("old_eval_results.json")])
    assert "give it with --model" in read(nameless).notes[0]
    assert read(nameless, ReadOptions(model="org/x")).models == ("org/x",)
    (nameless.parent / "other_eval_results.json").write_text(nameless.read_text())
    assert read([nameless, nameless.with_name("other_eval_results.json")]).models == (
        "old",
        "other",
    )
    with pytest.raises(UserError, match="which share items"):
        read([nameless, nameless.with_name("other_eval_results.json")], ReadOptions(model="org/x"))


def test_thousands_of_columns_are_a_matrix_and_not_an_error_line(tmp_path: Path) -> None:
    names = [f"item {number}" for number in range(5000)]
    text = "\n".join([",".join(["model", *names]), *(",".join([m, *"10" * 2500]) for m in "ab")])
    file = write(tmp_path, Shape("wide.csv", text))
    assert read(file).matrix.shape == (2, 5000)
    file = write(tmp_path, Shape("text.csv", ",".join(names) + "\n" + ",".join(["x y"] * 5000)))
    with pytest.raises(UserError) as caught:
        read(file)
    assert len(str(caught.value)) < 1000


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.json", [{"session_id": "s", "winner": "m", "extent": 1}, {"winner": "m"}]),
        ("b.json", inspect_log([inspect_sample(1, match="C")], results={"scores": 3})),
        ("c.json", {"eval": {"t": {"base": [["success", []]], "plus": 1.5}}}),
        ("d.jsonl", [{"question_id": 1, "model_1": "a", "model_2": "b", "judge": "j"}, {}]),
        ("e.json", {"config_general": {}, "results": 1.5}),
    ],
)
def test_a_field_of_another_type_is_an_error_of_the_file(
    tmp_path: Path, name: str, content: Any
) -> None:
    with pytest.raises(UserError) as caught:
        read(write(tmp_path, Shape(name, content)))
    assert "writes it (" in str(caught.value)


def test_no_file_brings_an_internal_error_to_a_command(tmp_path: Path) -> None:
    runner = CliRunner()
    history = tmp_path / "history.csv"
    rows = [f"m{m},q{n},{(m + n) % 2}" for m in range(6) for n in range(12)]
    history.write_text("\n".join(["model,item,score", *rows]))
    for number, shape in enumerate(SHAPES):
        file = str(write(tmp_path / str(number), shape))
        for arguments in (
            ["summary", file, "--json"],
            ["compare", file, "--model", "m", "--baseline", "n"],
            ["predict", str(history), "--observed", file, "--method", "random_sampling"],
            ["predict", file, "--observed", str(history)],
            ["select", file, "--budget", "1", "--design", "random_sampling"],
            ["next", str(history), "--observed", file],
        ):
            result = runner.invoke(eval_predict.cli.app, arguments)
            assert result.exit_code in (0, 2), (shape.name, arguments, result.output)
            assert "internal error" not in result.output
