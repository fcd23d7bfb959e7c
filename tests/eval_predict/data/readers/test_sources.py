import pytest

from eval_predict.data.readers import sources
from eval_predict.data.readers.sources import find_files
from eval_predict.errors import UserError


def _touch(folder, *names):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


def test_files_that_may_hold_results_come_sorted_from_all_folders(tmp_path):
    _touch(tmp_path, "b/x.JSONL", "a.csv", "notes.txt", ".cache/c.csv", ".hidden.json", "c.eval")
    _touch(tmp_path, "d/.latest_test_run.json")
    names = [str(file.relative_to(tmp_path)) for file in find_files(tmp_path)]
    assert names == ["a.csv", "b/x.JSONL", "c.eval", "d/.latest_test_run.json"]


def test_of_a_run_of_iwsi_only_its_scores_are_results(tmp_path):
    _touch(tmp_path, "run/scores.parquet", "run/ledger.json", "run/round-1/losses.parquet")
    assert find_files(tmp_path) == [tmp_path / "run" / "scores.parquet"]


def test_a_file_is_taken_whatever_its_name_and_links_are_not_followed(tmp_path):
    _touch(tmp_path, "a.dat", "in/b.csv")
    assert find_files(tmp_path / "a.dat") == [tmp_path / "a.dat"]
    (tmp_path / "in" / "loop").symlink_to(tmp_path)
    assert find_files(tmp_path) == [tmp_path / "in" / "b.csv"]


def test_a_path_without_files_is_refused(tmp_path, monkeypatch):
    with pytest.raises(UserError, match="no such file; expected logs"):
        find_files(tmp_path / "nowhere")
    with pytest.raises(UserError, match="the folder holds no logs"):
        find_files(tmp_path)
    monkeypatch.setattr(sources, "MAX_FILES", 1)
    _touch(tmp_path, "a.csv", "b.csv")
    with pytest.raises(UserError, match="more than 1 files"):
        find_files(tmp_path)
