"""The command line as a person meets it: what it prints, and how it ends."""

import json

import pytest
from conftest import ROOT, assert_fault
from typer.testing import CliRunner

from iwsi.cli import app, main

RECIPE = str(ROOT / "recipes" / "tiny_arith.yaml")


def _iwsi(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


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
