import subprocess
import sys
from pathlib import Path

import pytest

from eval_predict.errors import UserError
from iwsi.recipe.load import load_recipe
from iwsi.rounds.run_dir import external_inputs, open_run, read_recipe


def test_a_run_directory_keeps_the_resolved_recipe(tmp_path, recipe_file):
    recipe = load_recipe(recipe_file, ["seed=7"])
    with open_run(tmp_path / "run", recipe):
        assert read_recipe(tmp_path / "run") == recipe


def test_another_recipe_is_refused_with_the_differing_keys_and_nothing_is_overwritten(
    tmp_path, recipe_file
):
    with open_run(tmp_path / "run", load_recipe(recipe_file)):
        pass
    before = (tmp_path / "run" / "recipe.yaml").read_text()
    with (
        pytest.raises(UserError, match=r"filter.keep: 0.8 -> 0.5; seed: 0 -> 1"),
        open_run(tmp_path / "run", load_recipe(recipe_file, ["seed=1", "filter.keep=0.5"])),
    ):
        pass
    assert (tmp_path / "run" / "recipe.yaml").read_text() == before


def test_how_the_work_fits_into_the_machine_may_change_within_a_run(tmp_path, recipe_file):
    with open_run(tmp_path / "run", load_recipe(recipe_file)):
        pass
    smaller = ["filter.batch_tokens=99", "train.micro_batch_size=1", "sample.max_memory_gib=0.1"]
    with open_run(tmp_path / "run", load_recipe(recipe_file, smaller)):
        assert read_recipe(tmp_path / "run").filter.batch_tokens == 99


def test_a_folder_with_other_files_is_not_taken_over(tmp_path, recipe_file):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("x")
    with (
        pytest.raises(UserError, match=r"other files \(thesis.tex\)"),
        open_run(tmp_path / "mine", load_recipe(recipe_file)),
    ):
        pass
    assert [path.name for path in (tmp_path / "mine").iterdir() if path.suffix] == ["thesis.tex"]


def test_a_place_that_cannot_be_written_is_told_in_one_line(tmp_path, recipe_file):
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(UserError, match=r"Not a directory; expected a run directory"),
        open_run(tmp_path / "file" / "run", load_recipe(recipe_file)),
    ):
        pass


def test_a_run_that_another_process_works_on_is_refused(tmp_path, recipe_file):
    script = (
        "import sys; from pathlib import Path; from iwsi.recipe.load import load_recipe;"
        "from iwsi.rounds.run_dir import open_run\n"
        "with open_run(Path(sys.argv[1]), load_recipe(Path(sys.argv[2]))):\n"
        "    print('held', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "run"), str(recipe_file)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout.readline() == b"held\n"
        with (
            pytest.raises(UserError, match="another process"),
            open_run(tmp_path / "run", load_recipe(recipe_file)),
        ):
            pass
        other.stdin.close()


def test_what_the_run_is_made_from_is_told_by_content(tmp_path, recipe_file):
    first = external_inputs(load_recipe(recipe_file))
    copy = tmp_path / "copy.jsonl"
    copy.write_bytes(Path(load_recipe(recipe_file).task.train.path).read_bytes())
    moved = load_recipe(recipe_file, [f"task.train.path={copy}"])
    assert external_inputs(moved) == first
    copy.write_text('{"question": "other"}')
    assert external_inputs(moved) != first


def test_a_folder_that_is_no_run_is_refused(tmp_path):
    with pytest.raises(UserError, match=r"no recipe\.yaml"):
        read_recipe(tmp_path)
