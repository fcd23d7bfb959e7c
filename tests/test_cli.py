"""The command line as a person meets it: what it prints, and how it ends."""

import json

import pyarrow.parquet as pq
import pytest
import yaml
from conftest import MODEL, ROOT, assert_fault, write_jsonl
from typer.testing import CliRunner

from iwsi.cli import app, main

RECIPE = str(ROOT / "recipes" / "tiny_arith.yaml")


def _iwsi(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_validate_shows_a_prompt_the_rows_and_a_cost_without_loading_the_model():
    shown = _iwsi("validate", RECIPE)
    assert shown.exit_code == 0, shown.output
    for part in ("Question: ", "Answer:", "train 300", "validation 100", "the recipe is valid"):
        assert part in shown.stdout


def test_validate_tells_a_script_the_same():
    report = json.loads(_iwsi("validate", RECIPE, "--json", "task.train.size=40").stdout)
    assert report["rows"] == {"train": 40, "validation": 100, "test": 500}
    assert report["sampled_tokens"] == 40 * 15 * report["rationale_tokens"]
    assert report["trained_tokens"] > report["scored_tokens"] > 0
    assert {cost["work"] for cost in report["costs"]} >= {"sample", "score", "train", "test"}
    assert report["parameters"] > 100_000
    assert report["estimated_seconds"] > 0
    assert report["gold"].isdigit()


def test_validate_warns_of_answers_that_will_be_cut_off():
    report = json.loads(_iwsi("validate", RECIPE, "--json", "sample.max_tokens=8").stdout)
    assert "rationales are longer than sample.max_tokens (8)" in report["warnings"][-1]


@pytest.mark.parametrize("command", ["run", "validate"])
@pytest.mark.parametrize(
    ("override", "parts"),
    [
        ("filter.kepe=0.5", ["command line: filter.kepe", 'Did you mean "filter.keep"?']),
        ("model.name=/nowhere/model", ["model.name: /nowhere/model: no such folder"]),
        ("model.name=./nowhere", ["model.name", "no such folder", "expected a folder"]),
        ("task.test.path=/nowhere.jsonl", ["task.test.path: no file /nowhere.jsonl"]),
        ("task.gold={{ anser }}", ["task.gold", 'Did you mean "answer"?']),
        ("task.validation.size=9999", ["task.validation.size", "rows asked for"]),
        ("task.rationale='7'", ["validation.jsonl: row ", "the bare answer '7'"]),
        ("sample.engine=vlm", ["sample.engine: 'vlm'; expected 'auto', 'vllm'"]),
        ("sample.max_tokens=4000", ["sample.max_tokens: 4000", "at most 512 together"]),
        ("seed=-1", ["seed: -1; expected greater than or equal to 0"]),
        (
            "filter={method: rm, reward_model: /nowhere}",
            ["filter.reward_model: /nowhere: no such folder"],
        ),
        ("filter={method: rm}", ["filter.reward_model: nothing; expected a value"]),
        ("filter={method: lmsy}", ["filter.method: 'lmsy'", 'Did you mean "lmsi"?']),
        ("filter={method: lmsi, keep: 0.1}", ["filter.keep: 0.1 with filter.method=lmsi"]),
        ("filter.method=lmsi", ["filter.keep: 0.8", "write filter='{method: lmsi}'"]),
        (
            "sample={engine: transformers, tensor_parallel: 2}",
            ["sample.tensor_parallel: 2 with the transformers engine"],
        ),
    ],
)
def test_bad_input_is_one_line_and_code_2(command, override, parts, tmp_path):
    extra = ["--run-dir", tmp_path / "run"] if command == "run" else []
    assert_fault(_iwsi(command, RECIPE, override, *extra), *parts)


@pytest.mark.parametrize(
    ("overrides", "part"),
    [
        (["filter={method: oracle}", "task.gold={{ label }}"], 'task.gold: no column "label"'),
        (["filter={method: self, rating_prompt: '{{ gold }}'}"], 'no column "gold"'),
    ],
)
def test_validate_asks_for_what_the_filter_needs(overrides, part):
    assert_fault(_iwsi("validate", RECIPE, *overrides), part)


def test_a_filter_that_scores_nothing_costs_no_scoring():
    plain, weighed = (
        json.loads(_iwsi("validate", RECIPE, "--json", f"filter={{method: {name}}}").stdout)
        for name in ("lmsi", "iwsi_weighted")
    )
    assert plain["scored_tokens"] == 0 < weighed["scored_tokens"]
    assert plain["trained_tokens"] == weighed["trained_tokens"]  # neither keeps a share


def test_a_study_that_cannot_run_is_refused_before_it_begins(tmp_path):
    study = ("study", RECIPE, "--run-dir", tmp_path / "runs")
    assert_fault(
        _iwsi(*study, "--filters", "iwsi,lmsy"), "--filters: 'lmsy'", 'Did you mean "lmsi"?'
    )
    assert_fault(
        _iwsi(*study, "--out", tmp_path / "out.txt"), "--out", "expected a name that ends in"
    )
    assert_fault(_iwsi(*study, "--sweep", "filter.keep=2"), "filter.keep: 2")
    assert not (tmp_path / "runs").exists()


def test_a_rank_above_the_engines_limit_is_refused_before_anything_runs(tmp_path, monkeypatch):
    monkeypatch.setattr("iwsi.sample.local.importlib.util.find_spec", lambda name: object())
    run = tmp_path / "run"
    extra = ("train.lora.r=600", "sample.adapter=lora", "--run-dir", run)
    assert_fault(_iwsi("run", RECIPE, *extra), "train.lora.r: 600", "512")
    assert not run.exists()


def test_vllm_asked_for_and_not_installed_is_told_before_anything_runs(tmp_path, monkeypatch):
    monkeypatch.setattr("iwsi.sample.local.importlib.util.find_spec", lambda name: None)
    assert_fault(
        _iwsi("run", RECIPE, "sample.engine=vllm", "--run-dir", tmp_path / "run"),
        "vllm, which is not installed",
        "pip install",
    )


def test_an_error_of_ours_ends_with_1_and_a_traceback_on_demand(monkeypatch, tmp_path):
    def broken(*arguments, **options):
        raise RuntimeError("a bug\nin two lines")

    monkeypatch.setattr("iwsi.rounds.loop.run_recipe", broken)
    result = _iwsi("run", RECIPE, "--run-dir", tmp_path / "run")
    assert result.exit_code == 1
    assert result.stderr.strip() == (
        "internal error: RuntimeError: a bug in two lines (a fault of this package: please report "
        "it in its issue tracker, with what --debug shows)"
    )
    debugged = _iwsi("run", RECIPE, "--debug")
    assert debugged.exit_code == 1
    assert "Traceback" in debugged.stderr


def test_a_user_error_is_json_where_json_is_asked_for():
    result = _iwsi("validate", RECIPE, "filter.keep=2", "--json")
    assert result.exit_code == 2
    assert json.loads(result.stdout)["field"] == "filter.keep"


def test_recipes_lists_what_ships():
    names = [entry["name"] for entry in json.loads(_iwsi("recipes", "--json").stdout)["recipes"]]
    assert "tiny_arith" in names
    assert "tiny_arith.yaml" in _iwsi("recipes").stdout


def test_until_names_the_stages_there_are(tmp_path):
    result = _iwsi("run", RECIPE, "--until", "wiegh", "--run-dir", tmp_path / "run")
    assert_fault(result, "--until: 'wiegh'", 'Did you mean "round-1/weigh"?')


def test_status_of_a_run_that_has_begun_says_what_comes_next(recipe_file, tmp_path):
    run = tmp_path / "run"
    assert _iwsi("run", recipe_file, "--until", "prepare", "--run-dir", run).exit_code == 0
    assert "next: round-0/test" in _iwsi("status", run).stdout
    assert json.loads(_iwsi("status", run, "--json").stdout)["next_stage"] == "round-0/test"


def test_status_of_what_is_no_run_is_refused(tmp_path):
    assert_fault(_iwsi("status", tmp_path), "no recipe.yaml", "expected a run directory")


CANDIDATES = [
    {"question": "1 + 1?", "answer": "It is 2. The answer is 2.", "source": "a"},
    {"question": "1 + 1?", "answer": "The answer is 2.", "source": "b"},
    {"question": "1 + 1?", "answer": "The answer is 3.", "source": "c"},
    {"question": "2 + 2?", "answer": "I do not know.", "source": "d"},
]


@pytest.mark.parametrize("suffix", [".parquet", ".jsonl", ".csv"])
def test_vote_over_a_file_keeps_its_columns_and_adds_the_verdict(tmp_path, suffix):
    source = write_jsonl(tmp_path / "c.jsonl", CANDIDATES)
    out = tmp_path / f"votes{suffix}"
    result = json.loads(_iwsi("vote", source, "--out", out, "--json").stdout)
    assert result == {"candidates": 4, "answered": 3, "majority": 2, "out": str(out)}
    if suffix == ".parquet":
        rows = pq.read_table(out).to_pylist()
        assert [row["source"] for row in rows] == ["a", "b", "c", "d"]
        assert [row["extracted"] for row in rows] == ["2", "2", "3", None]
        assert [row["reason"] for row in rows] == [None, None, "minority_answer", "no_answer"]


def _weigh(tmp_path, out, *extra, validation=None, candidates=None):
    rows = [{"question": "1 + 1?", "answer": "1 + 1 = 2. The answer is 2."}]
    validation = validation or write_jsonl(tmp_path / "v.jsonl", rows)
    candidates = candidates or write_jsonl(tmp_path / "c.jsonl", CANDIDATES)
    return _iwsi(
        "weigh",
        "--model", MODEL,
        "--validation", validation,
        "--candidates", candidates,
        "--out", out,
        "--prompt", r"Question: {{ question }}\nAnswer:",
        *extra,
    )  # fmt: skip


def test_weigh_over_a_file_keeps_its_columns_and_adds_loss_and_weight(tmp_path):
    out = tmp_path / "w.parquet"
    result = json.loads(_weigh(tmp_path, out, "--json").stdout)
    table = pq.read_table(out)
    assert table.column_names == ["question", "answer", "source", "nll", "ds_weight"]
    for row in table.to_pylist():
        ratio = result["validation_nll"] / row["nll"]
        assert row["ds_weight"] == pytest.approx(max(ratio, 1 / ratio), rel=1e-4)


def test_weigh_gives_a_row_like_the_validation_rows_the_weight_one(tmp_path):
    rows = [{"question": "1 + 1?", "answer": "1 + 1 = 2. The answer is 2."}]
    same = write_jsonl(tmp_path / "same.jsonl", rows)
    out = tmp_path / "w.parquet"
    assert _weigh(tmp_path, out, candidates=same).exit_code == 0
    assert pq.read_table(out)["ds_weight"].to_pylist() == [1.0]


def test_weigh_refuses_a_file_without_its_columns(tmp_path):
    wrong = write_jsonl(tmp_path / "wrong.jsonl", [{"question": "q", "anwser": "a"}])
    out = tmp_path / "w.parquet"
    assert_fault(_weigh(tmp_path, out, candidates=wrong), "wrong.jsonl", "found: question, anwser")
    wrong = write_jsonl(tmp_path / "wrong.jsonl", [{"questoin": "q", "answer": "a"}])
    assert_fault(_weigh(tmp_path, out, validation=wrong), 'no column "question"', '"questoin"')
    assert not out.exists()


@pytest.mark.parametrize(
    ("change", "parts"),
    [
        ({"question": "q", "answer": None}, ["row 5, answer: nothing"]),
        ({"question": "q", "answer": "a", "ds_weight": 1.0}, ["ds_weight", "twice", "Rename"]),
    ],
)
def test_weigh_refuses_gaps_and_columns_it_would_write_over(tmp_path, change, parts):
    rows = write_jsonl(tmp_path / "rows.jsonl", [*CANDIDATES, change])
    assert_fault(_weigh(tmp_path, tmp_path / "w.parquet", candidates=rows), *parts)


def test_an_output_of_unknown_format_is_refused_before_the_work(tmp_path):
    assert_fault(_weigh(tmp_path, tmp_path / "w.xlsx"), "--out", ".parquet")
    source = write_jsonl(tmp_path / "c.jsonl", CANDIDATES)
    assert_fault(_iwsi("vote", source, "--out", tmp_path / "v.txt"), "--out", ".jsonl")


def test_a_model_that_is_not_there_is_refused_by_weigh(tmp_path):
    result = _weigh(tmp_path, tmp_path / "w.parquet", "--model", "/nowhere/model")
    assert_fault(result, "model.name: /nowhere/model: no such folder")


def test_vote_takes_bare_numbers_from_a_csv(tmp_path):
    (tmp_path / "c.csv").write_text("question,answer\n1,5\n1,5\n1,7\n")
    result = _iwsi("vote", tmp_path / "c.csv", "--out", tmp_path / "v.csv", "--json")
    summary = json.loads(result.stdout)
    assert (summary["candidates"], summary["majority"]) == (3, 2)


def test_vote_reads_our_own_samples_and_leaves_out_what_was_cut_off(tmp_path):
    rows = [
        {"question_id": "0", "text": "So 5.", "finish_reason": "length"},
        {"question_id": "0", "text": "So 5.", "finish_reason": "length"},
        {"question_id": "0", "text": "So 7.", "finish_reason": "stop"},
    ]
    source = write_jsonl(tmp_path / "c.jsonl", rows)
    _iwsi("vote", source, "--out", tmp_path / "v.parquet")
    assert pq.read_table(tmp_path / "v.parquet")["majority"].to_pylist() == ["7"] * 3


def test_an_input_is_never_written_over_and_no_folder_is_made(tmp_path):
    source = write_jsonl(tmp_path / "c.jsonl", CANDIDATES)
    assert_fault(_iwsi("vote", source, "--out", source), "--out", "which is read")
    assert_fault(_iwsi("vote", source, "--out", tmp_path / "no" / "v.csv"), "--out", "no folder")


def test_every_key_of_a_recipe_is_listed_with_its_default():
    result = json.loads(_iwsi("recipes", "--keys", "--json").stdout)
    keys = {row["key"]: row for row in result["keys"]}
    assert keys["filter.keep"]["default"] == "0.8"
    assert keys["task.train.path"]["default"] == "required"
    assert all(row["about"] for row in keys.values())
    assert "filter.keep = 0.8" in _iwsi("recipes", "--keys").stdout


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["run"], "Missing argument"),
        (["foo"], "No such command"),
        (["vote", "c.jsonl", "--answer", "letter", "--out", "v.csv"], "letter"),
        (["run", "r.yaml", "--run-dri", "x"], "No such option"),
    ],
)
def test_a_mistake_in_the_arguments_is_one_line_too(arguments, part, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["iwsi", *arguments])
    with pytest.raises(SystemExit) as caught:
        main()
    assert caught.value.code == 2
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1
    assert part in lines[0]


@pytest.mark.parametrize("arguments", [[], ["--help"], ["--version"]])
def test_help_and_version_end_well(arguments, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["iwsi", *arguments])
    with pytest.raises(SystemExit) as caught:
        main()
    assert not caught.value.code
    assert capsys.readouterr().out


def test_an_empty_file_of_candidates_is_refused(tmp_path):
    (tmp_path / "empty.jsonl").write_text("")
    result = _iwsi("vote", tmp_path / "empty.jsonl", "--out", tmp_path / "v.jsonl")
    assert_fault(result, "empty.jsonl")


def test_the_recipe_of_a_run_reads_as_a_recipe(recipe_file, tmp_path):
    run = tmp_path / "run"
    _iwsi("run", recipe_file, "seed=4", "--until", "prepare", "--run-dir", run)
    resolved = yaml.safe_load((run / "recipe.yaml").read_text())
    assert resolved["seed"] == 4
    assert _iwsi("validate", run / "recipe.yaml").exit_code == 0
