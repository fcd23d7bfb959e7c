import subprocess
import sys
from pathlib import Path

import pytest

from eval_predict.errors import UserError
from iwsi.recipe.load import load_recipe
from iwsi.rounds.plan import plan
from iwsi.rounds.run_dir import (
    external_inputs,
    open_run,
    read_recipe,
    run_target,
    take_recipe,
)


def _take(root, recipe, **options):
    with open_run(root):
        return take_recipe(root, recipe, **options)


def _done(root, recipe, last=None):
    """Note every stage up to this one as done, with made-up files that say what they are."""
    ledger = _take(root, recipe)
    for stage in plan(recipe):
        for path in stage.writes:
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(path)
        ledger.record(stage, ledger.digest(stage, recipe), seconds=1.0)
        if stage.name == last:
            break


def test_a_run_directory_keeps_the_resolved_recipe(tmp_path, recipe_file):
    recipe = load_recipe(recipe_file, ["seed=7"])
    _take(tmp_path / "run", recipe)
    assert read_recipe(tmp_path / "run") == recipe


def test_a_run_in_which_nothing_is_done_takes_another_recipe(tmp_path, recipe_file):
    _take(tmp_path / "run", load_recipe(recipe_file, ["task.prompt='{{ qestion }}'"]))
    mended = load_recipe(recipe_file)
    _take(tmp_path / "run", mended)
    assert read_recipe(tmp_path / "run") == mended


def test_what_would_be_overwritten_is_named_with_the_reason_and_stays(tmp_path, recipe_file):
    root = tmp_path / "run"
    _done(root, load_recipe(recipe_file))
    before = (root / "recipe.yaml").read_text()
    with pytest.raises(UserError) as refused:
        _take(root, load_recipe(recipe_file, ["filter.keep=0.5"]))
    line = str(refused.value)
    assert "filter.keep: 0.8 -> 0.5 since this run began" in line
    assert "results of round-1/select, round-1/train, round-1/forecast, round-1/test and 1" in line
    assert "--yes" in line
    assert (root / "recipe.yaml").read_text() == before


def test_with_leave_only_what_depends_on_the_change_is_done_again(tmp_path, recipe_file):
    root, changed = tmp_path / "run", load_recipe(recipe_file, ["train.learning_rate=1e-5"])
    _done(root, load_recipe(recipe_file))
    ledger = _take(root, changed, overwrite=True)
    stages = {stage.name: stage for stage in plan(changed)}
    kept = [name for name in stages if ledger.is_done(stages[name], _digest(ledger, name, changed))]
    before_training = ["sample", "vote", "diversity", "weigh", "select"]
    assert kept[:7] == ["prepare", "round-0/test", *(f"round-1/{k}" for k in before_training)]
    assert "round-1/train" not in kept
    assert read_recipe(root) == changed


def test_what_the_loop_makes_in_a_moment_from_kept_files_needs_no_leave(tmp_path, recipe_file):
    root, changed = tmp_path / "run", load_recipe(recipe_file, ["gate={min_gain: 0.05}"])
    _done(root, load_recipe(recipe_file))
    ledger = _take(root, changed)
    stages = {stage.name: stage for stage in plan(changed)}
    names = [n for n in stages if not ledger.is_done(stages[n], _digest(ledger, n, changed))]
    assert names == ["round-1/gate"]


def _digest(ledger, name, recipe):
    [stage] = [stage for stage in plan(recipe) if stage.name == name]
    return ledger.digest(stage, recipe)


@pytest.mark.parametrize("override", ["rounds=3", "gate=null", "sample.max_memory_gib=2"])
def test_a_change_that_leaves_all_results_as_they_are_needs_no_leave(
    tmp_path, recipe_file, override
):
    root, changed = tmp_path / "run", load_recipe(recipe_file, [override])
    _done(root, load_recipe(recipe_file))
    _take(root, changed)
    assert read_recipe(root) == changed


def test_the_same_rows_in_another_folder_are_the_same_run(tmp_path, recipe_file):
    root, recipe = tmp_path / "run", load_recipe(recipe_file)
    _done(root, recipe)
    copy = tmp_path / "elsewhere.jsonl"
    copy.write_bytes(Path(recipe.task.train.path).read_bytes())
    moved = load_recipe(recipe_file, [f"task.train.path={copy}"])
    _take(root, moved)
    assert read_recipe(root) == moved
    copy.write_text(copy.read_text().replace("pens", "cups"))
    with pytest.raises(UserError, match=r"task\.train\.path: contents that changed"):
        _take(root, moved)


def test_how_the_work_fits_into_the_machine_may_change_within_a_run(tmp_path, recipe_file):
    _done(tmp_path / "run", load_recipe(recipe_file))
    smaller = ["filter.batch_tokens=99", "train.micro_batch_size=1", "sample.max_memory_gib=0.1"]
    _take(tmp_path / "run", load_recipe(recipe_file, smaller))
    assert read_recipe(tmp_path / "run").filter.batch_tokens == 99


def test_a_run_goes_on_with_its_own_recipe(tmp_path, recipe_file):
    root = tmp_path / "run"
    _take(root, load_recipe(recipe_file))
    assert run_target(root, None) == (root / "recipe.yaml", root)
    assert run_target(root, tmp_path / "new") == (root / "recipe.yaml", tmp_path / "new")
    assert run_target(recipe_file, root) == (recipe_file, root)


def test_a_folder_with_other_files_is_not_taken_over(tmp_path, recipe_file):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("x")
    with pytest.raises(UserError, match=r"other files \(thesis.tex\)"):
        _take(tmp_path / "mine", load_recipe(recipe_file))
    assert [path.name for path in (tmp_path / "mine").iterdir() if path.suffix] == ["thesis.tex"]


def test_a_place_that_cannot_be_written_is_reported_in_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(UserError, match=r"Not a directory; expected a run directory"),
        open_run(tmp_path / "file" / "run"),
    ):
        pass


def test_a_run_that_another_process_works_on_is_refused(tmp_path):
    script = (
        "import sys; from pathlib import Path; from iwsi.rounds.run_dir import open_run\n"
        "with open_run(Path(sys.argv[1])):\n"
        "    print('held', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "run")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(UserError, match="another process"), open_run(tmp_path / "run"):
            pass
        other.stdin.close()


def test_a_folder_of_rows_counts_by_its_contents(tmp_path, recipe_file):
    folder = tmp_path / "shards"
    folder.mkdir()
    (folder / "a.jsonl").write_text('{"question": "q"}')
    recipe = load_recipe(recipe_file, [f"task.train.path={folder}"])
    first = external_inputs(recipe)["task.train.path"]
    (folder / "b.jsonl").write_text('{"question": "other"}')
    assert external_inputs(recipe)["task.train.path"] != first


def test_a_folder_that_is_no_run_is_refused(tmp_path):
    with pytest.raises(UserError, match=r"no recipe\.yaml"):
        read_recipe(tmp_path)


def test_a_recipe_that_is_gone_is_written_again_and_done_stages_stay(tmp_path, recipe_file):
    root, recipe = tmp_path / "run", load_recipe(recipe_file)
    _done(root, recipe)
    (root / "recipe.yaml").unlink()
    with pytest.raises(UserError, match=r"`iwsi repair .*run` restores it from its copy"):
        read_recipe(root)
    (root / ".copies" / "recipe.yaml").unlink()
    with pytest.raises(UserError, match=r"`iwsi run RECIPE --run-dir .*run` with the recipe"):
        read_recipe(root)
    ledger = _take(root, recipe)
    assert read_recipe(root) == recipe
    assert all(ledger.is_done(stage, ledger.digest(stage, recipe)) for stage in plan(recipe))


def test_without_its_recipe_a_run_is_not_overwritten_by_another(tmp_path, recipe_file):
    root = tmp_path / "run"
    _done(root, load_recipe(recipe_file))
    (root / "recipe.yaml").unlink()
    with pytest.raises(UserError, match=r"results of round-1/select"):
        _take(root, load_recipe(recipe_file, ["filter.keep=0.5"]))


@pytest.mark.parametrize("content", [b"", b"\xff", b"task: {", b"[1]"])
def test_a_damaged_recipe_says_how_it_comes_back(tmp_path, recipe_file, content):
    root = tmp_path / "run"
    _take(root, load_recipe(recipe_file))
    (root / "recipe.yaml").write_bytes(content)
    with pytest.raises(UserError, match=r"recipe\.yaml: ") as caught:
        read_recipe(root)
    assert f"`iwsi repair {root}` restores it from its copy" in str(caught.value)
